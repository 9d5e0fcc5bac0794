"""The forges' door: a genuine delivery is kept once and answered; everything else changes nothing."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from orchestrator.adapters.forge import hooks_of
from orchestrator.adapters.forge.secrets import HookSecrets
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.forge import ForgeDelivery, ForgeKind
from orchestrator.web.app import create_app
from orchestrator.web.forge import ForgeDoor
from orchestrator.web.gate import HookGate
from orchestrator.web.refusals import RefusalTally
from tests.forges.deliveries import PULL, SECRET, gitea
from tests.forges.world import REPOSITORY
from tests.store import database_template, records

__all__ = ["database_template", "records"]
NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
PATH = "/hooks/forge/gitea"


class Sender:
    """A forge: it posts deliveries."""

    def __init__(self, records: SqlRecords) -> None:
        self.records = records
        self.tally = RefusalTally(records, lambda: NOW)
        readers = {"gitea": hooks_of(ForgeKind.GITEA, REPOSITORY, HookSecrets((SECRET,)))}
        gate: Any = SimpleNamespace(records=records, tally=self.tally)
        door = ForgeDoor(records, readers, self.tally, lambda: NOW)
        self.app = create_app(_as_gate(gate), forges=door)

    def post(self, body: bytes, headers: dict[str, str] | list[tuple[str, str]], path: str = PATH) -> httpx.Response:
        """Post once."""
        return asyncio.run(self._post(body, headers, path))

    async def _post(self, body: bytes, headers: dict[str, str] | list[tuple[str, str]], path: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://tenure") as client:
            return await client.post(path, content=body, headers=headers)

    def waiting(self) -> tuple[ForgeDelivery, ...]:
        """Give what was kept."""
        with self.records.read() as tx:
            return tx.deliveries.waiting("gitea")


def _as_gate(gate: Any) -> HookGate:  # noqa: ANN401  the door of approvals is not opened here
    answer: HookGate = gate
    return answer


@pytest.fixture
def forge(records: SqlRecords) -> Sender:
    """Give a forge whose secret is known here."""
    return Sender(records)


def test_a_delivery_is_kept_and_answered(forge: Sender) -> None:
    """The answer says at which pull request will be looked."""
    body = json.dumps(PULL).encode()
    answer = forge.post(body, gitea(body))
    assert answer.status_code == HTTPStatus.ACCEPTED
    assert answer.json() == {"delivery": "d-1", "pull_request": 7, "new": True}
    (kept,) = forge.waiting()
    assert (kept.id, kept.pull, kept.at) == ("d-1", 7, NOW)


def test_the_same_delivery_again_is_nothing_new(forge: Sender) -> None:
    """Forges send once more when they got no answer in time."""
    body = json.dumps(PULL).encode()
    forge.post(body, gitea(body))
    assert forge.post(body, gitea(body)).json()["new"] is False
    assert len(forge.waiting()) == 1


def test_what_is_about_no_pull_request_is_answered_and_not_kept(forge: Sender) -> None:
    """The forge would show a failure otherwise."""
    body = json.dumps({"repository": {"full_name": REPOSITORY}, "ref": "refs/heads/main"}).encode()
    assert forge.post(body, gitea(body, "push")).status_code == HTTPStatus.ACCEPTED
    assert forge.waiting() == ()


def test_a_forged_delivery_changes_nothing_and_is_counted(forge: Sender) -> None:
    """One line a source and minute goes to the audit log."""
    body = json.dumps(PULL).encode()
    headers = gitea(body) | {"x-gitea-signature": "0" * 64}
    assert forge.post(body, headers).status_code == HTTPStatus.UNAUTHORIZED
    assert forge.waiting() == ()
    forge.tally.flush()
    with forge.records.transaction() as tx:
        assert tx.senders.flush_refusals(datetime(2026, 11, 2, 8, 2, tzinfo=UTC)) == 1


def test_a_doubled_signature_counts_as_none(forge: Sender) -> None:
    """Two readers might take another one each."""
    body = json.dumps(PULL).encode()
    doubled = [*gitea(body).items(), ("x-gitea-signature", "0" * 64)]
    assert forge.post(body, doubled).status_code == HTTPStatus.UNAUTHORIZED


def test_another_name_is_not_there(forge: Sender) -> None:
    """Whoever asks."""
    body = json.dumps(PULL).encode()
    assert forge.post(body, gitea(body), "/hooks/forge/other").status_code == HTTPStatus.NOT_FOUND


def test_a_body_that_is_too_large_is_refused(forge: Sender) -> None:
    """The poll finds what it would have told."""
    body = b"x" * (1024 * 1024 + 1)
    assert forge.post(body, gitea(body)).status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_a_genuine_delivery_that_cannot_be_read_says_why(forge: Sender) -> None:
    """The forge's own page of deliveries shows the answer."""
    body = b"payload=%7B%7D"
    answer = forge.post(body, gitea(body))
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "application/json" in answer.json()["diagnostics"][0]["hint"]
