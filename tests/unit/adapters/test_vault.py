"""The vault: one key for an installation, secrets by purpose, texts that open only where they were sealed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from orchestrator.adapters.vault import KEY_FILE, FileVault
from orchestrator.domain.errors import BadInputError, RefusedError

WORD = SecretStr("一个很长的口令 that the office keeps")


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> FileVault:
    """Give a vault in a folder of its own."""
    return FileVault(tmp_path_factory.mktemp("vault") / "home")


def test_home_and_key_belong_to_their_owner_alone(tmp_path: Path) -> None:
    """The folder is 0700 and the key file 0600, whatever the umask of the process is."""
    home = tmp_path / "new" / "home"
    FileVault(home)
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == [KEY_FILE]


def test_a_purpose_has_one_secret(vault: FileVault, tmp_path: Path) -> None:
    """The same purpose gives the same secret after a restart; another purpose or installation gives another."""
    FileVault(tmp_path)
    again = FileVault(tmp_path)
    assert again.derive("service-user/a") == FileVault(tmp_path).derive("service-user/a")
    assert again.derive("service-user/a") != again.derive("service-user/b")
    assert again.derive("service-user/a") != vault.derive("service-user/a")
    assert len(vault.derive("pulumi-passphrase")) == 43


@settings(deadline=None)
@given(plain=st.binary(max_size=200), purpose=st.text(min_size=1, max_size=40))
def test_sealed_text_opens_for_its_purpose(vault: FileVault, plain: bytes, purpose: str) -> None:
    """What was sealed comes back, and never looks the same twice."""
    sealed = vault.seal(plain, purpose)
    assert vault.open(sealed, purpose) == plain
    assert vault.seal(plain, purpose) != sealed
    with pytest.raises(BadInputError, match="does not open"):
        vault.open(sealed, purpose + "!")


@settings(deadline=None)
@given(position=st.integers(min_value=0, max_value=10_000), other=st.characters(min_codepoint=33, max_codepoint=126))
def test_a_changed_text_does_not_open(vault: FileVault, position: int, other: str) -> None:
    """Any changed character is noticed, also in the version and where base64 has spare bits."""
    sealed = vault.seal(b"x" * 30, "purpose")
    place = position % len(sealed)
    changed = sealed[:place] + other + sealed[place + 1 :]
    if changed != sealed:
        with pytest.raises(BadInputError):
            vault.open(changed, "purpose")


def test_a_text_has_one_spelling(vault: FileVault) -> None:
    """The last character of base64 has spare bits; another one with the same meaning does not open either."""
    sealed = vault.seal(b"x" * 30, "purpose")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for other in set(alphabet) - {sealed[-1]}:
        with pytest.raises(BadInputError):
            vault.open(sealed[:-1] + other, "purpose")


def test_derived_and_sealing_keys_differ(vault: FileVault) -> None:
    """A derived secret that leaks opens nothing that was sealed for the same words."""
    assert vault.derive("a") not in vault.seal(b"a", "a")


CHILD = """
import sys
from pathlib import Path
from orchestrator.adapters.vault import FileVault
print("ready", flush=True)
sys.stdin.readline()
print(FileVault(Path(sys.argv[1])).derive("purpose"))
"""


def test_processes_at_their_first_start_end_with_one_key(tmp_path: Path) -> None:
    """Processes that start together derive one secret, and it is that of the file."""
    home = tmp_path / "home"
    command = [sys.executable, "-c", CHILD, str(home)]
    children = [subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) for _ in range(4)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    secrets = {child.communicate(timeout=30)[0].strip() for child in children}
    assert secrets == {FileVault(home).derive("purpose")}


def test_a_passphrase_protects_the_key_file(tmp_path: Path) -> None:
    """With a passphrase the file alone opens nothing, and the same passphrase opens it again."""
    secret = FileVault(tmp_path, WORD).derive("purpose")
    assert FileVault(tmp_path, WORD).derive("purpose") == secret
    with pytest.raises(RefusedError, match="protected by a passphrase"):
        FileVault(tmp_path)
    with pytest.raises(RefusedError, match="does not open"):
        FileVault(tmp_path, SecretStr("another"))


def test_a_passphrase_given_later_seals_the_key_that_is_there(tmp_path: Path) -> None:
    """The installation keeps its secrets; from then on the passphrase is needed."""
    secret = FileVault(tmp_path).derive("purpose")
    assert FileVault(tmp_path, WORD).derive("purpose") == secret
    with pytest.raises(RefusedError):
        FileVault(tmp_path)


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """The message says how to mend it."""
    FileVault(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o640)
    with pytest.raises(RefusedError) as caught:
        FileVault(tmp_path)
    assert "chmod 600" in str(caught.value.diagnostic.hint)


@pytest.mark.parametrize("text", ["", "tenure-key-1 AAAA", "something else", "tenure-key-2 " + "A" * 43])
def test_a_damaged_key_file_is_refused(tmp_path: Path, text: str) -> None:
    """A damaged file is never replaced by a new key, since that would lose every secret."""
    FileVault(tmp_path)
    (tmp_path / KEY_FILE).write_text(text)
    with pytest.raises(BadInputError, match="no key file"):
        FileVault(tmp_path)
    assert (tmp_path / KEY_FILE).read_text() == text
