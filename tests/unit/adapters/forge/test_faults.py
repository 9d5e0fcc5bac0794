"""What a library of a forge raises becomes one of our own errors, whichever forge it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from orchestrator.adapters.forge import ForgeSettings, open_forge
from orchestrator.domain.errors import (
    BadInputError,
    BusyError,
    ConflictError,
    NotFoundError,
    OperationFailedError,
    RefusedError,
    TenureError,
)
from orchestrator.domain.forge import ForgeKind
from orchestrator.ports.forge import Forge
from tests.forges.scripted import Scripted
from tests.forges.serving import served
from tests.forges.world import REPOSITORY

TOKEN = "token-that-nobody-may-read"
every_forge = pytest.mark.parametrize("kind", list(ForgeKind))


@contextmanager
def answering(kind: ForgeKind, answer: Response) -> Iterator[tuple[Forge, Scripted]]:
    """Give a forge that says the same to everything."""
    server = Scripted()
    server.answers = [answer]
    with served(server.application()) as url:
        forge = open_forge(ForgeSettings(str(kind), kind, url, REPOSITORY, TOKEN, write_pause_seconds=0))
        yield forge, server
        forge.close()


def an_answer(status: HTTPStatus, message: str = "because") -> Response:
    """Give a refusal."""
    return JSONResponse({"message": message}, status)


@every_forge
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (HTTPStatus.UNAUTHORIZED, RefusedError),
        (HTTPStatus.FORBIDDEN, RefusedError),
        (HTTPStatus.NOT_FOUND, NotFoundError),
        (HTTPStatus.CONFLICT, ConflictError),
        (HTTPStatus.UNPROCESSABLE_ENTITY, BadInputError),
        (HTTPStatus.TOO_MANY_REQUESTS, BusyError),
    ],
)
def test_a_refusal_is_told_in_our_words(kind: ForgeKind, status: HTTPStatus, error: type[TenureError]) -> None:
    """With the forge's own, and never with the token."""
    with answering(kind, an_answer(status)) as (forge, _), pytest.raises(error) as caught:
        forge.pull_request(7)
    assert type(caught.value) is error
    assert TOKEN not in str(caught.value.diagnostic)


@every_forge
def test_a_forge_that_restarts_is_asked_a_few_times(kind: ForgeKind) -> None:
    """And then it is away: a later round asks again."""
    with answering(kind, an_answer(HTTPStatus.BAD_GATEWAY)) as (forge, server), pytest.raises(BusyError):
        forge.pull_request(7)
    assert len(server.asked) == 3


@every_forge
def test_nobody_waits_until_a_bound_on_calls_is_lifted(kind: ForgeKind) -> None:
    """It may be an hour; other pull requests, and the end of the process, do not wait for it."""
    limited = JSONResponse(
        {"message": "API rate limit exceeded for user ID 7."},
        HTTPStatus.FORBIDDEN if kind is ForgeKind.GITHUB else HTTPStatus.TOO_MANY_REQUESTS,
        headers={"retry-after": "3600", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "9999999999"},
    )
    with answering(kind, limited) as (forge, _), pytest.raises(BusyError):
        forge.pull_request(7)


@every_forge
@pytest.mark.parametrize("answer", [Response("<html>"), JSONResponse({}), JSONResponse([]), JSONResponse({"state": 7})])
def test_an_answer_in_another_form_is_told_as_such(kind: ForgeKind, answer: Response) -> None:
    """A proxy's page, or a forge of another version."""
    with answering(kind, answer) as (forge, _), pytest.raises(OperationFailedError):
        forge.pull_request(7)


@every_forge
def test_a_forge_that_is_not_there_is_away(kind: ForgeKind) -> None:
    """Nobody listens at this address."""
    settings: dict[str, Any] = {"name": str(kind), "kind": kind, "repository": REPOSITORY, "token": TOKEN}
    forge = open_forge(ForgeSettings(url="http://127.0.0.1:1", **settings))
    with pytest.raises(BusyError):
        forge.pull_request(7)
    forge.close()
