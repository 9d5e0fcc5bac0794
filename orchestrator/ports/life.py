"""What is on record of tenancies: requests, environments, operations, dates, backups, holds, rulebooks, notices."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from orchestrator.domain.plan import Plan
from orchestrator.domain.records import (
    Backup,
    Deadline,
    DeadlineKind,
    Environment,
    Hold,
    Notice,
    Operation,
    Request,
    StepEvent,
    StoredEvent,
)
from orchestrator.domain.rulebook import Rulebook
from orchestrator.ports.kept import Kept, KeptOfLives


class Requests(Protocol):
    """The requests on record."""

    def add(self, request: Request) -> None:
        """Store a new request; ConflictError when the id is taken."""
        ...

    def find(self, request_id: str) -> Request | None:
        """Give one, or None; cheap, where :meth:`get` looks for names that are like one that is not there."""
        ...

    def get(self, request_id: str) -> Request:
        """Give one; NotFoundError."""
        ...

    def put(self, request: Request, *, expected: Request) -> None:
        """Replace the record if it still equals ``expected``; ConflictError tells what happened instead."""
        ...

    def list(
        self, *, state: str | None = None, environment: str | None = None, limit: int = 100
    ) -> tuple[Request, ...]:
        """List, newest first."""
        ...


class Environments(Protocol):
    """The environments on record."""

    def add(self, environment: Environment) -> None:
        """Store a new environment; ConflictError when the name is in use (a retired name may be used again)."""
        ...

    def find(self, name: str) -> Environment | None:
        """Give the newest one of that name, or None."""
        ...

    def get(self, name: str) -> Environment:
        """Give the newest one of that name; NotFoundError."""
        ...

    def put(self, environment: Environment) -> Environment:
        """Replace version n by n + 1 and give it back; ConflictError when somebody else was faster."""
        ...

    def list(self, *, state: str | None = None, unit: str | None = None, limit: int = 100) -> tuple[Environment, ...]:
        """List by name."""
        ...


class Operations(Protocol):
    """The operations on record, their plans and their events."""

    def add(self, operation: Operation) -> None:
        """Store a new operation."""
        ...

    def get(self, operation_id: str) -> Operation:
        """Give one; NotFoundError."""
        ...

    def put(self, operation: Operation, *, expected: Operation) -> None:
        """Replace the record if it still equals ``expected``; ConflictError otherwise."""
        ...

    def list(
        self, *, environment: str | None = None, request: str | None = None, state: str | None = None, limit: int = 100
    ) -> tuple[Operation, ...]:
        """List, newest first."""
        ...

    def add_event(self, operation: Operation, event: StepEvent, at: datetime) -> None:
        """Append to the operation's stream."""
        ...

    def events(self, operation_id: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Give the stream, from the first event with a sequence number above ``after``."""
        ...

    def store_plan(self, plan: Plan) -> None:
        """Keep a plan under its digest; the same plan twice is one."""
        ...

    def plan(self, digest: str) -> Plan:
        """Give a plan; NotFoundError."""
        ...


class Deadlines(Protocol):
    """The dates that count."""

    def add(self, deadline: Deadline) -> None:
        """Store one; the same id again is ignored."""
        ...

    def put(self, deadline: Deadline) -> None:
        """Replace by id."""
        ...

    def due(self, now: datetime, limit: int = 100) -> tuple[Deadline, ...]:
        """Give open deadlines that are due and have not fired, soonest first."""
        ...

    def of(self, subject: str) -> tuple[Deadline, ...]:
        """Give all deadlines of one request or environment, soonest first."""
        ...

    def close(self, subject: str, at: datetime) -> None:
        """Mark every open deadline of the subject as met."""
        ...

    def open(
        self,
        *,
        environment: str | None = None,
        kinds: Collection[DeadlineKind] | None = None,
        before: datetime | None = None,
        limit: int = 100,
    ) -> tuple[Deadline, ...]:
        """Give deadlines that are not met, soonest first, missed ones included; of any kind unless kinds are named."""
        ...

    def provisional(self, limit: int = 1000, *, after: Deadline | None = None) -> tuple[Deadline, ...]:
        """Give open deadlines that were computed without a published calendar, soonest first; those after one."""
        ...


class Backlog(KeptOfLives[Backup], Protocol):
    """The backups on record."""


class Holds(Kept[Hold], Protocol):
    """Who gets no further resources (Art. 46)."""

    def on(self, unit: str, system: str) -> tuple[Hold, ...]:
        """Give holds in force on a system, those on its whole unit included."""
        ...

    def list(self, *, limit: int = 100) -> tuple[Hold, ...]:
        """List, newest first, lifted ones included."""
        ...


class Rulebooks(Protocol):
    """Every version of the rulebook under which a request was ever submitted."""

    def keep(self, rulebook: Rulebook) -> None:
        """Store a version; ConflictError when its label is on record with another content (raise the version)."""
        ...

    def get(self, label: str, *, present: Rulebook | None = None) -> Rulebook:
        """Give a version; NotFoundError. Rules that came after it was kept are those of ``present``."""
        ...

    def labels(self) -> tuple[str, ...]:
        """Give the label of every version, sorted."""
        ...


class Notices(Protocol):
    """What people are told."""

    def add(self, notice: Notice) -> None:
        """Store one and put it on its way to people; the same id again is ignored."""
        ...

    def get(self, notice_id: str) -> Notice:
        """Give one; NotFoundError."""
        ...

    def list(self, *, environment: str | None = None, limit: int = 100) -> tuple[Notice, ...]:
        """Give notices, newest first."""
        ...
