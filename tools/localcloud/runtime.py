"""The virtual environment that OpenStack runs in."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from orchestrator.domain.errors import MissingPartError
from tools.localcloud import commands
from tools.localcloud.cache import HERE, Part, key
from tools.localcloud.progress import Progress

LOCK = HERE / "requirements.lock"
WANTED = (3, 12)
IMPORTANT = ("keystone", "nova", "neutron", "glance", "cinder", "openstack-placement")


def _candidates() -> Iterator[str]:
    """Interpreters of the version that the lock was made for, the nearest first."""
    if sys.version_info[:2] == WANTED:
        yield sys.executable
    if found := commands.which("python3.12"):
        yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob("versions/3.12*/bin/python3")))


def interpreter() -> str:
    """A CPython 3.12 with venv.

    Raises:
        MissingPartError: There is none.
    """
    for candidate in _candidates():
        done = subprocess.run([candidate, "-c", "import venv, ssl"], check=False, capture_output=True)
        if done.returncode == 0:
            return candidate
    raise MissingPartError(
        "the local cloud's OpenStack needs Python 3.12",
        detail=f"this is Python {sys.version.split()[0]}, and no python3.12 is on PATH",
        hint="apt-get install python3.12-venv, or pyenv install 3.12",
    )


def part(cache: Path) -> Part:
    """The environment of this lock on this platform."""
    return Part(cache, "venv", key(LOCK.read_bytes(), sysconfig.get_platform(), str(WANTED)))


def versions() -> str:
    """The versions of the main projects, in words."""
    pins = dict(line.split("==") for line in LOCK.read_text().splitlines() if "==" in line)
    return ", ".join(f"{name.removeprefix('openstack-')} {pins[name]}" for name in IMPORTANT)


def provide(cache: Path, progress: Progress) -> Path:
    """The environment's interpreter, installed when it is not there."""
    wanted = part(cache)

    def make(folder: Path) -> None:
        progress(f"installing OpenStack from PyPI: {versions()}")
        log = wanted.folder.with_name("venv.log")
        commands.run_logged("making the virtual environment", [interpreter(), "-m", "venv", folder], log)
        commands.run_logged("installing OpenStack", [*_installer(folder, log), "-r", LOCK], log)

    return wanted.provide(make, progress) / "bin" / "python"


def _installer(folder: Path, log: Path) -> list[str | Path]:
    """Uv where it is (it takes a third of pip's time), and else uv installed into the environment."""
    python = folder / "bin" / "python"
    beside = Path(sys.executable).parent / "uv"
    uv = str(beside) if beside.exists() else commands.which("uv")
    if uv is None:
        commands.run_logged("installing uv", [python, "-m", "pip", "install", "-q", "uv"], log)
        return [python, "-m", "uv", "pip", "install", "--no-deps", "--python", python]
    return [uv, "pip", "install", "--no-deps", "--python", python]
