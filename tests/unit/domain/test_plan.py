"""Plans: the same preview has the same digest, and what it changes can be counted."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given

from orchestrator.domain.names import Stage
from orchestrator.domain.plan import Action, Plan, PlannedStep
from orchestrator.domain.quota import quota_of
from tests.samples import a_spec
from tests.unit.domain.plans import STEPS, TIMES, a_plan


@given(steps=STEPS, later=TIMES)
def test_the_digest_is_of_the_content_and_not_of_the_time(steps: tuple[PlannedStep, ...], later: datetime) -> None:
    """The same plan made again is the plan that was approved."""
    assert a_plan(steps).digest == a_plan(steps, made_at=later).digest


def test_a_plan_on_record_keeps_its_digest() -> None:
    """A plan of the time before costs and reasons were told loads, and is still what was signed."""
    step = PlannedStep(urn="urn:a", type="t", name="n", action=Action.UPDATE, changed=("tags",))
    record = a_plan((step,), made_at=datetime(2026, 3, 2, tzinfo=UTC)).model_dump(mode="json")
    del record["before"], record["steps"][0]["replaces"]
    plan = Plan.model_validate(record)
    assert plan.before is None
    assert plan.digest == "sha256:5d65fe00afb74b98e4db3da2e72e5b93d5600aad52cdbac0d73ff27fade9fe68"


def test_the_effect_is_the_cost_less_what_is_there() -> None:
    """A new environment costs all of it; a change what it adds, and less than nothing where it gives back."""
    one = a_spec()
    two = a_spec(roles=[one.roles[0].model_copy(update={"count": 2})])
    assert a_plan(()).effect == one.totals
    more = a_plan((), spec=two, before=one.totals).effect
    assert (more.hosts, more.vcpus, more.volume_gib, more.addresses) == (1, 1, 1, 0)
    assert a_plan((), spec=one, before=two.totals).effect.hosts == -1


def test_a_plan_tells_the_quotas_that_come_with_it() -> None:
    """They are a function of what is planned."""
    live = a_spec(stage=Stage.PRODUCTION)
    assert a_plan((), spec=live).quota == quota_of(live)


@given(signed=STEPS, fresh=STEPS)
def test_a_change_loses_only_what_was_signed(signed: tuple[PlannedStep, ...], fresh: tuple[PlannedStep, ...]) -> None:
    """A step that loses data is covered by the same step of the signed plan, or because that makes the thing."""
    beyond = a_plan(fresh).unsigned_losses(a_plan(signed))
    covered = {(step.urn, step.action) for step in signed if step.loses_data}
    made = {step.urn for step in signed if step.action is Action.CREATE}
    for step in a_plan(fresh).destroys:
        assert (step in beyond) is not ((step.urn, step.action) in covered or step.urn in made)
    assert a_plan(fresh).unsigned_losses(a_plan(fresh)) == ()
    assert a_plan(fresh).unsigned_losses(None) == a_plan(fresh).destroys
    assert a_plan(fresh).loses_data is bool(a_plan(fresh).destroys)


@given(steps=STEPS)
def test_every_step_is_counted_once(steps: tuple[PlannedStep, ...]) -> None:
    """The counts add up to the steps."""
    plan = a_plan(steps)
    assert sum(plan.count(action) for action in Action) == len(steps)
    unchanged = plan.count(Action.SAME) + plan.count(Action.READ)
    assert len(plan.changes) == len(steps) - unchanged
    assert set(plan.destroys) <= set(plan.changes)


def test_losing_data_is_told_apart() -> None:
    """Only what holds data, and only when it is replaced or deleted."""
    steps = tuple(
        PlannedStep(urn=f"urn:{number}", type="t", name="n", action=action, stateful=stateful)
        for number, (action, stateful) in enumerate(
            [(Action.DELETE, True), (Action.DELETE, False), (Action.REPLACE, True), (Action.UPDATE, True)]
        )
    )
    assert [step.urn for step in a_plan(steps).destroys] == ["urn:0", "urn:2"]


def test_the_way_back_may_take_away_what_the_change_made() -> None:
    """What a signed plan makes holds nothing that somebody would miss; everything else is kept (Art. 15)."""
    new, old = (
        PlannedStep(urn=f"urn:{name}", type="t", name=name, action=Action.DELETE, stateful=True)
        for name in ("new", "old")
    )
    signed = a_plan((new.model_copy(update={"action": Action.CREATE}), old.model_copy(update={"action": Action.SAME})))
    assert a_plan((new, old)).unsigned_losses(signed) == (old,)


def test_another_step_makes_another_digest() -> None:
    """An approval does not carry over."""
    step = PlannedStep(urn="urn:a", type="t", name="n", action=Action.CREATE)
    assert a_plan((step,)).digest != a_plan(()).digest
