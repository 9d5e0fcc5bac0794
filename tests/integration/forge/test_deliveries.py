"""Webhooks that are lost, doubled, late or in another order: the outcome is the same as of those that come in time."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import pytest

from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.plan_comment import MARKER
from orchestrator.ports import Records
from orchestrator.workflows.merged import COMMENT
from tests.forges.world import INSIDER, REVIEWER
from tests.integration.forge.house import House
from tests.integration.forge.post import Letter, PostOffice, a_post_office
from tests.integration.git.merging import NAME, PATH, wanted


class Fate(StrEnum):
    """What becomes of deliveries on their way."""

    DOUBLED = "doubled"
    REORDERED = "reordered"
    DELAYED = "delayed"
    LOST = "lost"


@pytest.fixture
def office(house: House, records: Records) -> Iterator[PostOffice]:
    """Give where the repository's deliveries come by."""
    with a_post_office(house.world, records) as office:
        yield office


@pytest.mark.parametrize("fate", Fate)
def test_what_becomes_of_deliveries_changes_nothing(house: House, office: PostOffice, fate: Fate) -> None:
    """Opened, pushed to, approved and merged: each head is checked once, one request follows, all is told once."""
    world, way = house.world, _Way(house, office, fate)
    number = world.open(INSIDER, "catalogue", {PATH: wanted(2)})
    first = world.forge.pull_request(number).head
    way.passes("opened")
    pushed = world.push(number, {PATH: wanted()})
    way.passes("synchronized")
    way.arrives()
    world.approve(number, REVIEWER)
    way.passes("reviewed")
    world.merge(number)
    way.passes("closed")
    way.arrives()
    house.carried_out()
    assert house.checked(number) in ([first, pushed], [pushed])
    assert len(house.requests()) == 1
    assert house.installation.environment(NAME).state is EnvironmentState.READY
    assert (len(house.said(number, MARKER)), len(house.said(number, COMMENT))) == (1, 1)


class _Way:
    """Brings what the forge tells to the door, as it is fated to come."""

    def __init__(self, house: House, office: PostOffice, fate: Fate) -> None:
        self._house = house
        self._office = office
        self._fate = fate
        self._late: list[Letter] = []

    def passes(self, action: str) -> None:
        """Wait for what the forge tells, and let Tenure look at what has come of it."""
        letters = self._office.taken_out(action)
        match self._fate:
            case Fate.DOUBLED:
                self._office.hand_on([*letters, *letters])
            case Fate.REORDERED | Fate.DELAYED:
                self._late += letters
        self._house.rounds.look()

    def arrives(self) -> None:
        """Let what is late come now, and what is lost be found by the poll."""
        backwards = self._fate is Fate.REORDERED
        self._office.hand_on(reversed(self._late) if backwards else self._late)
        self._late = []
        if self._fate is Fate.LOST:
            self._house.rounds.poll()
        self._house.rounds.look()
