"""Plans of live environments are made with a copy of the state that nothing protects."""

from __future__ import annotations

import json
from pathlib import Path

from orchestrator.adapters.pulumi.rehearsal import rehearsal
from orchestrator.adapters.pulumi.state import StackState
from orchestrator.adapters.pulumi.workspace import StackFile
from tests.unit.adapters.pulumi.test_workspace import CONTEXT, NAME, content, order

STATE = StackState({"manifest": {}, "resources": [{"urn": "urn:a", "protect": True}, {"urn": "urn:b"}]})


def test_the_copy_is_whole_but_for_the_protection_and_goes_afterwards(tmp_path: Path) -> None:
    """Project, configuration and state are there while the plan is made; what a killed one left is overwritten."""
    file = StackFile(tmp_path, NAME)
    file.configure(order(tmp_path), CONTEXT)
    left = tmp_path / "rehearsals" / NAME / "state" / "left"
    left.mkdir(parents=True)
    with rehearsal(order(tmp_path), file, STATE, 3) as (folder, environment):
        assert not left.exists()
        backend = f"{(folder / 'state').as_uri()}?metadata=skip"
        assert environment["PULUMI_BACKEND_URL"] == content(folder, "Pulumi.yaml")["backend"]["url"] == backend
        assert content(folder, f"Pulumi.{NAME}.yaml") == content(tmp_path, f"Pulumi.{NAME}.yaml")
        written = folder / "state" / ".pulumi" / "stacks" / "tenure" / f"{NAME}.json"
        checkpoint = json.loads(written.read_text(encoding="utf-8"))
        assert checkpoint["version"] == 3
        assert checkpoint["checkpoint"]["latest"] == {"manifest": {}, "resources": [{"urn": "urn:a"}, {"urn": "urn:b"}]}
    assert not folder.exists()
    assert STATE.protects, "the state itself stays as it was"
