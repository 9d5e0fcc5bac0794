"""A private key that is not here: a stand-in that has a key service sign, for whatever takes a key of a curve."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, Self

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    EllipticCurve,
    EllipticCurvePrivateKey,
    EllipticCurvePrivateNumbers,
    EllipticCurvePublicKey,
    EllipticCurveSignatureAlgorithm,
)
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, KeySerializationEncryption, PrivateFormat

from orchestrator.domain.errors import OperationFailedError

type Buffer = bytes | bytearray | memoryview[int]
type SignRemotely = Callable[[bytes, str], bytes]
"""Gets what is signed and the hash's name (``sha256`` …), and gives the signature as DER."""


class RemoteKey(EllipticCurvePrivateKey):
    """Signs far away.

    Args:
        public: Its public half.
        sign: Has the service sign.
    """

    def __init__(self, public: EllipticCurvePublicKey, sign: SignRemotely) -> None:
        self._public = public
        self._sign = sign

    def sign(self, data: Buffer, signature_algorithm: EllipticCurveSignatureAlgorithm) -> bytes:
        """Have the service sign; gives the signature as DER."""
        hashed = signature_algorithm.algorithm
        if isinstance(hashed, Prehashed):
            raise TypeError("the service hashes what it signs")
        return self._sign(bytes(data), hashed.name)

    def public_key(self) -> EllipticCurvePublicKey:
        """Give the public half."""
        return self._public

    @property
    def curve(self) -> EllipticCurve:
        """The curve of the public half."""
        return self._public.curve

    @property
    def key_size(self) -> int:
        """The size of the public half, in bits."""
        return self._public.key_size

    def exchange(self, algorithm: ECDH, peer_public_key: EllipticCurvePublicKey) -> bytes:
        """Refuse: it only signs."""
        del algorithm, peer_public_key
        _refuse()

    def private_numbers(self) -> EllipticCurvePrivateNumbers:
        """Refuse: they are not here."""
        _refuse()

    def private_bytes(
        self,
        encoding: Encoding,
        format: PrivateFormat,  # noqa: A002  the name that cryptography gave it
        encryption_algorithm: KeySerializationEncryption,
    ) -> bytes:
        """Refuse: they are not here."""
        del encoding, format, encryption_algorithm
        _refuse()

    def __copy__(self) -> Self:
        """Give itself: it has no state."""
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """Give itself: it has no state."""
        del memo
        return self


def _refuse() -> NoReturn:
    raise OperationFailedError("the private key stays in the key service")
