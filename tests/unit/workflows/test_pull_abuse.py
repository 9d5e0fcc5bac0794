"""Pull requests that are made to be in the way: they cost one look, and keep no other from being checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from orchestrator.domain.errors import RefusedError
from orchestrator.domain.forge import Comment
from orchestrator.domain.git_plan import Depth, Standing
from orchestrator.ports import Records
from orchestrator.workflows.pull_requests import PullDesk, look_again, look_at, poll
from tests.fakes.forge import FakeForge
from tests.forges.model import ForgeModel
from tests.forges.world import INSIDER, OUTSIDER
from tests.unit.workflows.pulls import House, an_environment

FILES = {"environments/water-gauge-test.yaml": "blueprint: single-host\n"}


class LockingForge(FakeForge):
    """A forge on which nobody may comment under one pull request."""

    def __init__(self, model: ForgeModel, locked: int) -> None:
        super().__init__(model)
        self.locked = locked

    def put_comment(self, number: int, marker: str, text: str) -> Comment:
        """Refuse what is locked."""
        if number == self.locked:
            raise RefusedError(f"pull request {number} is locked")
        return super().put_comment(number, marker, text)


@pytest.fixture
def house(records: Records) -> House:
    """Give a desk with an empty repository."""
    return House(records)


def test_a_hundred_questions_are_one_answer(house: House) -> None:
    """Whoever opened it may ask, also a stranger; more comments than are kept do not ask for ever."""
    number = house.world.open(OUTSIDER, "gauge", FILES)
    look_at(house.desk, number)
    for _ in range(100):
        house.world.say(number, OUTSIDER, "tenure plan")
    for _ in range(3):
        look_at(house.desk, number)
    assert len(house.planner.asked) == 2
    house.world.say(number, OUTSIDER, "tenure plan")
    look_at(house.desk, number)
    assert len(house.planner.asked) == 3


def test_an_answered_question_that_was_removed_asks_for_nothing(house: House) -> None:
    """The ones before it were answered with it."""
    number = house.world.open(INSIDER, "gauge", FILES)
    look_at(house.desk, number)
    for _ in range(2):
        house.world.say(number, INSIDER, "tenure plan")
    look_at(house.desk, number)
    notes = house.model.pulls[number].notes
    notes.remove(notes[-1])
    look_at(house.desk, number)
    assert len(house.planner.asked) == 2


@pytest.mark.parametrize("look", [poll, look_again])
def test_one_that_cannot_be_answered_keeps_no_other_from_it(house: House, look: Callable[[PullDesk], int]) -> None:
    """A conversation that somebody locked: the others have their answers, and the fault is told."""
    numbers = [house.world.open(INSIDER, f"gauge{n}", FILES) for n in range(3)]
    desk = replace(house.desk, forge=LockingForge(house.model, locked=numbers[1]))
    for number in numbers:
        house.deliver(f"d-{number}", number)
    with pytest.raises(RefusedError, match="locked"):
        look(desk)
    assert [bool(house.own_comments(number)) for number in numbers] == [True, False, True]


def test_a_strangers_copy_of_a_refused_commit_does_not_make_it_good(house: House) -> None:
    """A status belongs to a commit, whoever proposes it: one that was looked at whole stays as it is."""
    number = house.world.open(INSIDER, "gauge", FILES)
    house.planner.environments = (an_environment(Standing.REFUSED),)
    look_at(house.desk, number)
    copy = house.model.open_pull(OUTSIDER, "gauge", "main")
    house.planner.environments = (an_environment(Standing.VALID),)
    look_at(house.desk, copy.number)
    head = house.model.pulls[number].head
    assert copy.head == head
    assert [depth for *_, depth in house.planner.asked] == [Depth.PREVIEW, Depth.VALIDATE]
    assert not house.world.statuses(head)["tenure"].good
    assert not house.world.statuses(head)["tenure/water-gauge-test"].good
    assert house.own_comments(copy.number)
