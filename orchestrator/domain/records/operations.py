"""Operations: units of execution, what happens inside them, and the lease that lets them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.model import Model
from orchestrator.domain.names import EnvironmentName
from orchestrator.domain.records.people import Actor


class OperationKind(StrEnum):
    """Kinds of operations: units of execution on one environment."""

    PREVIEW = "preview"
    PROVISION = "provision"
    PROMOTE = "promote"
    CHANGE = "change"
    STOP = "stop"
    START = "start"
    SUSPEND = "suspend"
    RESUME = "resume"
    BACKUP = "backup"
    FINAL_BACKUP = "final-backup"
    CHECK = "check"
    RESTORE = "restore"
    VERIFY = "verify"
    DRILL = "drill"
    BOOTSTRAP = "bootstrap"
    PATCH = "patch"
    SURVEY = "survey"
    ACCESS = "access"
    DIFFERENCE = "difference"
    """What differs between the cloud and the record, exactly."""
    MEND = "mend"
    RETIRE = "retire"


class Operation(Model):
    """One unit of execution on one environment.

    Attributes:
        id: ``op-`` and a sortable unique part.
        request: The request that wants it, if one does.
        attempt: Counts starts, from 1; a takeover and a retry count on.
        cancel_asked: Somebody asked for it to stop.
        parameters: What was asked for beyond the kind (JSON); empty when the kind says it all. No secrets.
        result: Small facts of the outcome (counts, seconds), for people and pipelines.
    """

    id: str
    kind: OperationKind
    environment: EnvironmentName
    request: str | None
    state: OperationState
    asked_by: Actor
    queued_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempt: int = 0
    cancel_asked: bool = False
    parameters: dict[str, Any] = Field(default_factory=dict)
    error: Diagnostic | None = None
    result: dict[str, Any] = Field(default_factory=dict)


class StepStatus(StrEnum):
    """How far one step of an operation is."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    NOTE = "note"


class StepEvent(Model):
    """One thing that happened inside an operation; stored, streamed, and free of secrets.

    Attributes:
        phase: ``plan``, ``recover``, ``up``, ``hosts``, ``destroy``, ``inventory`` …
        status: Started, done, failed, or a note.
        resource: Logical name of the resource, empty for a step that is none.
        type: Provider token of the resource.
        action: ``create``, ``delete`` …
        detail: One line for people.
        lines: What a task changed, marked ``+`` and ``-``; a bounded number of lines.
        seconds: How long it took, when it is over.
    """

    phase: str
    status: StepStatus
    resource: str = ""
    type: str = ""
    action: str = ""
    detail: str = ""
    lines: tuple[str, ...] = ()
    seconds: float | None = None


class StoredEvent(Model):
    """A step event with its place in the stream of all events."""

    sequence: int
    operation: str
    environment: str
    at: datetime
    event: StepEvent


class Lease(Model):
    """The right to change one environment for a while.

    Attributes:
        token: Grows with every new holder: the fencing token.
        holder: Executor id of the worker.
        until: When it ends unless renewed (real time, never the driven clock).
    """

    environment: str
    operation: str
    token: int
    holder: str
    until: datetime
