"""The database as one: transactions over everything on record, leases, senders and the queue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from orchestrator.domain.records import (
    Delivery,
    Lease,
    Operation,
    Sender,
    StoredEvent,
)
from orchestrator.ports.care import Authorisations, Exclusions, Findings, Grants, PatchWindows, Reports
from orchestrator.ports.drift import Drifts, DriftScans, MadeThings
from orchestrator.ports.forge import ForgeDeliveries, PullChecks
from orchestrator.ports.life import Backlog, Deadlines, Environments, Holds, Notices, Operations, Requests, Rulebooks
from orchestrator.ports.merges import CommandAnswers, FollowedBranches, Merges, WrittenBackProposals
from orchestrator.ports.proof import Audit, Certificates, Checkpoints
from orchestrator.ports.telling import Posts


class Leases(Protocol):
    """One operation at a time per environment. Times are real time, never the driven clock."""

    def acquire(self, environment: str, operation: str, holder: str, now: datetime, seconds: float) -> Lease | None:
        """Take the lease, or None while another operation holds an unexpired one.

        The same operation takes its own lease over at once when ``holder`` is the same executor started again.
        """
        ...

    def renew(self, lease: Lease, now: datetime, seconds: float) -> Lease | None:
        """Move the end; None when the lease is lost (another token)."""
        ...

    def release(self, lease: Lease) -> None:
        """Give it back; harmless when it is lost."""
        ...

    def holder(self, environment: str) -> Lease | None:
        """Give the present lease, expired or not."""
        ...


class Senders(Protocol):
    """Registered callers of the hook, and what they delivered."""

    def put(self, sender: Sender) -> None:
        """Store or replace."""
        ...

    def find(self, name: str) -> Sender | None:
        """Give one, revoked or not."""
        ...

    def list(self) -> tuple[Sender, ...]:
        """List by name."""
        ...

    def claim(self, delivery: Delivery) -> Delivery:
        """Store a delivery if (sender, id) is new; give the one that is on record now (atomic).

        A new one is given back as the very object that was passed, so that ``is`` tells who was first.
        """
        ...

    def count_refusal(self, source: str, reason: str, at: datetime, count: int = 1) -> None:
        """Count refused calls: one audit line per source and minute (of real time)."""
        ...

    def flush_refusals(self, now: datetime) -> int:
        """Write the audit line of every source and minute that is over (of real time); gives how many lines."""
        ...


class Queue(Protocol):
    """Hands operations to the durable engine inside the caller's transaction."""

    def enqueue(self, operation: Operation) -> None:
        """Start the operation's workflow once the transaction commits; never twice for one id and attempt."""
        ...


class Transaction(Protocol):
    """One unit of work over all records: everything in it is stored, or nothing."""

    requests: Requests
    environments: Environments
    operations: Operations
    deadlines: Deadlines
    leases: Leases
    audit: Audit
    notices: Notices
    posts: Posts
    senders: Senders
    backups: Backlog
    holds: Holds
    rulebooks: Rulebooks
    certificates: Certificates
    checkpoints: Checkpoints
    authorisations: Authorisations
    grants: Grants
    findings: Findings
    exclusions: Exclusions
    patch_windows: PatchWindows
    reports: Reports
    made: MadeThings
    drifts: Drifts
    drift_scans: DriftScans
    deliveries: ForgeDeliveries
    pulls: PullChecks
    followed: FollowedBranches
    merges: Merges
    answers: CommandAnswers
    proposals: WrittenBackProposals
    queue: Queue


class Records(Protocol):
    """The database of one installation."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin; commit at the end of the block, roll back on an exception. Writers are serialised."""
        ...

    def read(self) -> AbstractContextManager[Transaction]:
        """Begin a read-only look at a consistent state."""
        ...

    def follow(self, operation_id: str, *, after: int = 0) -> Iterator[StoredEvent | Operation]:
        """Stream an operation's events as they come; ends with the operation's record when it is over."""
        ...
