"""The authorities' keys in a key management service: it signs, and the private half never leaves it (Art. 36)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from moto.server import ThreadedMotoServer

from orchestrator.adapters.ssh import UserAuthority
from orchestrator.adapters.ssh.authority import Entry
from orchestrator.adapters.ssh.keys import Keys, key_source
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import BadInputError, OperationFailedError
from tests.unit.adapters.ssh.test_authority import shown

REGION = "us-east-1"


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """Serve the API of KMS on this machine."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def a_key(service: str, spec: str = "ECC_NIST_P256") -> str:
    """Make a signing key; gives its address."""
    make: Any = boto3.client
    made = make("kms", region_name=REGION, endpoint_url=service).create_key(KeyUsage="SIGN_VERIFY", KeySpec=spec)
    return f"awskms://{made['KeyMetadata']['KeyId']}?region={REGION}&endpoint={service}"


def an_authority(home: Path, users: str, hosts: str) -> UserAuthority:
    """Give an authority whose keys are at addresses."""
    vault = FileVault(home)
    keys = Keys(key_source(users, home, vault, "user"), key_source(hosts, home, vault, "host"))
    return UserAuthority(home, vault, lambda _: None, keys=keys)


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "ECC_NIST_P384"])
def test_the_service_signs_what_openssh_takes(service: str, tmp_path: Path, spec: str) -> None:
    """ssh-keygen reads both certificates, and names the service's key as who signed; nothing of it is on this disk."""
    authority = an_authority(tmp_path, a_key(service, spec), a_key(service))
    identity = authority.issue(Entry("water-gauge-test", ("water-gauge-test",), "op-1", "officer"), tmp_path, "host")
    facts = shown(identity)
    (tmp_path / "ca.pub").write_text(authority.public_key())
    printed = subprocess.run(
        ("ssh-keygen", "-lf", str(tmp_path / "ca.pub")), capture_output=True, text=True, check=True
    ).stdout
    assert printed.split()[1] in facts["Signing CA"]
    assert authority.hosts.certify(
        "water-gauge-test", "server.water-gauge-test", authority.public_key().rpartition(" ")[0]
    )
    assert not (tmp_path / "ca").exists()


def test_the_private_half_is_not_to_be_had(service: str, tmp_path: Path) -> None:
    """Whoever holds the stand-in can have things signed, and nothing more."""
    key = key_source(a_key(service), tmp_path, FileVault(tmp_path), "user").key
    with pytest.raises(OperationFailedError, match="stays in the key service"):
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_key_that_is_not_there_is_told(service: str, tmp_path: Path) -> None:
    """The service's own words, and no certificate."""
    address = f"awskms://alias/nothing?region={REGION}&endpoint={service}"
    with pytest.raises(OperationFailedError, match="does not give the key"):
        an_authority(tmp_path, address, "").public_key()


@pytest.mark.parametrize("address", ["awskms://", "vault://key", "key"])
def test_an_address_names_a_key(tmp_path: Path, address: str) -> None:
    """A slip of the pen is told at the start, with the setting's name."""
    with pytest.raises(BadInputError, match="names no key"):
        key_source(address, tmp_path, FileVault(tmp_path), "user")
