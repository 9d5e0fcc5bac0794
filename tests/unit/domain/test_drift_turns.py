"""Turns: a look by schedule asks for a quarter of the quotas, and none waits for more than four looks."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.drift import ONE_BY_ONE
from orchestrator.domain.drift_turns import EVERYTHING, PARTS, part_of, turn_after
from tests.drift_samples import a_made, a_scan
from tests.samples import START
from tests.unit.domain.test_drift import sees

EVERY = timedelta(hours=6)
LATE = st.timedeltas(min_value=timedelta(), max_value=timedelta(hours=40))


@given(lates=st.lists(LATE, min_size=PARTS, max_size=PARTS))
def test_every_part_has_its_turn_in_four_looks(lates: list[timedelta]) -> None:
    """However late each of them is."""
    at = START
    seen: set[int] = set()
    for late in lates:
        newest = a_scan(at=at, finished_at=at)
        at += EVERY + late
        seen |= turn_after(newest, at, EVERY).parts
    assert seen == EVERYTHING.parts


def test_a_look_in_time_takes_one_part() -> None:
    """And what the last look left out, whatever its part."""
    newest = a_scan(finished_at=START, left_out={"water-gauge-test": "patch is running"})
    turn = turn_after(newest, START + EVERY, EVERY)
    assert len(turn.parts) == 1
    assert turn.takes("water-gauge-test", "any project")
    assert [turn.takes("other", str(number)) for number in range(50)] == [
        part_of(str(number)) in turn.parts for number in range(50)
    ]


def test_after_a_look_that_saw_nothing_of_them_everything_is_asked_for() -> None:
    """The first look, one after a break, after a look that died, and after a service that was silent."""
    over = a_scan(finished_at=START)
    silent = a_scan(finished_at=START, silent={"volume-quota": "volume does not answer"})
    for newest, after in ((None, EVERY), (a_scan(), EVERY), (silent, EVERY), (over, PARTS * EVERY), (over, -EVERY)):
        assert turn_after(newest, START + after, EVERY) == EVERYTHING


def test_the_parts_are_of_about_the_same_size() -> None:
    """A project's id says which part it belongs to."""
    parts = [part_of(f"{number:032x}") for number in range(2000)]
    assert set(parts) == EVERYTHING.parts
    assert all(400 < parts.count(part) < 600 for part in EVERYTHING.parts)


def test_of_what_nobody_asked_nothing_is_known() -> None:
    """As of a silent service: neither missing nor changed."""
    made = a_made()
    (project,) = made.things
    assert sees().unknown(made) == frozenset()
    assert sees().model_copy(update={"unasked": frozenset({"another"})}).unknown(made) == frozenset()
    assert sees().model_copy(update={"unasked": frozenset({project.id})}).unknown(made) == ONE_BY_ONE
