"""An authority's key in the transit engine of Vault or OpenBao: it signs there, and never comes here (Art. 36).

The address is ``hashivault://KEY?mount=transit&version=1``; KEY is a signing key on a NIST curve. Where Vault answers
and by which token stands in Vault's own variables: ``VAULT_ADDR``, ``VAULT_TOKEN``, ``VAULT_NAMESPACE``,
``VAULT_CACERT``.
"""

from __future__ import annotations

import base64
import os
import ssl
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from orchestrator.adapters.ssh.keys import TRANSIT
from orchestrator.adapters.ssh.remote_key import RemoteKey
from orchestrator.domain.errors import BadInputError, OperationFailedError

HASHES = {"sha256": "sha2-256", "sha384": "sha2-384", "sha512": "sha2-512"}
TIMEOUT_SECONDS = 30.0
FIRST_VERSION = "1"
"""Hosts trust the key that was there when they were made: a rotation there must not change the authority here."""


class TransitKey:
    """Implements :class:`orchestrator.adapters.ssh.keys.KeySource` by Vault's transit engine.

    Args:
        address: Which key.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._name = f"{parts.netloc}{parts.path}".strip("/")
        options = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self._mount = options.get("mount", "transit")
        self._version = options.get("version", FIRST_VERSION)
        if parts.scheme != TRANSIT or not self._name or not self._version.isdigit():
            raise BadInputError(
                f"{address!r} names no key", field="TENURE_CA_KEY", detail="hashivault://KEY?mount=transit&version=1"
            )

    @cached_property
    def key(self) -> RemoteKey:
        """A stand-in that has Vault sign; OperationFailedError when it does not give the public half."""
        told = self._ask("GET", f"keys/{quote(self._name)}", None)
        found = dict(told.get("keys", {})).get(self._version)
        pem = found.get("public_key", "") if isinstance(found, dict) else ""
        if not pem:
            raise OperationFailedError(
                "the key service does not give the key", detail=f"{self._name} has no public version {self._version}"
            )
        public = load_pem_public_key(str(pem).encode()) if "BEGIN" in str(pem) else None
        if not isinstance(public, EllipticCurvePublicKey):
            raise BadInputError(f"the key {self._name} is not on a NIST curve", field="TENURE_CA_KEY")
        return RemoteKey(public, self._signed)

    def _signed(self, data: bytes, hashed: str) -> bytes:
        wanted = {
            "input": base64.b64encode(data).decode(),
            "key_version": int(self._version),
            "marshaling_algorithm": "asn1",
        }
        told = self._ask("POST", f"sign/{quote(self._name)}/{HASHES[hashed]}", wanted)
        return base64.b64decode(str(told["signature"]).rpartition(":")[2])

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        """Give the data of an answer; OperationFailedError says what Vault said."""
        verb = "sign" if body else "give the key"
        try:
            with self._client() as client:
                answer = client.request(method, f"/v1/{self._mount}/{path}", json=body)
        except httpx.HTTPError as error:
            raise OperationFailedError(f"the key service does not {verb}", detail=str(error)) from error
        if answer.status_code != httpx.codes.OK:
            detail = f"{answer.status_code}: {answer.text[:400]}"
            raise OperationFailedError(f"the key service does not {verb}", detail=detail)
        data: dict[str, Any] = answer.json()["data"]
        return data

    def _client(self) -> httpx.Client:
        address, token = os.environ.get("VAULT_ADDR", ""), os.environ.get("VAULT_TOKEN", "")
        if not address or not token:
            raise BadInputError(
                "a key in Vault wants an address and a token",
                field="TENURE_CA_KEY",
                hint="set VAULT_ADDR and VAULT_TOKEN",
            )
        headers = {"X-Vault-Token": token, "X-Vault-Request": "true"}
        namespace, authority = os.environ.get("VAULT_NAMESPACE"), os.environ.get("VAULT_CACERT")
        headers |= {"X-Vault-Namespace": namespace} if namespace else {}
        trusted = ssl.create_default_context(cafile=authority) if authority else True
        return httpx.Client(base_url=address, headers=headers, verify=trusted, timeout=TIMEOUT_SECONDS)
