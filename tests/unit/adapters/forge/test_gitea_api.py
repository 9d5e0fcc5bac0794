"""Calls of Gitea's API: what is repeated, what is not, what pages are read, and what refusals mean."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from orchestrator.adapters.forge.gitea_api import Account, Answer, GiteaApi
from orchestrator.adapters.forge.settings import PAGE_LENGTH, ForgeSettings
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
from tests.forges.scripted import Scripted
from tests.forges.serving import served

TOKEN = "token-that-nobody-may-read"


@pytest.fixture
def server() -> Scripted:
    """Give a server without answers yet."""
    return Scripted()


@pytest.fixture
def api(server: Scripted) -> Iterator[GiteaApi]:
    """Give calls to it."""
    with served(server.application()) as url:
        api = GiteaApi(ForgeSettings("gitea", ForgeKind.GITEA, url, "city/environments", TOKEN), maximum_pages=3)
        yield api
        api.close()


def an_account(name: str = "li") -> dict[str, Any]:
    """Give an account as Gitea writes it, with more than is read."""
    return {"id": 7, "login": name, "email": "li@forge.example"}


def test_a_read_is_repeated_while_the_forge_restarts(server: Scripted, api: GiteaApi) -> None:
    """Twice, and then it is told."""
    server.answers = [JSONResponse({}, 502), JSONResponse({}, 503), JSONResponse(an_account())]
    assert api.account() == "li"
    server.answers = [JSONResponse({}, 503)]
    server.asked.clear()
    with pytest.raises(BusyError):
        api.account()
    assert len(server.asked) == 3


def test_what_makes_something_is_not_repeated(server: Scripted, api: GiteaApi) -> None:
    """Its answer may have been lost after it was done."""
    server.answers = [JSONResponse({}, 502)]
    with pytest.raises(BusyError):
        api.send(Answer, "POST", "pulls", {})
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (HTTPStatus.UNAUTHORIZED, RefusedError),
        (HTTPStatus.FORBIDDEN, RefusedError),
        (HTTPStatus.NOT_FOUND, NotFoundError),
        (HTTPStatus.CONFLICT, ConflictError),
        (HTTPStatus.UNPROCESSABLE_ENTITY, BadInputError),
        (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, BadInputError),
        (HTTPStatus.METHOD_NOT_ALLOWED, OperationFailedError),
        (HTTPStatus.FOUND, OperationFailedError),
        (HTTPStatus.TOO_MANY_REQUESTS, BusyError),
    ],
)
def test_a_refusal_is_told_in_our_words(
    server: Scripted, api: GiteaApi, status: HTTPStatus, kind: type[TenureError]
) -> None:
    """With what the forge says about it, cut, and never with the token. Nothing is followed to another address."""
    headers = {"location": "https://elsewhere.example/"}
    server.answers = [JSONResponse({"message": "because " + "x" * 5000}, status, headers=headers)]
    with pytest.raises(kind) as caught:
        api.send(Answer, "POST", "pulls", {})
    told = str(caught.value.diagnostic)
    assert type(caught.value) is kind
    assert str(int(status)) in told
    assert len(told) < 1500
    assert TOKEN not in told


@pytest.mark.parametrize(
    "answer", [Response("<html>"), JSONResponse({"login": 7}), JSONResponse([]), JSONResponse(None)]
)
def test_an_answer_in_another_form_is_told_as_such(server: Scripted, api: GiteaApi, answer: Response) -> None:
    """A proxy's page is no answer."""
    server.answers = [answer]
    with pytest.raises(OperationFailedError, match="form that is not known"):
        api.account()


def test_pages_are_read_to_the_end_and_no_further_than_somebody_reads(server: Scripted, api: GiteaApi) -> None:
    """A short page is the last one."""
    full = JSONResponse([an_account(str(index)) for index in range(PAGE_LENGTH)])
    server.answers = [full, full, JSONResponse([an_account("last")])]
    found = [each.login for each in api.pages(Account, "people")]
    assert (len(found), found[-1], len(server.asked)) == (2 * PAGE_LENGTH + 1, "last", 3)
    server.answers = [full]
    server.asked.clear()
    assert next(api.pages(Account, "people")).login == "0"
    assert len(server.asked) == 1


def test_a_list_without_end_is_not_read_for_ever(server: Scripted, api: GiteaApi) -> None:
    """A forge that leaves the page number out of account would give the first one again and again."""
    server.answers = [JSONResponse([an_account()] * PAGE_LENGTH)]
    with pytest.raises(OperationFailedError, match="form that is not known"):
        list(api.pages(Account, "people"))
    assert len(server.asked) == 3


def test_a_forge_that_is_not_there_is_away() -> None:
    """Nobody listens at this address."""
    api = GiteaApi(ForgeSettings("gitea", ForgeKind.GITEA, "http://127.0.0.1:1", "city/environments", TOKEN))
    with pytest.raises(BusyError) as caught:
        api.account()
    assert caught.value.diagnostic.hint == "it is asked again by itself"
    api.close()


def test_what_is_gone_can_be_removed_again(server: Scripted, api: GiteaApi) -> None:
    """The end is the same."""
    server.answers = [JSONResponse({"message": "not found"}, 404)]
    api.remove("branches/tenure/one")


def test_the_token_stands_in_no_text_about_the_settings() -> None:
    """Neither by chance."""
    settings = ForgeSettings("gitea", ForgeKind.GITEA, "https://git.example.org", "city/environments", TOKEN)
    assert TOKEN not in repr(settings)
