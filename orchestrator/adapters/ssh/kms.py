"""An authority's key in a key management service: it signs there, and its private half never comes here (Art. 36).

The address is ``awskms://KEY?region=…&endpoint=…``; KEY is an id, an alias (``alias/…``) or an ARN of a signing key on
a NIST curve. The account comes from where AWS's clients find it.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from orchestrator.adapters.ssh.remote_key import RemoteKey
from orchestrator.domain.errors import BadInputError, MissingPartError, OperationFailedError

SCHEME = "awskms"
ALGORITHMS = {"sha256": "ECDSA_SHA_256", "sha384": "ECDSA_SHA_384", "sha512": "ECDSA_SHA_512"}


class KeyService(Protocol):
    """What is asked of the service's client."""

    def get_public_key(self, *, KeyId: str) -> dict[str, bytes]:  # noqa: N803  the service's own name
        """Give the public half as DER."""
        ...

    def sign(self, *, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str) -> dict[str, bytes]:  # noqa: N803  as above
        """Sign a message, of 4096 bytes at most."""
        ...


class KmsKey:
    """Implements :class:`orchestrator.adapters.ssh.keys.KeySource` by AWS's KMS, or what speaks its API.

    Args:
        address: Where the key is.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._key_id = f"{parts.netloc}{parts.path}".strip("/")
        if parts.scheme != SCHEME or not self._key_id:
            raise BadInputError(
                f"{address!r} names no key",
                field="TENURE_CA_KEY",
                detail="awskms://KEY?region=…, hashivault://KEY, or nothing",
            )
        self._options = {name: values[0] for name, values in parse_qs(parts.query).items()}

    @cached_property
    def key(self) -> RemoteKey:
        """A stand-in that has the service sign; OperationFailedError when the service does not give its public half."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  as below

        client = self._client()
        try:
            encoded = client.get_public_key(KeyId=self._key_id)["PublicKey"]
        except (BotoCoreError, ClientError) as error:
            raise OperationFailedError("the key service does not give the key", detail=str(error)) from error
        public = load_der_public_key(encoded)
        if not isinstance(public, EllipticCurvePublicKey):
            raise BadInputError(f"the key {self._key_id} is not on a NIST curve", field="TENURE_CA_KEY")
        return RemoteKey(public, lambda data, hashed: self._signed(client, data, hashed))

    def _signed(self, client: KeyService, data: bytes, hashed: str) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  loading it takes a while

        try:
            signed = client.sign(
                KeyId=self._key_id, Message=data, MessageType="RAW", SigningAlgorithm=ALGORITHMS[hashed]
            )
        except (BotoCoreError, ClientError) as error:
            raise OperationFailedError("the key service does not sign", detail=str(error)) from error
        return signed["Signature"]

    def _client(self) -> KeyService:
        try:
            import boto3  # noqa: PLC0415  not every installation has its key there
        except ImportError as error:
            raise MissingPartError(
                "a key in KMS needs boto3, which is not installed", hint="pip install 'tenure[kms]'"
            ) from error
        make: Any = boto3.client  # typed by the name of each service
        client: KeyService = make(
            "kms", region_name=self._options.get("region"), endpoint_url=self._options.get("endpoint")
        )
        return client
