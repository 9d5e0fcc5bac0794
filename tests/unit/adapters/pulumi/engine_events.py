"""Events of Pulumi's engine, as its event stream writes them."""

from __future__ import annotations

from typing import Any

from pulumi.automation.events import EngineEvent

STACK = "urn:pulumi:water-gauge-test::tenure::"
SERVER = "openstack:compute/instance:Instance"


def urn(kind: str, name: str) -> str:
    """Give the URN of a resource under the compute component."""
    return f"{STACK}tenure:environment:Compute${kind}::{name}"


def step(moment: str, op: str, kind: str = SERVER, name: str = "server-web-1", **more: Any) -> EngineEvent:  # noqa: ANN401
    """Give an event of one step; ``moment`` is resourcePreEvent, resOutputsEvent or resOpFailedEvent."""
    metadata = {"op": op, "urn": urn(kind, name), "type": kind, "provider": "", **more}
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, moment: {"metadata": metadata}})


def error(message: str, kind: str = SERVER, name: str = "server-web-1") -> EngineEvent:
    """Give an error of one resource."""
    told = {"message": message, "color": "never", "severity": "error", "urn": urn(kind, name)}
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, "diagnosticEvent": told})
