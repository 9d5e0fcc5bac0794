"""Gitea's API over HTTP: calls that are repeated where that is harmless, pages, and answers that are checked."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from orchestrator.adapters.forge.faults import away, is_passing, refused, unreadable
from orchestrator.adapters.forge.settings import ATTEMPTS, MAXIMUM_PAGES, PAGE_LENGTH, TIMEOUT_SECONDS, ForgeSettings
from orchestrator.domain.errors import BusyError, NotFoundError

REPEATABLE: Final = frozenset({"GET", "PATCH", "PUT", "DELETE"})
"""A POST whose answer was lost may have made something already: it is the next round's to look."""


class Answer(BaseModel):
    """What of an answer is read; the rest is left."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Account(Answer):
    """An account."""

    login: str


class RepositoryAnswer(Answer):
    """A repository."""

    id: int


class BranchAnswer(Answer):
    """One end of a pull request; ``repo`` is None when the fork is gone."""

    ref: str
    sha: str
    repo: RepositoryAnswer | None = None


class PullAnswer(Answer):
    """A pull request."""

    number: int
    state: str
    merged: bool
    merge_commit_sha: str | None = None
    title: str = ""
    body: str = ""
    user: Account
    head: BranchAnswer
    base: BranchAnswer
    updated_at: datetime


class ReviewAnswer(Answer):
    """A review; of a team's request ``user`` is None."""

    user: Account | None
    state: str
    commit_id: str
    dismissed: bool
    submitted_at: datetime


class CommentAnswer(Answer):
    """A comment; ``user`` is None where nobody knows who wrote it."""

    id: int
    user: Account | None
    body: str
    created_at: datetime
    updated_at: datetime

    @property
    def author(self) -> str:
        """Who wrote it; empty when nobody knows."""
        return "" if self.user is None else self.user.login


class ComparisonAnswer(Answer):
    """How far one end is ahead of the other."""

    total_commits: int


class FileAnswer(Answer):
    """A file: its blob, and its content in base64."""

    sha: str
    content: str | None = None


class GiteaApi:
    """Calls below one repository.

    Args:
        settings: Which one, and as whom.
        timeout_seconds: Of one attempt.
        maximum_pages: More of them are no list that anybody would read.
    """

    def __init__(
        self, settings: ForgeSettings, timeout_seconds: float = TIMEOUT_SECONDS, maximum_pages: int = MAXIMUM_PAGES
    ) -> None:
        self._name = settings.name
        self._maximum_pages = maximum_pages
        self._root = f"repos/{quote(settings.repository)}/"
        self._client = httpx.Client(
            base_url=f"{settings.url.rstrip('/')}/api/v1/",
            headers={"authorization": f"token {settings.token}", "accept": "application/json"},
            timeout=timeout_seconds,
            verify=ssl.create_default_context(cafile=settings.certificates),
        )

    def close(self) -> None:
        """Let connections go."""
        self._client.close()

    def account(self) -> str:
        """Give the service user's name."""
        return self._read(Account, self._call("GET", "user", None, {})).login

    def get[A: Answer](self, kind: type[A], path: str, **parameters: str | int) -> A:
        """Give one thing of the repository."""
        return self._read(kind, self._call("GET", self._root + path, None, parameters))

    def send[A: Answer](self, kind: type[A], method: str, path: str, body: dict[str, Any]) -> A:
        """Make or change something, and give what it is then."""
        return self._read(kind, self._call(method, self._root + path, body, {}))

    def listed[A: Answer](self, kind: type[A], path: str) -> tuple[A, ...]:
        """List what Gitea gives whole, without pages."""
        rows = self._call("GET", self._root + path, None, {})
        return tuple(self._read(kind, row) for row in (rows if isinstance(rows, list) else [rows]))

    def remove(self, path: str) -> None:
        """Remove something; harmless when it is not there."""
        with suppress(NotFoundError):
            self._call("DELETE", self._root + path, None, {})

    def pages[A: Answer](self, kind: type[A], path: str, **parameters: str | int) -> Iterator[A]:
        """List, page after page, while somebody reads on."""
        for page in range(1, self._maximum_pages + 1):
            answer = self._call("GET", self._root + path, None, parameters | {"page": page, "limit": PAGE_LENGTH})
            rows = answer if isinstance(answer, list) else []
            yield from (self._read(kind, row) for row in rows)
            if len(rows) < PAGE_LENGTH:
                return
        raise unreadable(self._name, f"{path} has more than {self._maximum_pages} pages")

    def _call(self, method: str, path: str, body: dict[str, Any] | None, parameters: dict[str, str | int]) -> object:
        attempts = ATTEMPTS if method in REPEATABLE else 1
        for attempt in Retrying(
            stop=stop_after_attempt(attempts),
            wait=wait_exponential(multiplier=0.2, max=2),
            retry=retry_if_exception_type(BusyError),
            reraise=True,
        ):
            with attempt:
                return self._once(method, path, body, parameters)
        raise AssertionError("tenacity gives an outcome or raises")

    def _once(self, method: str, path: str, body: dict[str, Any] | None, parameters: dict[str, str | int]) -> object:
        try:
            response = self._client.request(method, path, json=body, params=parameters)
            if response.is_success:
                return response.json() if response.content else {}
        except httpx.TransportError as error:
            raise away(self._name, type(error).__name__) from error
        except ValueError as error:
            raise unreadable(self._name, f"{method} {path}: no JSON") from error
        raise refused(self._name, response.status_code, "" if is_passing(response.status_code) else _told(response))

    def _read[A: Answer](self, kind: type[A], data: object) -> A:
        try:
            return kind.model_validate(data)
        except ValidationError as error:
            wrong = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
            raise unreadable(self._name, f"{kind.__name__}: {wrong}") from error


def _told(response: httpx.Response) -> str:
    try:
        said = response.json()
    except ValueError:
        return ""
    return str(said.get("message", "")) if isinstance(said, dict) else ""
