"""What a pipeline reads: JSON lines with schema and type first, whatever is in them."""

from __future__ import annotations

import json

import pytest

from orchestrator.cli.output import emit
from orchestrator.domain.plan import Action, PlannedStep


def test_a_line_begins_with_schema_and_type(capsys: pytest.CaptureFixture[str]) -> None:
    """A resource's own type never replaces the type of the line."""
    step = PlannedStep(urn="urn:x", type="openstack:networking/network:Network", name="network", action=Action.CREATE)
    emit("planned_change", step)
    line = json.loads(capsys.readouterr().out)
    assert list(line)[:2] == ["schema", "type"]
    assert (line["type"], line["resource_type"]) == ("planned_change", step.type)
