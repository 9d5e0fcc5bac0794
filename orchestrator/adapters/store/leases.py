"""One operation at a time per environment, by leases whose tokens grow for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, Update, insert, select, update

from orchestrator.adapters.store.tables import leases
from orchestrator.domain.records import Lease


class SqlLeases:
    """Implements :class:`orchestrator.ports.Leases`; the transaction's serialised writers make it safe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def acquire(self, environment: str, operation: str, holder: str, now: datetime, seconds: float) -> Lease | None:
        """Take the lease, or None while another operation holds an unexpired one.

        The same operation takes its own lease over at once when ``holder`` is the same executor started again.
        """
        row = self._row(environment)
        present = _lease(row)
        own = present is not None and (present.operation, present.holder) == (operation, holder)
        if present is not None and present.until > now and not own:
            return None
        lease = Lease(
            environment=environment,
            operation=operation,
            token=1 if row is None else row["token"] + 1,
            holder=holder,
            until=now + timedelta(seconds=seconds),
        )
        self._store(lease, new=row is None)
        return lease

    def renew(self, lease: Lease, now: datetime, seconds: float) -> Lease | None:
        """Move the end; None when the lease is lost (another token)."""
        following = lease.model_copy(update={"until": now + timedelta(seconds=seconds)})
        moved = self._connection.execute(_held(lease).values(until=following.until)).rowcount
        return following if moved else None

    def release(self, lease: Lease) -> None:
        """Give it back; harmless when it is lost."""
        self._connection.execute(_held(lease).values(operation=None, holder=None, until=None))

    def holder(self, environment: str) -> Lease | None:
        """Give the present lease, expired or not."""
        return _lease(self._row(environment))

    def _row(self, environment: str) -> RowMapping | None:
        return self._connection.execute(select(leases).where(leases.c.environment == environment)).mappings().first()

    def _store(self, lease: Lease, *, new: bool) -> None:
        row = lease.model_dump()
        if new:
            self._connection.execute(insert(leases), row)
        else:
            self._connection.execute(update(leases).where(leases.c.environment == lease.environment).values(row))


def _held(lease: Lease) -> Update:
    return update(leases).where(
        leases.c.environment == lease.environment,
        leases.c.token == lease.token,
        leases.c.operation.is_not(None),
    )


def _lease(row: RowMapping | None) -> Lease | None:
    if row is None or row["operation"] is None:
        return None
    return Lease.model_validate(dict(row))
