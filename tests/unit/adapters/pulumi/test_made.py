"""What the engine made, in the words in which the fleet is listed."""

from __future__ import annotations

import pytest

from orchestrator.adapters.pulumi.faults import Masker
from orchestrator.adapters.pulumi.made import FORMS, Standing, things_of
from orchestrator.adapters.pulumi.narration import Narrator, PlanReader
from orchestrator.domain.plan import Action
from orchestrator.domain.records import ThingKind
from tests.unit.adapters.pulumi.engine_events import step

PRE, DONE = "resourcePreEvent", "resOutputsEvent"
PORT, PROJECT = "openstack:networking/port:Port", "openstack:identity/project:Project"
ATTACHMENT = "openstack:compute/volumeAttach:VolumeAttach"


def new(kind: str, key: str, **outputs: object) -> dict[str, object]:
    """Give what an event says of a resource as it stands."""
    return {"type": kind, "urn": "", "id": key, "parent": "", "provider": "", "outputs": outputs}


def narrated(*steps: tuple[str, str, str, dict[str, object] | None]) -> Narrator:
    """Narrate the ends of steps: operation, type, name, and what stands then."""
    narrator = Narrator("up", lambda _: None, Masker(()))
    for op, kind, name, stands in steps:
        narrator(step(DONE, op, kind, name, **({"new": stands} if stands else {})))
    return narrator


def test_what_stands_is_told_by_the_events_of_every_step() -> None:
    """Unchanged resources are told too; each belongs to the stack's project."""
    narrator = narrated(
        ("same", PROJECT, "project", new(PROJECT, "p-1", name="water-gauge-test", enabled=True)),
        ("create", PORT, "port-web-1", new(PORT, "port-1", name="web-1", allSecurityGroupIds=["b", "a"])),
        ("create", "openstack:compute/keypair:Keypair", "emergency-key", new("x", "k")),
    )
    port, project = narrator.made
    assert (project.kind, project.id, project.properties["enabled"]) == (ThingKind.PROJECT, "p-1", "true")
    assert (port.name, port.id, port.project) == ("port-web-1", "port-1", "p-1")
    assert (port.properties["groups"], port.properties["admin_state_up"]) == ("a, b", "")


def test_what_was_removed_does_not_stand() -> None:
    """Of a replacement the new one does, in whatever order its two steps are told."""
    first, second = new(PORT, "port-1"), new(PORT, "port-2")
    gone = narrated(("same", PORT, "port-web-1", first), ("delete", PORT, "port-web-1", None))
    assert gone.made == ()
    replaced = [("create-replacement", PORT, "port-web-1", second), ("delete-replaced", PORT, "port-web-1", None)]
    assert [thing.id for thing in narrated(*replaced).made] == ["port-2"]
    assert [thing.id for thing in narrated(*replaced[::-1]).made] == ["port-2"]


def test_an_attachment_is_known_by_its_server_and_volume() -> None:
    """The cloud has no other name for it."""
    (thing,) = things_of([Standing(ATTACHMENT, "attachment-web-1-data", "x", {"instanceId": "s", "volumeId": "v"})])
    assert (thing.kind, thing.id, thing.part_of) == (ThingKind.ATTACHMENT, "s/v", "s")


def test_a_server_is_made_to_run() -> None:
    """No output says so."""
    (thing,) = things_of([Standing("openstack:compute/instance:Instance", "server-web-1", "s", {"flavorName": "m1"})])
    assert thing.properties == {"name": "", "flavor": "m1", "status": "ACTIVE"}


MADE_BY_NO_STACK = {ThingKind.CONTAINER, ThingKind.SNAPSHOT, ThingKind.IMAGE}
"""Only their own user can list containers; snapshots and images are looked for because nothing of ours made them."""


@pytest.mark.parametrize("kind", [kind for kind in ThingKind if kind not in MADE_BY_NO_STACK])
def test_every_kind_has_one_type(kind: ThingKind) -> None:
    """What a stack makes is known by its type."""
    assert [form.kind for form in FORMS.values()].count(kind) == 1


def test_the_engines_look_at_the_cloud_is_no_step() -> None:
    """What it found is told by the step that follows: one for what is missing or differs, none for the rest."""
    reader = PlanReader()
    for op, name in (("refresh", "port-1"), ("refresh", "port-2"), ("create", "port-1"), ("same", "port-2")):
        reader(step(PRE, op, PORT, name))
    assert [(one.name, one.action) for one in reader.steps] == [("port-1", Action.CREATE), ("port-2", Action.SAME)]
