"""Pages of plans: who knows the address reads the whole plan, others find nothing, and nothing in it runs."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI

from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.forge import PlanPage
from orchestrator.domain.plan_comment import comment
from orchestrator.domain.plan_comment_words import Language
from orchestrator.web.app import create_app
from orchestrator.web.gate import HookGate
from orchestrator.web.plans import PlanDoor
from orchestrator.web.refusals import RefusalTally
from orchestrator.workflows.plan_pages import page_path, page_token
from tests.fakes.clock import FakeClock
from tests.hook import a_vault
from tests.samples import START
from tests.store import database_template, records
from tests.unit.domain.test_plan_comment import a_git_plan, many, one_of

__all__ = ["database_template", "records"]


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    """Give a vault."""
    return a_vault(tmp_path)


@pytest.fixture
def app(records: SqlRecords, vault: FileVault) -> FastAPI:
    """Give a server with the page of one pull request."""
    verifier: Any = SimpleNamespace()  # the hook is not called here
    gate = HookGate(records, verifier, verifier, RefusalTally(records, FakeClock(START).now), verifier)
    return create_app(gate, plans=PlanDoor(records, vault))


def get(app: FastAPI, path: str) -> httpx.Response:
    """Ask for a page."""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tenure") as client:
            return await client.get(path)

    return asyncio.run(ask())


def keep(records: SqlRecords, text: str) -> None:
    """Keep a page of pull request 7."""
    with records.transaction() as tx:
        tx.pulls.put_page(PlanPage(forge="gitea", pull=7, text=text, at=START))


def test_the_page_has_every_line_that_a_comment_has_no_room_for(
    app: FastAPI, records: SqlRecords, vault: FileVault
) -> None:
    """Readable, folded by environment."""
    plan = many(3, 1500)
    assert comment(plan, Language.EN).count("volume-999  Volume") < 3
    keep(records, comment(plan, Language.EN, longest_characters=4_000_000))
    page = get(app, page_path(vault, "gitea", 7))
    assert page.status_code == HTTPStatus.OK
    assert page.text.count("volume-999  Volume") == 3
    assert page.text.count("<details>") == 3


def test_nothing_in_a_page_runs_or_loads(app: FastAPI, records: SqlRecords, vault: FileVault) -> None:
    """What came from a file is text; and were it not, the browser is told to run and load nothing."""
    finding = Diagnostic(summary="<script>alert(1)</script> ![](https://evil.example/pixel.png)")
    keep(records, comment(a_git_plan(one_of(None, "water-gauge-test", finding)), Language.ZH))
    page = get(app, page_path(vault, "gitea", 7))
    assert "&lt;script&gt;" in page.text
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"


def test_others_find_nothing(app: FastAPI, records: SqlRecords, vault: FileVault) -> None:
    """Without the secret, with that of another pull request, and where there is no page; no log tells the secret."""
    keep(records, "text")
    secret = page_token(vault, "gitea", 7)
    with structlog.testing.capture_logs() as logs:
        for path in (
            "/plans/gitea/7/guess",
            f"/plans/gitea/8/{secret}",
            f"/plans/other/7/{secret}",
            "/plans/gitea/x/y",
        ):
            assert get(app, path).status_code == HTTPStatus.NOT_FOUND
        assert get(app, page_path(vault, "gitea", 8)).status_code == HTTPStatus.NOT_FOUND
        assert get(app, page_path(vault, "gitea", 7)).status_code == HTTPStatus.OK
    assert secret not in str(logs)
    assert "/plans/gitea/7/…" in str(logs)


def test_a_server_without_pages_has_none(records: SqlRecords, vault: FileVault) -> None:
    """Nothing is there then."""
    verifier: Any = SimpleNamespace()
    gate = HookGate(records, verifier, verifier, RefusalTally(records, FakeClock(START).now), verifier)
    assert get(create_app(gate), page_path(vault, "gitea", 7)).status_code == HTTPStatus.NOT_FOUND
