"""What the child of previews sees, on real namespaces: programs and copies, and nothing that the installation keeps."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.adapters.pulumi import PulumiSettings
from orchestrator.adapters.pulumi.confinement import Confinement
from orchestrator.adapters.pulumi.previews import ScratchPreviews
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.adapters.vault import FileVault
from tests.e2e.server import wait_for

TOKEN = "a-token-of-the-service-user"
CHILD = b"orchestrator.adapters.pulumi.child"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give an installation's folder with a secret in it."""
    home = tmp_path / "home"
    (home / "state").mkdir(parents=True)
    (home / "state" / "stack.json").write_text("a secret")
    return home


@pytest.fixture
def confinement(home: Path, tmp_path: Path) -> Confinement:
    """Give one that hides the folder of this test, but for two folders."""
    kept, own = home / "kept", tmp_path / "own"
    for folder in (kept, own):
        folder.mkdir()
        (folder / "file").write_text("seen")
    return Confinement((tmp_path, home, kept / "hidden"), (kept,), own)


@pytest.fixture
def previews(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ScratchPreviews]:
    """Give previews of an installation whose process has a secret among its variables."""
    monkeypatch.setenv("TENURE_FORGE_TOKEN", TOKEN)
    clouds = tmp_path / "clouds.yaml"
    clouds.write_text("clouds: {plans: {auth: {auth_url: http://127.0.0.1:1}}, admin: {auth: {password: secret}}}")
    settings = PulumiSettings(home=home, cloud="plans", clouds_yaml=clouds, passphrase="a-passphrase")
    made = ScratchPreviews(settings, Toolchain(tmp_path / "cache"), FileVault(home))
    yield made
    made.close()


def inside(confinement: Confinement, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script where the child of a preview runs."""
    command = confinement.command("sh", "-c", script)
    return subprocess.run(command, cwd=confinement.folder, capture_output=True, text=True, check=False, timeout=60)


def test_hidden_folders_are_empty_and_kept_ones_are_there(confinement: Confinement, home: Path) -> None:
    """Whichever stands in which."""
    assert confinement.fault() == ""
    seen = inside(confinement, f"ls -A {home}; cat {home}/kept/file; cat file").stdout
    assert seen == "kept\nseenseen"
    assert (home / "state" / "stack.json").read_text() == "a secret"


@pytest.mark.parametrize(
    "attempt",
    ["umount {home}", "mount -t proc proc {own}", "touch {home}/kept/new", "cat /proc/2/environ", "ls {aside}"],
)
def test_nobody_inside_gets_out(confinement: Confinement, home: Path, attempt: str) -> None:
    """Nor changes the programs, nor looks at other processes, nor at what was laid aside on the way; root neither."""
    tried = attempt.format(home=home, own=confinement.folder, aside="/dev/shm/kept")  # noqa: S108  what is tried
    assert inside(confinement, tried).returncode != 0
    assert inside(confinement, "touch new").returncode == 0, "its own folder is writable"


def test_a_folder_that_is_hidden_in_a_kept_one_stays_hidden(home: Path, tmp_path: Path) -> None:
    """An installation may live inside the folder of its own program."""
    program, own = tmp_path / "program", tmp_path / "own"
    for folder in (program / "home", own):
        folder.mkdir(parents=True)
    (program / "home" / "key").write_text("a secret")
    (program / "code").write_text("code")
    confinement = Confinement((tmp_path, program / "home"), (program,), own)
    assert inside(confinement, f"cat {program}/code; ls -A {program}/home {home}").stdout.startswith("code")
    assert "key" not in inside(confinement, f"find {tmp_path}").stdout


def test_a_machine_that_cannot_do_it_says_why(confinement: Confinement, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without util-linux, for instance."""
    monkeypatch.setenv("PATH", str(confinement.folder))
    assert "unshare" in confinement.fault()


def test_the_child_of_a_preview_is_confined(previews: ScratchPreviews, home: Path) -> None:
    """By its own root and variables, as the kernel tells them: no key, no state, no token, one entry of clouds.yaml."""
    assert previews.planners.unconfined == ""
    child = wait_for("the waiting child", lambda: _child_in(previews._scratch))
    root = child / "root"
    assert list(home.iterdir()) != []
    assert list((root / home.relative_to("/")).glob("*")) == []
    assert (root / Path(sys.prefix).relative_to("/") / "bin").is_dir()
    variables = (child / "environ").read_bytes()
    assert TOKEN.encode() not in variables
    assert b"TENURE_" not in variables


def _child_in(scratch: Path) -> Path | None:
    """Give the folder of /proc of the child that begins in a folder; None until it runs our program."""
    for each in Path("/proc").glob("[0-9]*"):
        try:
            command = (each / "cmdline").read_bytes().split(b"\0")
            variables = (each / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if command[0] == sys.executable.encode() and CHILD in command and f"HOME={scratch}".encode() in variables:
            return each
    return None
