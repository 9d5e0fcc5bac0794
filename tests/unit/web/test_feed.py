"""The feed's address: who knows it may read, others find nothing there, and what did not change is not sent again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from ical.calendar_stream import IcsCalendarStream

from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.records import DeadlineKind, Role
from orchestrator.web.app import create_app
from orchestrator.web.feed import FEED_SECRET, DeadlineFeed, feed_path
from orchestrator.web.gate import HookGate
from orchestrator.web.refusals import RefusalTally
from tests.fakes.clock import FakeClock
from tests.hook import a_vault
from tests.samples import START, a_deadline
from tests.store import database_template, records
from tests.unit.domain.samples import LIBRARY

__all__ = ["database_template", "records"]
DAY = timedelta(days=1)


class Reader:
    """A calendar program: it gets an address, now and then."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask once; names of headers are written with underscores."""
        return asyncio.run(self._get(path, {name.replace("_", "-"): value for name, value in headers.items()}))

    async def _get(self, path: str, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://tenure") as client:
            return await client.get(path, headers=headers)


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    """Give a vault."""
    return a_vault(tmp_path)


@pytest.fixture
def clock() -> FakeClock:
    """Give business time."""
    return FakeClock(START)


@pytest.fixture
def reader(records: SqlRecords, vault: FileVault, clock: FakeClock) -> Reader:
    """Give a calendar program that reaches a server with an acceptance and a fix on record."""
    with records.transaction() as tx:
        tx.deadlines.add(a_deadline("req-1/acceptance", kind=DeadlineKind.ACCEPTANCE, due_at=START + 9 * DAY))
        tx.deadlines.add(a_deadline("w@req-1/fix/req-2", kind=DeadlineKind.FIX, due_at=START + 5 * DAY))
        tx.deadlines.add(a_deadline("far", kind=DeadlineKind.ESCROW_END, due_at=START + 200 * DAY))
    verifier: Any = SimpleNamespace()  # the hook is not called here
    gate = HookGate(records, verifier, verifier, RefusalTally(records, clock.now), verifier)
    feed = DeadlineFeed(records, LIBRARY, clock, vault)
    return Reader(create_app(gate, feed=feed))


def summaries(text: str) -> list[str | None]:
    """Give what the events of a feed say."""
    return [event.summary for event in IcsCalendarStream.calendar_from_ics(text).events]


def path_of(vault: FileVault, role: Role | None = None) -> str:
    """Give the address that ``tenure deadlines feed --url`` shows."""
    return feed_path(vault.derive(FEED_SECRET), role)


def test_who_knows_the_address_reads_what_is_due(reader: Reader, vault: FileVault) -> None:
    """A calendar of the coming three months."""
    answer = reader.get(path_of(vault))
    assert answer.status_code == HTTPStatus.OK
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers.get_list("cache-control") == ["private, max-age=300"]
    assert [(text or "").partition(" · ")[0] for text in summaries(answer.text)] == ["安全隐患整改", "受理决定"]


def test_a_role_reads_its_own_duties(reader: Reader, vault: FileVault) -> None:
    """The office accepts, the unit mends."""
    assert len(summaries(reader.get(path_of(vault, Role.OFFICE)).text)) == 1
    assert len(summaries(reader.get(path_of(vault, Role.UNIT)).text)) == 1
    assert summaries(reader.get(path_of(vault, Role.AUDITOR)).text) == []


@pytest.mark.parametrize("token", ["x", "密", "%00", "A" * 43])
def test_a_wrong_address_is_not_there(reader: Reader, token: str) -> None:
    """Like any unknown path."""
    wrong, unknown = reader.get(f"/feeds/{token}/deadlines.ics"), reader.get("/nothing")
    assert wrong.status_code == HTTPStatus.NOT_FOUND
    assert wrong.json() == unknown.json()


def test_another_purpose_of_the_same_vault_opens_nothing(reader: Reader, vault: FileVault) -> None:
    """The secret is for the feed alone."""
    token = vault.derive("pulumi-passphrase")
    assert reader.get(feed_path(token, None)).status_code == HTTPStatus.NOT_FOUND


def test_an_unknown_role_is_bad_input(reader: Reader, vault: FileVault) -> None:
    """With the roles that there are."""
    answer = reader.get(path_of(vault) + "?for=mayor")
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "office" in answer.json()["detail"]


def test_what_did_not_change_is_not_sent_again(reader: Reader, vault: FileVault, clock: FakeClock) -> None:
    """Also an hour later; what changed is."""
    tag = reader.get(path_of(vault)).headers["etag"]
    clock.advance(timedelta(hours=1))
    again = reader.get(path_of(vault), if_none_match=f'W/"other", {tag}')
    assert (again.status_code, again.content, again.headers["etag"]) == (HTTPStatus.NOT_MODIFIED, b"", tag)
    clock.advance(6 * DAY)
    missed = reader.get(path_of(vault), if_none_match=tag)
    assert missed.status_code == HTTPStatus.OK
    assert "[逾期 missed]" in missed.text.replace("\r\n ", "")


def test_what_is_met_vanishes(reader: Reader, records: SqlRecords, vault: FileVault) -> None:
    """At the reader's next look."""
    with records.transaction() as tx:
        tx.deadlines.close("water-gauge-test", START)
    assert summaries(reader.get(path_of(vault)).text) == []


def test_the_secret_stays_out_of_the_log(reader: Reader, vault: FileVault) -> None:
    """Of every call that is logged, by whatever path it came."""
    secret = vault.derive(FEED_SECRET)
    with structlog.testing.capture_logs() as lines:
        for path in (path_of(vault), f"/feeds//{secret}/x", f"/feeds/{secret}"):
            reader.get(path)
    assert len(lines) == 3
    assert secret not in str(lines)


def test_a_server_without_a_feed_has_none(records: SqlRecords, vault: FileVault, clock: FakeClock) -> None:
    """The address leads nowhere."""
    verifier: Any = SimpleNamespace()
    gate = HookGate(records, verifier, verifier, RefusalTally(records, clock.now), verifier)
    assert Reader(create_app(gate)).get(path_of(vault)).status_code == HTTPStatus.NOT_FOUND
