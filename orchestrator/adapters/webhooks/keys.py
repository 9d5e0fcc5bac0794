"""Keys of Standard Webhooks 1.0.0 as text: ``whsec_`` (shared), ``whsk_`` and ``whpk_`` (Ed25519)."""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from orchestrator.domain.errors import BadInputError
from orchestrator.domain.records import Scheme
from orchestrator.ports import NewKey

SHARED_PREFIX: Final = "whsec_"
PRIVATE_PREFIX: Final = "whsk_"
PUBLIC_PREFIX: Final = "whpk_"
PEM_PREFIX: Final = "-----BEGIN PUBLIC KEY-----"
SHARED_MINIMUM_BYTES: Final = 24
SHARED_MAXIMUM_BYTES: Final = 64
SHARED_NEW_BYTES: Final = 32
ED25519_BYTES: Final = 32


class Ed25519Keys:
    """Implements :class:`orchestrator.ports.SenderKeys`, with Ed25519 for ``v1a`` and random bytes for ``v1``."""

    def make(self, scheme: Scheme) -> NewKey:
        """Make a fresh key."""
        if scheme is Scheme.V1:
            shared = secrets.token_bytes(SHARED_NEW_BYTES)
            return NewKey(public="", secret=SHARED_PREFIX + base64.b64encode(shared).decode())
        private = Ed25519PrivateKey.generate()
        secret = PRIVATE_PREFIX + base64.b64encode(private.private_bytes_raw()).decode()
        return NewKey(public=public_text(private.public_key()), secret=secret)

    def read_public(self, text: str) -> str:
        """Give ``whpk_…`` for a ``whpk_`` text or for the PEM that ``openssl pkey -pubout`` writes."""
        return public_text(read_public(text))


def public_text(key: Ed25519PublicKey) -> str:
    """Write a public key."""
    return PUBLIC_PREFIX + base64.b64encode(key.public_bytes_raw()).decode()


def read_public(text: str) -> Ed25519PublicKey:
    """Read a public key; BadInputError when the text is none."""
    text = text.strip()
    if text.startswith(PEM_PREFIX):
        return _read_pem(text)
    return Ed25519PublicKey.from_public_bytes(_payload(text, PUBLIC_PREFIX, ED25519_BYTES, ED25519_BYTES))


def read_private(text: str) -> Ed25519PrivateKey:
    """Read a private key; some senders write the public half behind the private one, which must then match."""
    data = _payload(text.strip(), PRIVATE_PREFIX, ED25519_BYTES, 2 * ED25519_BYTES)
    key = Ed25519PrivateKey.from_private_bytes(data[:ED25519_BYTES])
    if data[ED25519_BYTES:] not in {b"", key.public_key().public_bytes_raw()}:
        raise BadInputError("the two halves of this key do not belong together", field="key")
    return key


def read_shared(text: str) -> bytes:
    """Read a shared secret of 24 to 64 bytes."""
    return _payload(text.strip(), SHARED_PREFIX, SHARED_MINIMUM_BYTES, SHARED_MAXIMUM_BYTES)


def strict_base64(text: str) -> bytes | None:
    """Decode padded standard base64, or None; of the spellings of one value only the canonical one is taken."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def _payload(text: str, prefix: str, shortest: int, longest: int) -> bytes:
    data = strict_base64(text.removeprefix(prefix)) if text.startswith(prefix) else None
    if data is None or not shortest <= len(data) <= longest:
        size = f"{shortest}" if shortest == longest else f"{shortest} to {longest}"
        raise BadInputError(
            f"this is no key: {prefix} and the base64 text of {size} bytes is expected",
            field="key",
            rule="Standard Webhooks 1.0.0",
        )
    return data


def _read_pem(text: str) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadInputError("this PEM is no public key", field="key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadInputError("this public key is not Ed25519", field="key", rule="Standard Webhooks 1.0.0")
    return key
