"""Why a signed plan no longer holds, told in sentences."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from orchestrator.domain.difference import explain_difference
from orchestrator.domain.plan import Action, Plan, PlannedStep
from tests.samples import a_spec
from tests.unit.domain.plans import PLANS, a_plan


def step(name: str, action: Action, **more: Any) -> PlannedStep:  # noqa: ANN401  fields of a step
    """Give a step of a server."""
    return PlannedStep(urn=f"urn:{name}", type="openstack:compute/instance:Instance", name=name, action=action, **more)


@given(signed=PLANS, fresh=PLANS)
def test_nothing_is_said_exactly_when_the_digests_are_equal(signed: Plan, fresh: Plan) -> None:
    """A refusal always says why, and what holds is never refused."""
    assert (explain_difference(signed, fresh) == ()) is (signed.digest == fresh.digest)


@given(plan=PLANS, other=PLANS)
def test_the_time_of_a_plan_makes_no_difference(plan: Plan, other: Plan) -> None:
    """The same preview, later."""
    assert explain_difference(plan, plan.model_copy(update={"made_at": other.made_at})) == ()


@given(signed=PLANS, fresh=PLANS)
def test_a_difference_is_told_both_ways(signed: Plan, fresh: Plan) -> None:
    """Whatever differs one way differs the other way, in as many sentences."""
    assert len(explain_difference(signed, fresh)) == len(explain_difference(fresh, signed))


def test_resources_are_told_by_name_with_what_would_happen() -> None:
    """New ones, those that are no longer touched, and those to which something else happens."""
    signed = a_plan((step("server-a", Action.SAME), step("server-b", Action.DELETE)))
    fresh = a_plan((step("server-a", Action.REPLACE, replaces=("imageName",)), step("server-c", Action.CREATE)))
    assert explain_difference(signed, fresh) == (
        "server-a: replace instead of same",
        "server-a: is replaced because of imageName instead of nothing",
        "server-b would no longer be deleted",
        "server-c would now be created",
    )


def test_the_specification_is_told_as_people_write_it() -> None:
    """Roles and volumes by their names, flows by what they open; the cost follows."""
    role = a_spec().roles[0].model_dump()
    volume = role["volumes"][0]
    wider = [{"role": "web", "first_port": 80, "last_port": 80, "peer_cidr": "10.0.0.0/8"}]
    more = a_spec(roles=[role | {"count": 3, "volumes": [volume | {"size_gib": 4}]}], flows=wider)
    assert explain_difference(a_plan(()), a_plan((), spec=more, before=a_spec().totals)) == (
        "specification: roles.web.count 1 -> 3",
        "specification: roles.web.volumes.data.size_gib 1 -> 4",
        "specification: flows.web-ingress-tcp-443-443-10.0.0.0_8 open -> nothing",
        "specification: flows.web-ingress-tcp-80-80-10.0.0.0_8 nothing -> open",
        "cost: hosts 1 -> 3",
        "cost: vcpus 1 -> 3",
        "cost: ram_mib 512 -> 1536",
        "cost: volumes 1 -> 3",
        "cost: volume_gib 1 -> 12",
        "cost before: hosts nothing -> 1",
        "cost before: vcpus nothing -> 1",
        "cost before: ram_mib nothing -> 512",
        "cost before: volumes nothing -> 1",
        "cost before: volume_gib nothing -> 1",
        "cost before: addresses nothing -> 1",
    )


def test_what_is_too_long_to_read_is_only_named() -> None:
    """Nobody compares two public keys by eye."""
    keyed = a_spec(access={"ca_public_key": "ssh-ed25519 " + "A" * 68})
    assert explain_difference(a_plan(()), a_plan((), spec=keyed)) == ("specification: access.ca_public_key differs",)


def test_equal_things_in_another_order_are_another_plan() -> None:
    """A digest covers the order too; the sentence says so."""
    flows = [flow.model_dump() for flow in a_spec().flows]
    twice = a_spec(flows=[*flows, *flows])
    assert explain_difference(a_plan(()), a_plan((), spec=twice)) == (
        "specification: the same things in another order",
    )
    steps = (step("server-a", Action.SAME), step("server-b", Action.SAME))
    assert explain_difference(a_plan(steps), a_plan(steps[::-1])) == ("the steps stand in another order",)
