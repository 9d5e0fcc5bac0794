"""The signed certificates of ended environments; triggers keep the table from being changed."""

from __future__ import annotations

from sqlalchemy import Connection, select

from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import certificates
from orchestrator.domain.certificate import SignedCertificate

CERTIFICATES = RecordMapping(
    SignedCertificate,
    certificates,
    id=lambda signed: signed.certificate.id,
    environment=lambda signed: signed.certificate.environment,
)


class SqlCertificates:
    """Implements :class:`orchestrator.ports.Certificates`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, certificate: SignedCertificate) -> None:
        """Store one; the same id again is ignored."""
        same = select(certificates.c.id).where(certificates.c.id == certificate.certificate.id)
        if self._connection.execute(same).first() is None:
            CERTIFICATES.insert(self._connection, certificate)

    def find(self, environment: str) -> SignedCertificate | None:
        """Give the newest certificate of an environment, or None."""
        statement = select(certificates).where(certificates.c.environment == environment)
        return CERTIFICATES.one(self._connection, statement.order_by(certificates.c.number.desc()).limit(1))

    def list(self, *, limit: int = 100) -> tuple[SignedCertificate, ...]:
        """List, newest first."""
        statement = select(certificates).order_by(certificates.c.number.desc()).limit(limit)
        return CERTIFICATES.all(self._connection, statement)
