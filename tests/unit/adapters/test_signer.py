"""The installation's signing key: always the same, and verified by anybody who has its public half."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.signer import VaultSigner, is_signed, key_id, read_public_key
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import BadInputError
from tests.audit import FORGER, SIGNER

MESSAGE = b"tenure-audit-checkpoint/1\n1\n"
SIGNATURE = SIGNER.sign(MESSAGE)


def pem(key: PublicKeyTypes) -> str:
    """Give a public key as ``openssl pkey -pubout`` writes it."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_one_vault_gives_one_key(tmp_path: Path) -> None:
    """Opened again it is the same; another installation has another one."""
    first, again = VaultSigner(FileVault(tmp_path / "one").derive), VaultSigner(FileVault(tmp_path / "one").derive)
    other = VaultSigner(FileVault(tmp_path / "two").derive)
    assert first.public_key() == again.public_key() != other.public_key()
    assert is_signed(first.public_key(), MESSAGE, again.sign(MESSAGE))


def test_the_id_is_the_beginning_of_the_digest_of_the_raw_key() -> None:
    """As the port says: 16 hexadecimal digits."""
    raw = base64.b64decode(SIGNER.public_key())
    assert len(raw) == 32
    assert SIGNER.key_id() == hashlib.sha256(raw).hexdigest()[:16] == key_id(SIGNER.public_key())


@given(st.binary(max_size=80))
def test_a_signature_is_of_one_message_and_one_key(message: bytes) -> None:
    """It fits nothing else."""
    signature = SIGNER.sign(message)
    assert is_signed(SIGNER.public_key(), message, signature)
    assert not is_signed(SIGNER.public_key(), message + b".", signature)
    assert not is_signed(FORGER.public_key(), message, signature)


@pytest.mark.parametrize(
    "signature", ["", "AAAA", SIGNATURE + "\n", SIGNATURE.rstrip("="), "é", SIGNATURE[:-4] + "===="]
)
def test_a_signature_has_one_spelling(signature: str) -> None:
    """What is not exactly its base64 text is none."""
    assert not is_signed(SIGNER.public_key(), MESSAGE, signature)


@pytest.mark.parametrize("key", ["", "AAAA", "no base64", SIGNER.public_key() + "AAAA"])
def test_what_is_no_key_verifies_nothing(key: str) -> None:
    """And has no id."""
    assert not is_signed(key, MESSAGE, SIGNATURE)
    assert key_id(key) == ""


def test_a_key_is_read_from_base64_and_from_pem() -> None:
    """White space around it does not matter."""
    text = SIGNER.public_key()
    assert read_public_key(f" {text}\n") == text
    assert read_public_key(pem(Ed25519PublicKey.from_public_bytes(base64.b64decode(text)))) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AAAA",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        pem(generate_private_key(SECP256R1()).public_key()),
    ],
)
def test_what_is_no_key_is_bad_input(text: str) -> None:
    """A key of another kind too."""
    with pytest.raises(BadInputError):
        read_public_key(text)
