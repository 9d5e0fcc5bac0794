"""The lives of requests, environments, operations and grants as tables of states.

The tables are data: the engine asks them, tests walk them, and docs/architecture.md shows the diagrams that are
generated from them. What is not in a table cannot happen.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from orchestrator.domain.errors import ConflictError


class RequestState(StrEnum):
    """Life of a request (Art. 10, 12, 13)."""

    SUBMITTED = "submitted"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REVIEWED = "reviewed"
    EXECUTING = "executing"
    CLOSED = "closed"


class RequestEvent(StrEnum):
    """What moves a request."""

    ACCEPT = "accept"
    REJECT = "reject"
    RESUBMIT = "resubmit"
    ASK = "ask"
    SUPPLY = "supply"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    START = "start"
    REOPEN = "reopen"
    FINISH = "finish"


class EnvironmentState(StrEnum):
    """Life of an environment."""

    PLANNED = "planned"
    PROVISIONING = "provisioning"
    READY = "ready"
    SUSPENDED = "suspended"
    EXPIRING = "expiring"
    RETIRING = "retiring"
    RETIRED = "retired"
    BROKEN = "broken"


class EnvironmentEvent(StrEnum):
    """What moves an environment."""

    PROVISION = "provision"
    PROVISIONED = "provisioned"
    BREAK = "break"
    EXPIRE = "expire"
    EXTEND = "extend"
    SUSPEND = "suspend"
    RESUME = "resume"
    RETIRE = "retire"
    RETIRED = "retired"
    ABANDON = "abandon"


class OperationState(StrEnum):
    """Life of an operation."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PARTLY_DONE = "partly-done"
    CANCELLED = "cancelled"


class OperationEvent(StrEnum):
    """What moves an operation."""

    START = "start"
    SUCCEED = "succeed"
    FAIL = "fail"
    STOP_HALFWAY = "stop-halfway"
    CANCEL = "cancel"
    RETRY = "retry"


class GrantState(StrEnum):
    """Life of a person's right to enter hosts (Art. 36)."""

    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    ENDED = "ended"
    REVOKED = "revoked"


class GrantEvent(StrEnum):
    """What moves a grant."""

    APPROVE = "approve"
    GRANT = "grant"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    REVOKE = "revoke"


@dataclass(frozen=True)
class Table[S: StrEnum, E: StrEnum]:
    """One life: its first state, its last states, and which event leads where.

    Attributes:
        name: What lives it.
        first: The state in which it is made.
        last: The states that nothing leaves.
        moves: State and event to next state.
    """

    name: str
    first: S
    last: frozenset[S]
    moves: dict[tuple[S, E], S]

    def after(self, state: S, event: E) -> S:
        """Give the state that follows; raises ConflictError when the table has no such move."""
        following = self.moves.get((state, event))
        if following is None:
            raise ConflictError(
                f"{self.name} is {state}; {event} is not possible now",
                rule="lifecycle",
                detail=f"possible now: {', '.join(self.events(state)) or 'nothing'}",
            )
        return following

    def events(self, state: S) -> tuple[E, ...]:
        """Give the events that are possible in a state, in the table's order."""
        return tuple(event for (source, event) in self.moves if source is state)


REQUEST = Table(
    name="request",
    first=RequestState.SUBMITTED,
    last=frozenset({RequestState.CLOSED}),
    moves={
        (RequestState.SUBMITTED, RequestEvent.ACCEPT): RequestState.ACCEPTED,
        (RequestState.SUBMITTED, RequestEvent.REJECT): RequestState.REJECTED,
        (RequestState.SUBMITTED, RequestEvent.ASK): RequestState.WAITING,
        (RequestState.SUBMITTED, RequestEvent.WITHDRAW): RequestState.CLOSED,
        (RequestState.WAITING, RequestEvent.SUPPLY): RequestState.SUBMITTED,
        (RequestState.WAITING, RequestEvent.REJECT): RequestState.REJECTED,
        (RequestState.WAITING, RequestEvent.WITHDRAW): RequestState.CLOSED,
        (RequestState.REJECTED, RequestEvent.RESUBMIT): RequestState.SUBMITTED,
        (RequestState.REJECTED, RequestEvent.WITHDRAW): RequestState.CLOSED,
        (RequestState.ACCEPTED, RequestEvent.APPROVE): RequestState.REVIEWED,
        (RequestState.ACCEPTED, RequestEvent.REJECT): RequestState.REJECTED,
        (RequestState.ACCEPTED, RequestEvent.WITHDRAW): RequestState.CLOSED,
        (RequestState.REVIEWED, RequestEvent.START): RequestState.EXECUTING,
        (RequestState.EXECUTING, RequestEvent.REOPEN): RequestState.ACCEPTED,
        (RequestState.EXECUTING, RequestEvent.FINISH): RequestState.CLOSED,
    },
)

ENVIRONMENT = Table(
    name="environment",
    first=EnvironmentState.PLANNED,
    last=frozenset({EnvironmentState.RETIRED}),
    moves={
        (EnvironmentState.PLANNED, EnvironmentEvent.PROVISION): EnvironmentState.PROVISIONING,
        (EnvironmentState.PLANNED, EnvironmentEvent.ABANDON): EnvironmentState.RETIRED,
        (EnvironmentState.PROVISIONING, EnvironmentEvent.PROVISIONED): EnvironmentState.READY,
        (EnvironmentState.PROVISIONING, EnvironmentEvent.BREAK): EnvironmentState.BROKEN,
        (EnvironmentState.BROKEN, EnvironmentEvent.PROVISION): EnvironmentState.PROVISIONING,
        (EnvironmentState.BROKEN, EnvironmentEvent.RETIRE): EnvironmentState.RETIRING,
        (EnvironmentState.READY, EnvironmentEvent.PROVISION): EnvironmentState.PROVISIONING,
        (EnvironmentState.READY, EnvironmentEvent.SUSPEND): EnvironmentState.SUSPENDED,
        (EnvironmentState.READY, EnvironmentEvent.EXPIRE): EnvironmentState.EXPIRING,
        (EnvironmentState.READY, EnvironmentEvent.RETIRE): EnvironmentState.RETIRING,
        (EnvironmentState.SUSPENDED, EnvironmentEvent.RESUME): EnvironmentState.READY,
        (EnvironmentState.SUSPENDED, EnvironmentEvent.EXPIRE): EnvironmentState.EXPIRING,
        (EnvironmentState.SUSPENDED, EnvironmentEvent.RETIRE): EnvironmentState.RETIRING,
        (EnvironmentState.READY, EnvironmentEvent.EXTEND): EnvironmentState.READY,
        (EnvironmentState.EXPIRING, EnvironmentEvent.EXTEND): EnvironmentState.READY,
        (EnvironmentState.EXPIRING, EnvironmentEvent.RETIRE): EnvironmentState.RETIRING,
        (EnvironmentState.RETIRING, EnvironmentEvent.RETIRED): EnvironmentState.RETIRED,
    },
)

OPERATION = Table(
    name="operation",
    first=OperationState.QUEUED,
    last=frozenset({OperationState.SUCCEEDED}),
    moves={
        (OperationState.QUEUED, OperationEvent.START): OperationState.RUNNING,
        (OperationState.QUEUED, OperationEvent.CANCEL): OperationState.CANCELLED,
        (OperationState.RUNNING, OperationEvent.START): OperationState.RUNNING,
        (OperationState.RUNNING, OperationEvent.SUCCEED): OperationState.SUCCEEDED,
        (OperationState.RUNNING, OperationEvent.FAIL): OperationState.FAILED,
        (OperationState.RUNNING, OperationEvent.STOP_HALFWAY): OperationState.PARTLY_DONE,
        (OperationState.RUNNING, OperationEvent.CANCEL): OperationState.CANCELLED,
        (OperationState.FAILED, OperationEvent.RETRY): OperationState.QUEUED,
        (OperationState.PARTLY_DONE, OperationEvent.RETRY): OperationState.QUEUED,
        (OperationState.CANCELLED, OperationEvent.RETRY): OperationState.QUEUED,
    },
)
"""``running → running`` is a takeover after the death of a worker."""

GRANT = Table(
    name="grant",
    first=GrantState.REQUESTED,
    last=frozenset({GrantState.REFUSED, GrantState.ENDED, GrantState.REVOKED}),
    moves={
        (GrantState.REQUESTED, GrantEvent.APPROVE): GrantState.REQUESTED,
        (GrantState.REQUESTED, GrantEvent.GRANT): GrantState.GRANTED,
        (GrantState.REQUESTED, GrantEvent.REFUSE): GrantState.REFUSED,
        (GrantState.REQUESTED, GrantEvent.WITHDRAW): GrantState.REFUSED,
        (GrantState.REQUESTED, GrantEvent.EXPIRE): GrantState.ENDED,
        (GrantState.GRANTED, GrantEvent.EXPIRE): GrantState.ENDED,
        (GrantState.GRANTED, GrantEvent.REVOKE): GrantState.REVOKED,
    },
)
"""``approve`` is the first of the two approvals; the second one grants."""
