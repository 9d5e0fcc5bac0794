"""Ed25519: how this installation signs certificates and checkpoints, and how anybody verifies them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from orchestrator.adapters.webhooks.keys import PEM_PREFIX, strict_base64
from orchestrator.domain.errors import BadInputError

PURPOSE: Final = "signer"
KEY_BYTES: Final = 32
ID_DIGITS: Final = 16


class VaultSigner:
    """Implements :class:`orchestrator.ports.Signer` with a key that comes from the vault's secret for ``signer``.

    Args:
        derive: :meth:`orchestrator.ports.Vault.derive`; a signer needs nothing else of the vault.
    """

    def __init__(self, derive: Callable[[str], str]) -> None:
        self._derive = derive

    def key_id(self) -> str:
        """Give the key's id: the first 16 hexadecimal digits of the SHA-256 of the raw public key."""
        return key_id(self.public_key())

    def public_key(self) -> str:
        """Give the raw public key, base64."""
        return _encode(self._key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> str:
        """Sign; gives the signature, base64."""
        return _encode(self._key.sign(message))

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        # The vault's text is hashed to a seed, so that nothing depends on how the vault spells a secret.
        seed = hashlib.sha256(self._derive(PURPOSE).encode()).digest()
        return Ed25519PrivateKey.from_private_bytes(seed)


def key_id(public_key: str) -> str:
    """Give the id of a raw public key in base64; empty when it is none."""
    raw = strict_base64(public_key)
    return hashlib.sha256(raw).hexdigest()[:ID_DIGITS] if raw is not None and len(raw) == KEY_BYTES else ""


def is_signed(public_key: str, message: bytes, signature: str) -> bool:
    """Whether a signature over a message is of a key; both in base64, and only in its canonical spelling."""
    raw, box = strict_base64(public_key), strict_base64(signature)
    if raw is None or len(raw) != KEY_BYTES or box is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(box, message)
    except InvalidSignature:
        return False
    return True


def read_public_key(text: str) -> str:
    """Give a raw public key in base64 from base64 text or from PEM; BadInputError when the text is neither."""
    text = text.strip()
    if text.startswith(PEM_PREFIX):
        return _from_pem(text)
    if not key_id(text):
        raise BadInputError(
            "this is no public key",
            detail="wanted is the base64 text of 32 bytes (Ed25519), or a file with it or with PEM",
            field="--key",
            hint="tenure audit key prints the key of an installation",
        )
    return text


def _from_pem(text: str) -> str:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadInputError("this PEM is no public key", field="--key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadInputError("this public key is not Ed25519", field="--key")
    return _encode(key.public_bytes_raw())


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()
