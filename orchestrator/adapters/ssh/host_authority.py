"""The host authority: it certifies the hosts' own keys, so that nobody is trusted on first use (Art. 36)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    SSHCertificate,
    SSHCertificateType,
    load_ssh_public_identity,
    load_ssh_public_key,
)

from orchestrator.adapters.ssh.issues import BACKDATED_SECONDS, Issue, certificate, fingerprint
from orchestrator.adapters.ssh.keys import KeySource, public_line
from orchestrator.domain.errors import OperationFailedError

LIFETIME = timedelta(days=400)
"""A host's certificate names its server, which never comes back; it is renewed long before its end."""
RENEWED_BEFORE = timedelta(days=200)


class HostAuthority:
    """Signs certificates of hosts.

    Args:
        source: Where its key comes from.
        record_issue: Puts an issue on record; is called before the certificate exists, and may refuse by raising.
        now: Real time in seconds since 1970.
    """

    def __init__(self, source: KeySource, record_issue: Callable[[Issue], None], now: Callable[[], float]) -> None:
        self._source = source
        self._record_issue = record_issue
        self._now = now

    def public_key(self) -> str:
        """Give the authority's public key as one OpenSSH line."""
        return public_line(self._source.key, "tenure-host-ca")

    def known_hosts(self, environment: str) -> str:
        """Give the one line by which hosts of an environment are known, and those of no other."""
        return f"@cert-authority *.{environment} {self.public_key()}\n"

    def certify(self, environment: str, alias: str, public: str) -> str:
        """Certify that a key is that of one server; gives the certificate as one OpenSSH line.

        Args:
            environment: Whose host.
            alias: What it is known by: ``<server id>.<environment>``.
            public: Its public key as an OpenSSH line.
        """
        key = load_ssh_public_key(public.encode())
        if not isinstance(key, Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey):
            raise OperationFailedError(f"the key of {alias} is of a kind that is not certified", detail=public[:40])
        now = datetime.fromtimestamp(int(self._now()), UTC)
        issue = Issue(
            serial=secrets.randbits(63),
            key_id=f"host {alias}",
            environment=environment,
            principals=(alias,),
            abilities=(),
            fingerprint=fingerprint(public),
            valid_after=now - timedelta(seconds=BACKDATED_SECONDS),
            valid_before=now + LIFETIME,
        )
        self._record_issue(issue)
        return certificate(issue, SSHCertificateType.HOST, key, self._source.key)

    def renewed(self, environment: str, alias: str, held: str) -> str:
        """Give a new certificate for a host whose own comes near its end; empty while there is time.

        Args:
            environment: Whose host.
            alias: What it is known by.
            held: The certificate that it shows, as an OpenSSH line.
        """
        certificate_held = load_ssh_public_identity(held.encode())
        if not isinstance(certificate_held, SSHCertificate):
            return ""
        if certificate_held.valid_before - self._now() > RENEWED_BEFORE.total_seconds():
            return ""
        public = certificate_held.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        return self.certify(environment, alias, public)
