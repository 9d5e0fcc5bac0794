"""The database of one installation, as the workflows see it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine

from orchestrator import ports
from orchestrator.adapters.store.audit import SqlAudit
from orchestrator.adapters.store.authorisations import SqlAuthorisations
from orchestrator.adapters.store.backlog import SqlBacklog
from orchestrator.adapters.store.certificates import SqlCertificates
from orchestrator.adapters.store.checkpoints import SqlCheckpoints
from orchestrator.adapters.store.deadlines import SqlDeadlines
from orchestrator.adapters.store.drift import SqlDrifts, SqlDriftScans, SqlMadeThings
from orchestrator.adapters.store.engine import PATIENCE_SECONDS, read_only
from orchestrator.adapters.store.environments import SqlEnvironments
from orchestrator.adapters.store.exclusions import SqlExclusions
from orchestrator.adapters.store.faults import busy, explained
from orchestrator.adapters.store.findings import SqlFindings
from orchestrator.adapters.store.follow import follow
from orchestrator.adapters.store.grants import SqlGrants
from orchestrator.adapters.store.holds import SqlHolds
from orchestrator.adapters.store.leases import SqlLeases
from orchestrator.adapters.store.merges import SqlCommandAnswers, SqlFollowedBranches, SqlMerges, SqlWrittenBack
from orchestrator.adapters.store.notices import SqlNotices, SqlPosts
from orchestrator.adapters.store.operations import SqlOperations
from orchestrator.adapters.store.patch_windows import SqlPatchWindows
from orchestrator.adapters.store.pulls import SqlForgeDeliveries, SqlPullChecks
from orchestrator.adapters.store.reports import SqlReports
from orchestrator.adapters.store.requests import SqlRequests
from orchestrator.adapters.store.rulebooks import SqlRulebooks
from orchestrator.adapters.store.senders import SqlSenders
from orchestrator.domain.records import Operation, StoredEvent
from orchestrator.ports.forge import ForgeDeliveries, PullChecks

type QueueFactory = Callable[[Connection], ports.Queue]
FOLLOW_INTERVAL_SECONDS: Final = 0.1


class SqlTransaction:
    """Implements :class:`orchestrator.ports.Transaction` on one connection."""

    def __init__(self, connection: Connection, queue_factory: QueueFactory) -> None:
        self.requests: ports.Requests = SqlRequests(connection)
        self.environments: ports.Environments = SqlEnvironments(connection)
        self.operations: ports.Operations = SqlOperations(connection)
        self.deadlines: ports.Deadlines = SqlDeadlines(connection)
        self.leases: ports.Leases = SqlLeases(connection)
        self.audit: ports.Audit = SqlAudit(connection)
        self.notices: ports.Notices = SqlNotices(connection)
        self.posts: ports.Posts = SqlPosts(connection)
        self.senders: ports.Senders = SqlSenders(connection, self.audit)
        self.backups: ports.Backlog = SqlBacklog(connection)
        self.holds: ports.Holds = SqlHolds(connection)
        self.rulebooks: ports.Rulebooks = SqlRulebooks(connection)
        self.certificates: ports.Certificates = SqlCertificates(connection)
        self.checkpoints: ports.Checkpoints = SqlCheckpoints(connection)
        self.authorisations: ports.Authorisations = SqlAuthorisations(connection)
        self.grants: ports.Grants = SqlGrants(connection)
        self.findings: ports.Findings = SqlFindings(connection)
        self.exclusions: ports.Exclusions = SqlExclusions(connection)
        self.patch_windows: ports.PatchWindows = SqlPatchWindows(connection)
        self.reports: ports.Reports = SqlReports(connection)
        self.made: ports.MadeThings = SqlMadeThings(connection)
        self.drifts: ports.Drifts = SqlDrifts(connection)
        self.drift_scans: ports.DriftScans = SqlDriftScans(connection)
        self.deliveries: ForgeDeliveries = SqlForgeDeliveries(connection)
        self.pulls: PullChecks = SqlPullChecks(connection)
        self.followed: ports.FollowedBranches = SqlFollowedBranches(connection)
        self.merges: ports.Merges = SqlMerges(connection)
        self.answers: ports.CommandAnswers = SqlCommandAnswers(connection)
        self.proposals: ports.WrittenBackProposals = SqlWrittenBack(connection)
        self.queue: ports.Queue = queue_factory(connection)


class SqlRecords:
    """Implements :class:`orchestrator.ports.Records`; one object serves every thread of a process.

    Args:
        engine: Made by :func:`orchestrator.adapters.store.engine.make_engine`.
        queue_factory: Makes the queue of one transaction on that transaction's connection.
        patience_seconds: How long a writer waits for the writers of this process.

    Attributes:
        engine: Its connections; the durable engine's tables may stand in the same database.
    """

    def __init__(self, engine: Engine, queue_factory: QueueFactory, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.engine = engine
        self._queue_factory = queue_factory
        self._patience_seconds = patience_seconds
        self._readers = read_only(engine)
        self._turn = threading.Lock()
        self._writer: int | None = None

    @contextmanager
    def transaction(self) -> Iterator[ports.Transaction]:
        """Begin; commit at the end of the block, roll back on an exception. Writers are serialised."""
        with self._only_writer(), explained(), self.engine.begin() as connection:
            yield SqlTransaction(connection, self._queue_factory)

    @contextmanager
    def read(self) -> Iterator[ports.Transaction]:
        """Begin a read-only look at a consistent state."""
        with explained(), self._readers.begin() as connection, _query_only(connection):
            yield SqlTransaction(connection, self._queue_factory)

    def follow(self, operation_id: str, *, after: int = 0) -> Iterator[StoredEvent | Operation]:
        """Stream an operation's events as they come; ends with the operation's record when it is over."""
        return follow(self, self.engine, operation_id, after, FOLLOW_INTERVAL_SECONDS)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        # Threads take turns here, in memory: SQLite's own waiting is a sleep with growing pauses.
        if self._writer == threading.get_ident():
            raise RuntimeError("transactions do not nest: pass the transaction on instead of beginning a second one")
        if not self._turn.acquire(timeout=self._patience_seconds):
            raise busy("a writer of this very process")
        self._writer = threading.get_ident()
        try:
            yield
        finally:
            self._writer = None
            self._turn.release()


@contextmanager
def _query_only(connection: Connection) -> Iterator[None]:
    if connection.dialect.name != "sqlite":  # PostgreSQL's transaction is READ ONLY itself
        yield
        return
    connection.exec_driver_sql("PRAGMA query_only = ON")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA query_only = OFF")
