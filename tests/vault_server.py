"""The part of Vault's HTTP API that signs, as its documentation has it: transit keys on NIST curves."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.forges.serving import served

HASHES: dict[str, type[HashAlgorithm]] = {"sha2-256": SHA256, "sha2-384": SHA384, "sha2-512": SHA512}
CURVES: dict[str, type[ec.EllipticCurve]] = {"ecdsa-p256": ec.SECP256R1, "ecdsa-p384": ec.SECP384R1}
TOKEN = "of-the-tests"


@dataclass
class FakeVault:
    """A Vault with a transit engine at its usual place.

    Attributes:
        address: Where it answers.
        namespaces: Which namespace each call named.
    """

    address: str = ""
    namespaces: list[str | None] = field(default_factory=list)
    _curves: dict[str, list[ec.EllipticCurvePrivateKey]] = field(default_factory=dict)
    _others: set[str] = field(default_factory=set)

    def make(self, name: str, kind: str) -> None:
        """Make a key, or its next version."""
        if kind in CURVES:
            self._curves.setdefault(name, []).append(ec.generate_private_key(CURVES[kind]()))
        else:
            self._others.add(name)

    async def keys(self, request: Request) -> Response:
        """Answer ``GET transit/keys/NAME``."""
        return self._answer(request, self._public(request.path_params["name"]))

    def _public(self, name: str) -> dict[str, Any] | None:
        if name in self._others:
            raw = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()
            return {"type": "ed25519", "keys": {"1": {"public_key": base64.b64encode(raw).decode()}}}
        if name not in self._curves:
            return None
        form = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        pems = [key.public_key().public_bytes(*form).decode() for key in self._curves[name]]
        versions = {str(number): {"public_key": pem} for number, pem in enumerate(pems, 1)}
        return {"latest_version": len(pems), "keys": versions}

    async def sign(self, request: Request) -> Response:
        """Answer ``POST transit/sign/NAME/HASH``."""
        wanted = await request.json()
        version = wanted["key_version"]
        assert wanted["marshaling_algorithm"] == "asn1"
        key = self._curves[request.path_params["name"]][version - 1]
        signed = key.sign(base64.b64decode(wanted["input"]), ec.ECDSA(HASHES[request.path_params["hash"]]()))
        text = f"vault:v{version}:{base64.b64encode(signed).decode()}"
        return self._answer(request, {"signature": text, "key_version": version})

    def _answer(self, request: Request, data: dict[str, Any] | None) -> Response:
        self.namespaces.append(request.headers.get("x-vault-namespace"))
        if request.headers.get("x-vault-token") != TOKEN or request.path_params["mount"] != "transit":
            return JSONResponse({"errors": ["permission denied"]}, 403)
        return JSONResponse({"errors": []}, 404) if data is None else JSONResponse({"data": data})


@contextmanager
def a_vault() -> Iterator[FakeVault]:
    """Serve one on this machine."""
    vault = FakeVault()
    routes = [
        Route("/v1/{mount}/keys/{name}", vault.keys, methods=["GET"]),
        Route("/v1/{mount}/sign/{name}/{hash}", vault.sign, methods=["POST"]),
    ]
    with served(Starlette(routes=routes)) as address:
        vault.address = address
        yield vault
