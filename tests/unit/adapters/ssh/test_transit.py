"""The authorities' keys in Vault's transit engine: it signs, and the private half never leaves it (Art. 36)."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.adapters.ssh.authority import Entry
from orchestrator.adapters.ssh.keys import key_source
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import BadInputError, OperationFailedError
from tests.unit.adapters.ssh.test_authority import shown
from tests.unit.adapters.ssh.test_kms import an_authority
from tests.vault_server import TOKEN, FakeVault, a_vault


@pytest.fixture(scope="module")
def service() -> Iterator[FakeVault]:
    """Serve the API of Vault on this machine, with two keys."""
    with a_vault() as vault:
        vault.make("people", "ecdsa-p256")
        vault.make("hosts", "ecdsa-p384")
        yield vault


@pytest.fixture(autouse=True)
def _account(service: FakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_ADDR", service.address)
    monkeypatch.setenv("VAULT_TOKEN", TOKEN)


def test_the_service_signs_what_openssh_takes(tmp_path: Path) -> None:
    """ssh-keygen reads both certificates, and names the service's key as who signed; nothing of it is on this disk."""
    authority = an_authority(tmp_path, "hashivault://people", "hashivault://hosts")
    identity = authority.issue(Entry("water-gauge-test", ("water-gauge-test",), "op-1", "officer"), tmp_path, "host")
    facts = shown(identity)
    (tmp_path / "ca.pub").write_text(authority.public_key())
    printed = subprocess.run(
        ("ssh-keygen", "-lf", str(tmp_path / "ca.pub")), capture_output=True, text=True, check=True
    ).stdout
    assert printed.split()[1] in facts["Signing CA"]
    public = authority.public_key().rpartition(" ")[0]
    assert authority.hosts.certify("water-gauge-test", "server.water-gauge-test", public)
    assert not (tmp_path / "ca").exists()


def test_a_rotation_there_does_not_change_the_authority_here(service: FakeVault, tmp_path: Path) -> None:
    """Hosts trust the version that was there when they were made; another one has to be named."""
    before = an_authority(tmp_path, "hashivault://people", "").public_key()
    service.make("people", "ecdsa-p256")
    assert an_authority(tmp_path, "hashivault://people", "").public_key() == before
    assert an_authority(tmp_path, "hashivault://people?version=2", "").public_key() != before


def test_a_namespace_is_passed_on(service: FakeVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large installations of Vault have several."""
    monkeypatch.setenv("VAULT_NAMESPACE", "office")
    an_authority(tmp_path, "hashivault://hosts", "").public_key()
    assert service.namespaces[-1] == "office"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("hashivault://nothing", "404"),
        ("hashivault://people?mount=elsewhere", "403: .*permission denied"),
        ("hashivault://people?version=9", "no public version 9"),
    ],
)
def test_a_key_that_is_not_there_is_told(tmp_path: Path, address: str, said: str) -> None:
    """Vault's own words, and no certificate."""
    with pytest.raises(OperationFailedError, match="does not give the key") as caught:
        an_authority(tmp_path, address, "").public_key()
    assert re.search(said, caught.value.diagnostic.detail)


def test_a_vault_that_does_not_answer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token stands nowhere in it."""
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:1")
    with pytest.raises(OperationFailedError, match="does not give the key") as caught:
        an_authority(tmp_path, "hashivault://people", "").public_key()
    assert TOKEN not in str(caught.value.diagnostic)


def test_other_kinds_of_keys_and_missing_settings_are_told(
    service: FakeVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting's name stands in the error."""
    service.make("edwards", "ed25519")
    with pytest.raises(BadInputError, match="not on a NIST curve"):
        an_authority(tmp_path, "hashivault://edwards", "").public_key()
    with pytest.raises(BadInputError, match="names no key"):
        key_source("hashivault://", tmp_path, FileVault(tmp_path), "user")
    monkeypatch.delenv("VAULT_TOKEN")
    with pytest.raises(BadInputError, match="wants an address and a token"):
        an_authority(tmp_path, "hashivault://people", "").public_key()
