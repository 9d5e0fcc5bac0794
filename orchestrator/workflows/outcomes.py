"""How the work of an operation ends; never a bool."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from orchestrator.domain.errors import CancelledError, Diagnostic, PartlyDoneError, TenureError
from orchestrator.domain.lifecycle import OperationEvent


class Verdict(StrEnum):
    """What an attempt leaves behind: an operation that is over, or one that somebody else goes on with."""

    OVER = "over"
    LEFT_TO_GO_ON = "left-to-go-on"


@dataclass(frozen=True)
class Succeeded:
    """All of it is done.

    Attributes:
        result: Small facts for people and pipelines, kept with the operation.
        details: What only the end of the work needs.
    """

    result: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed:
    """It failed; what exists stays on record and a retry goes on from it.

    Attributes:
        code: The kind of error, as :attr:`TenureError.code` names it.
    """

    error: Diagnostic
    code: str = TenureError.code


@dataclass(frozen=True)
class PartlyDone:
    """Some of it is done, and the diagnostic says what is left; a retry goes on."""

    error: Diagnostic


@dataclass(frozen=True)
class Cancelled:
    """Somebody asked for it to stop, and every process that worked for it is dead."""


Outcome = Succeeded | Failed | PartlyDone | Cancelled

EVENTS: dict[type, OperationEvent] = {
    Succeeded: OperationEvent.SUCCEED,
    Failed: OperationEvent.FAIL,
    PartlyDone: OperationEvent.STOP_HALFWAY,
    Cancelled: OperationEvent.CANCEL,
}


def outcome_of(error: Exception) -> Outcome:
    """Give the outcome that an error of the work means."""
    match error:
        case CancelledError():
            return Cancelled()
        case PartlyDoneError():
            return PartlyDone(error.diagnostic)
        case TenureError():
            return Failed(_all_in_one(error), error.code)
    return Failed(
        Diagnostic(
            summary=f"a fault in Tenure itself: {type(error).__name__}",
            rule="internal",
            detail="the log of the worker has the details",
            hint="tenure operation retry goes on from what exists",
        )
    )


def _all_in_one(error: TenureError) -> Diagnostic:
    """Give the first diagnostic; its detail names the others, since an operation keeps one."""
    first, *others = error.diagnostics
    if not others:
        return first
    rest = "; ".join(f"{other.summary} ({other.detail})" if other.detail else other.summary for other in others)
    return first.model_copy(update={"detail": f"{first.detail}; {rest}" if first.detail else rest})
