"""Plans: the same preview has the same digest, and what it changes can be counted."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.plan import Action, Plan, PlannedStep
from tests.samples import a_spec

MADE_AT = datetime(2026, 3, 2, tzinfo=UTC)
STEPS = st.lists(
    st.builds(
        PlannedStep,
        urn=st.from_regex(r"urn:[a-z]{1,8}", fullmatch=True),
        type=st.just("openstack:compute/instance:Instance"),
        name=st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        action=st.sampled_from(Action),
        stateful=st.booleans(),
    ),
    max_size=8,
).map(tuple)


def a_plan(steps: tuple[PlannedStep, ...], made_at: datetime = MADE_AT) -> Plan:
    """Give a plan of these steps."""
    spec = a_spec()
    return Plan(environment=spec.name, spec=spec, steps=steps, totals=spec.totals, made_at=made_at)


@given(steps=STEPS, later=st.timedeltas())
def test_the_digest_is_of_the_content_and_not_of_the_time(steps: tuple[PlannedStep, ...], later: object) -> None:
    """The same plan made again is the plan that was approved."""
    assert later is not None
    assert a_plan(steps).digest == a_plan(steps, datetime(2027, 1, 1, tzinfo=UTC)).digest


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


def test_another_step_makes_another_digest() -> None:
    """An approval does not carry over."""
    step = PlannedStep(urn="urn:a", type="t", name="n", action=Action.CREATE)
    assert a_plan((step,)).digest != a_plan(()).digest
