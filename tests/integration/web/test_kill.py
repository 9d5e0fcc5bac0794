"""A server that dies in the middle of deliveries loses none and doubles none."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from orchestrator.adapters.clock import real_now
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.vault import FileVault
from orchestrator.adapters.webhooks import StandardWebhooksVerifier
from orchestrator.domain.errors import ConflictError
from orchestrator.web.app import create_app
from orchestrator.web.gate import hook_gate
from orchestrator.web.server import run_web
from tests.hook import SUBMISSION, Office, a_vault, an_event, an_office, ports_of

EVENTS = 40


def _events() -> list[dict[str, Any]]:
    return [
        an_event(event_id=f"evt-{number}", submission=SUBMISSION | {"system": f"gauge{number}"})
        for number in range(EVENTS)
    ]


def _free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def _server(home: Path, address: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.hook_server", str(home), address]
    with (home / "server.log").open("ab") as log, subprocess.Popen(command, stderr=log) as server:
        try:
            _wait_ready(server, address)
            yield server
        finally:
            server.kill()


def _wait_ready(server: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server did not start"
        try:
            if httpx.get(f"http://{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the server was not ready within a minute")


def _deliver(office: Office, event: dict[str, Any]) -> str | None:
    """Give the address that was answered, or None when the server died before it answered."""
    try:
        answer = office.send(event)
    except httpx.TransportError:
        return None
    assert answer.status_code == 202, answer.text
    return answer.headers["location"]


def test_sigterm_ends_the_server_cleanly(records: SqlRecords, tmp_path: Path) -> None:
    """It returns to its caller, who then stops the worker; the process ends by itself, not by the signal."""
    records.close()
    with _server(tmp_path / "home", _free_address()) as server:
        server.terminate()
        assert server.wait(timeout=60) == 0


def test_a_taken_address_is_told(records: SqlRecords, vault: FileVault) -> None:
    """With the setting that names it."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        app = create_app(hook_gate(ports_of(records), StandardWebhooksVerifier(vault), real_now))
        with pytest.raises(ConflictError, match="cannot listen") as caught:
            run_web(app, address)
    assert caught.value.diagnostic.field == "TENURE_LISTEN"


def test_kill_and_replay(records: SqlRecords, tmp_path: Path) -> None:
    """Answered or not, after a kill and a replay of everything each event is one request, at its first address."""
    home, address, events = tmp_path / "home", _free_address(), _events()
    with httpx.Client(base_url=f"http://{address}", timeout=30) as client, ThreadPoolExecutor(8) as threads:
        office = an_office(records, a_vault(home), client)
        with _server(home, address) as server:
            first = [threads.submit(_deliver, office, event) for event in events]
            while sum(answer.done() for answer in first) < EVENTS // 4:
                time.sleep(0.001)
            server.kill()
            answered = [answer.result() for answer in first]
        with _server(home, address):
            replayed = list(threads.map(lambda event: _deliver(office, event), events))
    assert None in answered
    assert len(set(replayed) - {None}) == EVENTS
    assert all(was in {None, now} for was, now in zip(answered, replayed, strict=True))
    with records.read() as tx:
        assert (len(tx.requests.list(limit=1000)), len(tx.environments.list(limit=1000))) == (EVENTS, EVENTS)
