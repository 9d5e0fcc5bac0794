"""Records for tests: valid, small, and different only in what a test says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator.domain.names import Stage
from orchestrator.domain.plan import Action, Plan, PlannedStep
from orchestrator.domain.records import (
    Actor,
    Deadline,
    Delivery,
    Environment,
    Grant,
    Notice,
    Operation,
    Request,
    Role,
    Scheme,
    Sender,
    SenderKey,
    StepEvent,
)
from orchestrator.domain.spec import EnvironmentSpec

START = datetime(2026, 3, 2, 1, 30, 0, 250_001, tzinfo=UTC)
OFFICER = Actor(name="duty officer", role=Role.OFFICE, door="cli")
DIGEST = "sha256:" + "a" * 64


def a_spec(unit: str = "water", system: str = "gauge", **changes: object) -> EnvironmentSpec:
    """Give a specification of one host."""
    fields: dict[str, Any] = {
        "unit": unit,
        "system": system,
        "stage": Stage.TEST,
        "request": "req-1",
        "blueprint": "single-host",
        "system_name": "水位监测",
        "network": {"cidr": "10.20.0.0/24"},
        "roles": [
            {
                "name": "web",
                "count": 1,
                "flavor": "small",
                "size": {"vcpus": 1, "ram_mib": 512},
                "image": "debian-12",
                "volumes": [{"name": "data", "size_gib": 1, "mount": "/srv"}],
            }
        ],
        "bastion": "web",
        "flows": [{"role": "web", "first_port": 443, "last_port": 443, "peer_cidr": "10.0.0.0/8"}],
    }
    return EnvironmentSpec.model_validate(fields | changes)


def a_request(request_id: str = "req-1", **changes: object) -> Request:
    """Give a submitted request for a test environment."""
    spec = a_spec(request=request_id)
    fields: dict[str, Any] = {
        "id": request_id,
        "kind": "test",
        "environment": spec.name,
        "stage": Stage.TEST,
        "state": "submitted",
        "submitted_by": OFFICER,
        "submitted_at": START,
        "reason": "系统联调",
        "content": {"days": 90, "names": ["水务局"], "nested": {"float": 1.5, "nothing": None}},
        "content_digest": DIGEST,
        "spec": spec,
        "rulebook": "default@1",
    }
    return Request.model_validate(fields | changes)


def an_environment(unit: str = "water", system: str = "gauge", **changes: object) -> Environment:
    """Give a planned test environment."""
    spec = a_spec(unit, system)
    fields: dict[str, Any] = {
        "name": spec.name,
        "stage": spec.stage,
        "state": "planned",
        "request": spec.request,
        "spec": spec,
        "created_at": START,
    }
    return Environment.model_validate(fields | changes)


def an_operation(operation_id: str = "op-1", **changes: object) -> Operation:
    """Give a queued operation that no request asked for."""
    fields: dict[str, Any] = {
        "id": operation_id,
        "kind": "provision",
        "environment": "water-gauge-test",
        "request": None,
        "state": "queued",
        "asked_by": OFFICER,
        "queued_at": START,
    }
    return Operation.model_validate(fields | changes)


def a_plan(spec: EnvironmentSpec | None = None) -> Plan:
    """Give a plan that makes one network."""
    spec = spec or a_spec()
    urn = f"urn:pulumi:{spec.name}::tenure::openstack:networking/network:Network::network"
    step = PlannedStep(urn=urn, type="openstack:networking/network:Network", name="network", action=Action.CREATE)
    return Plan(environment=spec.name, spec=spec, steps=(step,), totals=spec.totals, made_at=START)


def a_grant(environment: Environment, **changes: object) -> Grant:
    """Give a grant that was approved just now, in real time, to enter every host of an environment for an hour."""
    now = datetime.now(UTC)
    fields: dict[str, Any] = {
        "id": "gr-1",
        "environment": environment.name,
        "subject": f"{environment.name}@{environment.request}",
        "person": Actor(name="zhao", role=Role.PROVIDER, door="cli"),
        "reason": "the disk is full",
        "minutes": 60,
        "state": "granted",
        "asked_at": now,
        "granted_at": now,
        "until": now + timedelta(hours=1),
    }
    return Grant.model_validate(fields | changes)


def an_event(detail: str = "") -> StepEvent:
    """Give a note inside an operation."""
    return StepEvent.model_validate({"phase": "up", "status": "note", "detail": detail, "seconds": 0.25})


def a_deadline(deadline_id: str = "water-gauge-test/period-end/1", **changes: object) -> Deadline:
    """Give the end of a test period, 90 days after START."""
    fields: dict[str, Any] = {
        "id": deadline_id,
        "subject": "water-gauge-test",
        "environment": "water-gauge-test",
        "kind": "period-end",
        "article": "Art. 13",
        "due_at": START + timedelta(days=90),
    }
    return Deadline.model_validate(fields | changes)


def a_notice(notice_id: str = "notice-1", **changes: object) -> Notice:
    """Give a notice to unit and office."""
    fields: dict[str, Any] = {
        "id": notice_id,
        "key": "period-ends",
        "environment": "water-gauge-test",
        "to": ["unit", "office"],
        "facts": {"days": 15},
        "at": START,
    }
    return Notice.model_validate(fields | changes)


def a_sender(name: str = "approval", **changes: object) -> Sender:
    """Give a registered sender with one key."""
    key = SenderKey(id="key-1", scheme=Scheme.V1A, public="whpk_public", added_at=START)
    fields: dict[str, Any] = {"name": name, "role": "office", "keys": (key,), "added_at": START}
    return Sender.model_validate(fields | changes)


def a_delivery(delivery_id: str = "msg-1", **changes: object) -> Delivery:
    """Give one accepted call of the sender that :func:`a_sender` gives."""
    fields: dict[str, Any] = {
        "sender": "approval",
        "id": delivery_id,
        "body_sha256": "b" * 64,
        "request": "req-1",
        "at": START,
    }
    return Delivery.model_validate(fields | changes)
