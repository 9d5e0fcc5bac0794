"""Pull requests on a real Gitea, from the push to the comment; the cloud alone is not there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from orchestrator.adapters.clock import real_now
from orchestrator.adapters.documents.environments import EnvironmentFiles
from orchestrator.adapters.forge.watch import PullWatch, WatchControl, WatchNumbers
from orchestrator.adapters.git import GitRepository
from orchestrator.bootstrap_forge import origin_of
from orchestrator.domain.errors import BusyError
from orchestrator.domain.forge import CheckOutcome, PullCheck
from orchestrator.domain.plan_comment import MARKER
from orchestrator.domain.plan_comment_words import Language
from orchestrator.ports import Records
from orchestrator.workflows.git_plan import GitCheck
from orchestrator.workflows.pull_requests import GitPlanner, PullDesk, look_again, poll
from tests.fakes.installation import Installation
from tests.fakes.previews import FakePreviews
from tests.forges.gitea_world import GiteaWorld
from tests.forges.world import INSIDER, OUTSIDER, REVIEWER, SERVICE
from tests.git import a_file
from tests.integration.forge.post import SECRET, a_door

FILE = "environments/archives-catalogue-test.yaml"
PATIENCE_SECONDS = 60


@dataclass
class Office:
    """A desk at a real repository."""

    world: GiteaWorld
    desk: PullDesk

    @property
    def records(self) -> Records:
        """What is on record."""
        return self.desk.records

    def check(self, number: int) -> PullCheck | None:
        """Give the newest check."""
        with self.records.read() as tx:
            return tx.pulls.find("gitea", number)

    def own_comment(self, number: int) -> str:
        """Give what Tenure said; it says it in one comment."""
        (said,) = [text for by, text in self.world.said(number) if by == SERVICE]
        return said

    def outcome(self, number: int, head: str) -> CheckOutcome | None:
        """Give how the check of a head ended; None before its end."""
        check = self.check(number)
        return check.outcome if check is not None and check.head == head else None


@pytest.fixture
def office(world: GiteaWorld, records: Records, tmp_path: Path) -> Office:
    """Give a desk: the real repository and real records, and fakes for the cloud."""
    installation = Installation(records)
    repository = GitRepository(tmp_path / "copy", origin_of(world.settings))
    check = GitCheck(installation.ports, repository, EnvironmentFiles(), FakePreviews(installation.provisioner))
    planner = GitPlanner(check, WatchControl())
    return Office(world, PullDesk(world.forge, records, planner, "main", Language.EN, real_now))


@pytest.fixture
def door(office: Office) -> Iterator[str]:
    """Serve the door of webhooks; gives its address."""
    with a_door(office.world, office.records) as address:
        yield address


@pytest.fixture
def watch(office: Office) -> Iterator[PullWatch]:
    """Look at what deliveries tell, all the time; nothing is polled but at the beginning."""
    watch = PullWatch(
        "gitea",
        office.records,
        "tests",
        WatchControl(),
        look=partial(look_again, office.desk),
        poll=bool,
        now=real_now,
        numbers=WatchNumbers(look_seconds=0.05),
    )
    watch.start()
    yield watch
    watch.stop()


def wait_for(reached: Callable[[], object], what: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.05)


@pytest.mark.usefixtures("watch")
def test_from_the_push_to_the_comment_by_webhook(office: Office, door: str) -> None:
    """Opened, pushed to, asked again, closed: each time the forge's own deliveries are all that tells of it."""
    world = office.world
    world.send_deliveries_to(door, SECRET)
    number = world.open(INSIDER, "catalogue", {FILE: a_file()})
    head = world.forge.pull_request(number).head
    wait_for(lambda: office.outcome(number, head), "the first check")
    first = office.own_comment(number)
    assert first.startswith(MARKER)
    assert "archives-catalogue-test" in first
    assert {name: told.good for name, told in world.statuses(head).items()} == {
        "tenure": True,
        "tenure/archives-catalogue-test": True,
    }
    pushed = world.push(number, {FILE: a_file(extra="surprise: 1\n")})
    wait_for(lambda: office.outcome(number, pushed) is CheckOutcome.REFUSED, "the check of the push")
    assert "surprise" in office.own_comment(number)
    assert not world.statuses(pushed)["tenure"].good
    before = office.check(number)
    world.say(number, REVIEWER, "tenure plan")
    wait_for(lambda: (now := office.check(number)) and before and now.at > before.at, "the answer to the comment")
    world.close(number)
    wait_for(lambda: office.outcome(number, pushed) is CheckOutcome.CLOSED, "the end")


def test_a_poll_finds_what_no_webhook_told(office: Office) -> None:
    """Also a force-push, which leaves no commit of the old ones."""
    number = office.world.open(INSIDER, "catalogue", {FILE: a_file()})
    poll(office.desk)
    head = office.world.forge.pull_request(number).head
    assert office.outcome(number, head) is CheckOutcome.GOOD
    poll(office.desk)
    assert poll(office.desk) == 0


def test_a_stranger_learns_the_rules_and_nothing_else(office: Office) -> None:
    """From a fork: his file is fetched, tried against the rules, and answered without a preview."""
    number = office.world.open(OUTSIDER, "catalogue", {FILE: a_file()})
    poll(office.desk)
    said = office.own_comment(number)
    assert "rules alone were checked" in said
    assert "0 to create" in said


def test_a_forge_that_is_down_for_a_while_loses_nothing(office: Office) -> None:
    """Nothing is given up, and what happened before is answered when it is back."""
    number = office.world.open(INSIDER, "catalogue", {FILE: a_file()})
    gitea = office.world.town.gitea
    gitea.stop()
    try:
        with pytest.raises(BusyError):
            poll(office.desk)
    finally:
        gitea.start()
    poll(office.desk)
    assert office.check(number) is not None


def test_a_repository_that_is_hidden_is_fetched_as_the_service_user(office: Office) -> None:
    """Git gets the token by its environment."""
    number = office.world.open(INSIDER, "catalogue", {FILE: a_file()})
    office.world.hide()
    poll(office.desk)
    check = office.check(number)
    assert check is not None
    assert check.outcome is CheckOutcome.GOOD


def test_a_merge_ends_the_checks(office: Office) -> None:
    """What follows from a merge is another matter."""
    number = office.world.open(INSIDER, "catalogue", {FILE: a_file()})
    poll(office.desk)
    office.world.merge(number)
    poll(office.desk)
    check = office.check(number)
    assert check is not None
    assert check.outcome is CheckOutcome.CLOSED
