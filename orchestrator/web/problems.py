"""Errors become status codes here and nowhere else: one table, and RFC 9457 problem documents."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar, Final

from starlette.responses import JSONResponse

from orchestrator.domain.errors import (
    BadInputError,
    BusyError,
    CancelledError,
    ConflictError,
    MissingPartError,
    NotAuthenticError,
    NotFoundError,
    RefusedError,
    RevokedError,
    TenureError,
)

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 5


class TooLargeError(BadInputError):
    """A body above the limit."""

    code: ClassVar[str] = "too-large"


class TooSlowError(BadInputError):
    """A body that did not arrive in time."""

    code: ClassVar[str] = "too-slow"


class MediaTypeError(BadInputError):
    """A body of a kind that the door does not read."""

    code: ClassVar[str] = "media-type"


STATUS: Final[tuple[tuple[type[TenureError], HTTPStatus], ...]] = (
    (TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (TooSlowError, HTTPStatus.REQUEST_TIMEOUT),
    (MediaTypeError, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (BadInputError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (RevokedError, HTTPStatus.GONE),
    (NotAuthenticError, HTTPStatus.UNAUTHORIZED),
    (RefusedError, HTTPStatus.FORBIDDEN),
    (BusyError, HTTPStatus.SERVICE_UNAVAILABLE),
    (ConflictError, HTTPStatus.CONFLICT),
    (MissingPartError, HTTPStatus.SERVICE_UNAVAILABLE),
    (CancelledError, HTTPStatus.SERVICE_UNAVAILABLE),
    (TenureError, HTTPStatus.INTERNAL_SERVER_ERROR),
)
"""The first class that fits decides."""


def status_of(error: TenureError) -> HTTPStatus:
    """Give the status code of an error."""
    return next(status for kind, status in STATUS if isinstance(error, kind))


def problem(error: TenureError) -> JSONResponse:
    """Write an error with all its findings."""
    first = error.diagnostic
    findings = [found.model_dump(mode="json", exclude_none=True, exclude_defaults=True) for found in error.diagnostics]
    return _answer(status_of(error), error.code, first.summary, detail=first.detail, diagnostics=findings)


def plain_problem(status: HTTPStatus) -> JSONResponse:
    """Write a problem that has no error of ours: an unknown path, a method that is not there, a fault of the server."""
    return _answer(status, status.phrase.lower().replace(" ", "-"), status.phrase)


def _answer(status: HTTPStatus, code: str, title: str, **more: Any) -> JSONResponse:  # noqa: ANN401  JSON values
    content = {"type": f"urn:tenure:problem:{code}", "title": title, "status": int(status)}
    content |= {name: value for name, value in more.items() if value}
    return JSONResponse(content, status_code=status, media_type=MEDIA_TYPE, headers=_headers(status))


def _headers(status: HTTPStatus) -> dict[str, str]:
    if status is HTTPStatus.UNAUTHORIZED:
        return {"www-authenticate": "StandardWebhooks"}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        return {"retry-after": str(RETRY_AFTER_SECONDS)}
    if status in {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT}:
        return {"connection": "close"}
    return {}
