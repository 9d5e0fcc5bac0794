"""A hook for any test: real database, verifier, workflows and uvicorn on the loopback; only the cloud is not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from orchestrator.adapters.clock import SystemClock, real_now
from orchestrator.adapters.ids import SortableIds
from orchestrator.adapters.library import TemplateLibrary, installed_templates
from orchestrator.adapters.vault import FileVault
from orchestrator.adapters.webhooks import Ed25519Keys, Signer, StandardWebhooksVerifier
from orchestrator.domain.approval import MEDIA_TYPE, EventType
from orchestrator.domain.records import Actor, Role, Scheme
from orchestrator.ports import Records
from orchestrator.web.app import create_app
from orchestrator.web.gate import hook_gate
from orchestrator.web.pool import WorkPool
from orchestrator.web.server import make_server
from orchestrator.workflows.context import Ports
from orchestrator.workflows.senders import Desk, add_sender
from tests.audit import SIGNER
from tests.fakes.stores import FakeBlobs
from tests.serving import running

PATH = "/hooks/approvals"
OFFICER = Actor(name="duty officer", role=Role.OFFICE, door="cli")
APPLICATION = ("construction-plan", "self-test-report", "resource-needs")
SUBMISSION: dict[str, Any] = {
    "kind": "test",
    "unit": "water",
    "system": "gauge",
    "system_name": "水位监测",
    "reason": "系统联调",
    "classified": False,
    "mlps": 2,
    "material": [{"kind": kind, "name": f"{kind}.pdf"} for kind in APPLICATION],
    "environment": {
        "blueprint": "single-host",
        "network": {"cidr": "10.20.0.0/24"},
        "access_from": ["10.0.0.0/8"],
    },
}


class NoCloud:
    """Stands for every port that reaches the cloud: a hook's transaction never does."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  any port
        """Give the CA's key as none, and fail for the rest."""
        if name == "ca_public_key":
            return lambda: ""
        raise AssertionError(f"the hook asked the cloud for {name}")


def ports_of(records: Records) -> Ports:
    """Give ports with the real library, clock and ids over some records."""
    cloud: Any = NoCloud()
    return Ports(
        records=records,
        provisioner=cloud,
        inventory=cloud,
        fleet=cloud,
        power=cloud,
        access=cloud,
        configurator=cloud,
        library=TemplateLibrary(installed_templates()),
        clock=SystemClock(),
        ids=SortableIds(),
        backups=cloud,
        rewind=cloud,
        ground=cloud,
        blobs=FakeBlobs(),
        signer=SIGNER,
    )


def desk_of(records: Records, vault: FileVault) -> Desk:
    """Give what commands on the registry of senders need."""
    return Desk(records, vault, Ed25519Keys(), SortableIds(), OFFICER, datetime.now(UTC))


@dataclass(frozen=True)
class Office:
    """The office's approval system: it signs and sends."""

    client: httpx.Client
    signer: Signer

    def send(self, event: dict[str, Any] | bytes, *, path: str = PATH, **headers: str) -> httpx.Response:
        """Sign and post an event (or a raw body); given headers replace those that were made (``webhook_id`` …)."""
        body = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        message_id = event["id"] if isinstance(event, dict) and isinstance(event.get("id"), str) else "evt-1"
        made = {"content-type": MEDIA_TYPE, **self.signer.headers(message_id, real_now(), body)}
        return self.client.post(path, content=body, headers=made | _header_names(headers))

    def ask(self, request_id: str, **headers: str) -> httpx.Response:
        """Sign and get the state of a request."""
        signed = self.signer.headers(request_id, real_now(), b"")
        return self.client.get(f"/requests/{request_id}", headers=signed | _header_names(headers))


def _header_names(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def an_event(kind: EventType = EventType.SUBMITTED, event_id: str = "evt-1", **data: Any) -> dict[str, Any]:  # noqa: ANN401  JSON values
    """Give an event; the data of a submitted one are a small test environment."""
    filled = {"submission": SUBMISSION} if kind is EventType.SUBMITTED and "submission" not in data else {}
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "/office/approvals",
        "type": str(kind),
        "data": {"by": "applicant" if kind is EventType.SUBMITTED else "duty officer", **filled, **data},
    }


@contextmanager
def serving(records: Records, vault: FileVault, pool: WorkPool | None = None) -> Iterator[str]:
    """Serve the hook on a free port of the loopback; gives its URL."""
    gate = hook_gate(ports_of(records), StandardWebhooksVerifier(vault), real_now)
    with running(make_server(create_app(gate, pool), "127.0.0.1:0")) as address:
        yield address


def an_office(records: Records, vault: FileVault, client: httpx.Client, name: str = "approvals") -> Office:
    """Register a sender of the office and give it."""
    made = add_sender(desk_of(records, vault), name, Role.OFFICE, Scheme.V1A)
    return Office(client, Signer(made.secret))


def a_vault(folder: Path) -> FileVault:
    """Give a vault in a folder of its own."""
    return FileVault(folder / "vault")
