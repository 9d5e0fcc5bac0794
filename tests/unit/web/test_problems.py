"""Every error of the domain has one status, and its findings reach the caller."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest

from orchestrator.domain import errors
from orchestrator.domain.errors import BadInputError, Diagnostic, TenureError
from orchestrator.web.problems import STATUS, plain_problem, problem, status_of

EXPECTED: list[tuple[type[TenureError], HTTPStatus]] = [
    (errors.BadInputError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.NotFoundError, HTTPStatus.NOT_FOUND),
    (errors.RefusedError, HTTPStatus.FORBIDDEN),
    (errors.NotAuthenticError, HTTPStatus.UNAUTHORIZED),
    (errors.RevokedError, HTTPStatus.GONE),
    (errors.ConflictError, HTTPStatus.CONFLICT),
    (errors.BusyError, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.MissingPartError, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.CancelledError, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.OperationFailedError, HTTPStatus.INTERNAL_SERVER_ERROR),
    (errors.PartlyDoneError, HTTPStatus.INTERNAL_SERVER_ERROR),
]


@pytest.mark.parametrize(("kind", "status"), EXPECTED)
def test_each_error_has_its_status(kind: type[TenureError], status: HTTPStatus) -> None:
    """The published table."""
    assert status_of(kind("x")) is status


def test_the_table_names_no_class_in_vain() -> None:
    """A class after its base would never be reached."""
    for place, (kind, _) in enumerate(STATUS):
        assert not any(issubclass(kind, earlier) for earlier, _ in STATUS[:place])


def test_a_problem_carries_every_finding() -> None:
    """RFC 9457, with the diagnostics of the command line."""
    findings = (
        Diagnostic(summary="first", detail="found 3", field="data.by", rule="schema/missing", hint="add it"),
        Diagnostic(summary="second"),
    )
    answer = problem(BadInputError("first", diagnostics=findings))
    assert answer.media_type == "application/problem+json"
    assert json.loads(bytes(answer.body)) == {
        "type": "urn:tenure:problem:bad-input",
        "title": "first",
        "status": 422,
        "detail": "found 3",
        "diagnostics": [
            {"summary": "first", "detail": "found 3", "field": "data.by", "rule": "schema/missing", "hint": "add it"},
            {"summary": "second"},
        ],
    }


@pytest.mark.parametrize(
    ("status", "header"),
    [
        (HTTPStatus.UNAUTHORIZED, "www-authenticate"),
        (HTTPStatus.SERVICE_UNAVAILABLE, "retry-after"),
        (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "connection"),
    ],
)
def test_some_statuses_tell_more_in_a_header(status: HTTPStatus, header: str) -> None:
    """What HTTP wants beside the status."""
    assert header in plain_problem(status).headers
