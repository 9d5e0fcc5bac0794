"""What a forge's refusals mean, in one vocabulary for all three."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from orchestrator.domain.errors import (
    BadInputError,
    BusyError,
    ConflictError,
    NotFoundError,
    OperationFailedError,
    RefusedError,
    TenureError,
)

MAXIMUM_TOLD: Final = 300
"""Characters of what a forge says about a refusal."""
BAD: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})
MISSING: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
FORBIDDEN: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
AGAINST: Final = frozenset({HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED, HTTPStatus.LOCKED})


def is_passing(status: int) -> bool:
    """Whether the same call may work in a moment: the forge is overrun, restarting, or behind a gate that is."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def refused(forge: str, status: int, told: str) -> TenureError:
    """Give the error for an answer that is none.

    Args:
        forge: Its name in this installation.
        status: The HTTP status.
        told: What the forge says about it; foreign text, cut.
    """
    detail = f"HTTP {status}: {told[:MAXIMUM_TOLD]}" if told else f"HTTP {status}"
    if is_passing(status):
        return away(forge, detail)
    if status in FORBIDDEN:
        return RefusedError(
            f"forge {forge} does not let the service user do this",
            detail=detail,
            rule="forge",
            hint="give the service user write access to the repository, and a token that is valid",
        )
    if status in MISSING:
        return NotFoundError(f"forge {forge} has no such thing, or not for the service user", detail=detail)
    if status in AGAINST:
        return ConflictError(f"forge {forge} is in another state than was expected", detail=detail)
    kind = BadInputError if status in BAD else OperationFailedError
    return kind(f"forge {forge} does not take this", detail=detail)


def away(forge: str, detail: str) -> BusyError:
    """Give the error for a forge that does not answer, or that asks to be left alone for a while."""
    return BusyError(f"forge {forge} does not answer just now", detail=detail, hint="it is asked again by itself")


def unreadable(forge: str, detail: str) -> OperationFailedError:
    """Give the error for an answer in another form than the forge documents."""
    return OperationFailedError(f"forge {forge} answered in a form that is not known", detail=detail[:MAXIMUM_TOLD])
