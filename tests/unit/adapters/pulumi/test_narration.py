"""How the engine's events become plans and step events."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from pulumi.automation.events import EngineEvent

from orchestrator.adapters.pulumi.faults import Masker
from orchestrator.adapters.pulumi.narration import Narrator, PlanReader, outputs_of
from orchestrator.domain.plan import Action, Plan
from orchestrator.domain.records import StepEvent, StepStatus
from tests.samples import a_spec
from tests.unit.adapters.pulumi.engine_events import SERVER, error, step

VOLUME = "openstack:blockstorage/volume:Volume"
PORT = "openstack:networking/port:Port"
PRE, DONE, FAILED = "resourcePreEvent", "resOutputsEvent", "resOpFailedEvent"


def read(events: list[EngineEvent]) -> PlanReader:
    """Read a preview's events."""
    reader = PlanReader()
    for event in events:
        reader(event)
    return reader


def narrate(events: list[EngineEvent], *secrets: str) -> tuple[Narrator, list[StepEvent]]:
    """Narrate an operation's events."""
    told: list[StepEvent] = []
    narrator = Narrator("up", told.append, Masker(secrets))
    for event in events:
        narrator(event)
    return narrator, told


def plan(reader: PlanReader, later: timedelta = timedelta()) -> Plan:
    """Make a plan of what was read."""
    spec = a_spec()
    made_at = datetime(2026, 3, 2, tzinfo=UTC) + later
    return Plan(environment=spec.name, spec=spec, steps=reader.steps, totals=spec.totals, made_at=made_at)


def test_the_same_plan_has_the_same_digest_in_whatever_order_it_came() -> None:
    """The engine works in parallel; the order of its events and the hour do not count."""
    events = [step(PRE, "create", PORT, f"port-{n}") for n in range(9)]
    shuffled = random.Random(7).sample(events, len(events))  # noqa: S311  an order, not a secret
    assert plan(read(events)).digest == plan(read(shuffled), timedelta(hours=3)).digest


def test_another_action_or_property_is_another_plan() -> None:
    """What differs is part of the digest."""
    digests = {
        plan(read([one])).digest
        for one in (
            step(PRE, "same"),
            step(PRE, "update", diffs=["name"]),
            step(PRE, "update", diffs=["metadata"]),
            step(PRE, "delete"),
        )
    }
    assert len(digests) == 4


def test_components_and_pulumis_bookkeeping_are_no_steps() -> None:
    """A plan counts things in the cloud."""
    kinds = ["pulumi:pulumi:Stack", "pulumi:providers:openstack", "tenure:environment:Tenant"]
    assert read([step(PRE, "create", kind, "x") for kind in kinds]).steps == ()


def test_changed_properties_are_named_without_values() -> None:
    """Paths are cut to the property, each told once, sorted."""
    paths = ("tags[0]", "metadata.stage")
    detailed = {path: {"diffKind": "update"} for path in paths}
    found = read([step(PRE, "update", diffs=["metadata"], detailedDiff=detailed)]).steps[0]
    assert found.changed == ("metadata", "tags")


def test_a_replacement_is_one_step_that_says_so() -> None:
    """The engine tells it in three steps; a plan tells it once, and that data are at stake."""
    ops = ["delete-replaced", "replace", "create-replacement"]
    (found,) = read([step(PRE, op) for op in ops]).steps
    assert (found.action, found.stateful) == (Action.REPLACE, True)
    assert plan(read([step(PRE, op) for op in ops])).destroys == (found,)


def test_a_replacement_says_which_properties_force_it() -> None:
    """Whatever else differs is told too, in whatever order the engine's three steps come."""
    forced = {"networks[0].port": {"diffKind": "update-replace"}, "metadata.stage": {"diffKind": "update"}}
    events = [
        step(PRE, "delete-replaced"),
        step(PRE, "replace", detailedDiff=forced),
        step(PRE, "create-replacement", keys=["networks"]),
    ]
    for order in (events, events[::-1]):
        (found,) = read(order).steps
        assert (found.changed, found.replaces) == (("metadata", "networks"), ("networks",))
    (updated,) = read([step(PRE, "update", diffs=["metadata"])]).steps
    assert updated.replaces == ()


def test_a_new_image_is_a_replacement_whatever_the_engine_calls_it() -> None:
    """The provider rebuilds the server: its root disk is lost, so the plan must not call it an update."""
    (found,) = read([step(PRE, "update", diffs=["imageName", "metadata"])]).steps
    assert (found.action, found.replaces, found.stateful) == (Action.REPLACE, ("imageName",), True)
    (resized,) = read([step(PRE, "update", diffs=["flavorName"])]).steps
    assert resized.action is Action.UPDATE


def test_only_servers_volumes_containers_and_addresses_hold_data() -> None:
    """Taking away a port costs nothing that cannot be made again."""
    flags = {
        one.type: one.stateful
        for one in read([step(PRE, "delete", kind, kind) for kind in (SERVER, VOLUME, PORT)]).steps
    }
    assert flags == {SERVER: True, VOLUME: True, PORT: False}


def test_a_step_is_told_when_it_begins_and_when_it_ends() -> None:
    """Started, then done with the seconds that it took."""
    _, told = narrate([step(PRE, "create"), step(DONE, "create")])
    assert [(one.status, one.resource, one.action) for one in told] == [
        (StepStatus.STARTED, "server-web-1", "create"),
        (StepStatus.DONE, "server-web-1", "create"),
    ]
    assert told[0].seconds is None
    assert told[1].seconds is not None


def test_unchanged_resources_are_not_told() -> None:
    """A second up over a large environment is silent."""
    assert narrate([step(PRE, "same"), step(DONE, "same"), step(PRE, "read"), step(DONE, "read")])[1] == []


def test_a_refusal_is_told_with_its_resource_and_without_secrets() -> None:
    """The diagnostic has the cloud's words; the password in them is masked."""
    narrator, told = narrate([step(PRE, "create"), error("bad password hunter-2"), step(FAILED, "create")], "hunter-2")
    assert [fault.summary for fault in narrator.faults] == ["server-web-1: bad password [secret]"]
    assert [one.status for one in told] == [StepStatus.STARTED, StepStatus.NOTE, StepStatus.FAILED]
    assert "hunter-2" not in str(told)


def test_one_error_told_twice_is_one_fault() -> None:
    """The bridge logs what it then returns."""
    narrator, _ = narrate([step(PRE, "create"), error("no flavor"), error("1 error occurred:\n\t* no flavor\n\n")])
    assert len(narrator.faults) == 1


def test_outputs_come_from_the_stacks_own_event() -> None:
    """Complete outputs are taken; those of a run that broke off are not."""
    outputs = {"project_id": "p", "network_id": "n", "bastion_address": "a", "bastion_host": "web-1", "hosts": []}
    new = {"type": "pulumi:pulumi:Stack", "urn": "", "outputs": outputs}
    narrator, told = narrate([step(DONE, "create", "pulumi:pulumi:Stack", "tenure", new=new)])
    assert narrator.outputs is not None
    assert narrator.outputs.bastion_host == "web-1"
    assert told == []
    assert outputs_of({"project_id": "p"}) is None
