"""Checks of pull requests: each head once, told in one comment, whatever comes of webhooks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from orchestrator.domain.errors import BusyError, OperationFailedError
from orchestrator.domain.forge import CheckOutcome, CheckState
from orchestrator.domain.git_plan import Depth, Standing
from orchestrator.ports import Records
from orchestrator.workflows.pull_requests import AGAIN, KEEP_PAGES, look_again, look_at, poll
from tests.forges.world import INSIDER, OUTSIDER, REVIEWER, SERVICE
from tests.unit.workflows.pulls import House, an_environment

FILES = {"environments/water-gauge-test.yaml": "blueprint: single-host\n"}
OTHER_FILES = {"environments/water-gauge-test.yaml": "blueprint: three-tier\n"}


@pytest.fixture
def house(records: Records) -> House:
    """Give a desk with an empty repository."""
    return House(records)


def test_a_new_head_is_checked_and_told(house: House) -> None:
    """Pending first, each environment, one comment, and at last the status of all; on record and in the audit log."""
    number = house.world.open(INSIDER, "gauge", FILES)
    check = look_at(house.desk, number)
    head = house.model.pulls[number].head
    assert house.forge.told == [
        ("tenure", CheckState.PENDING),
        ("tenure/water-gauge-test", CheckState.SUCCESS),
        ("tenure", CheckState.SUCCESS),
    ]
    (said,) = house.own_comments(number)
    assert check is not None
    assert check == house.check(number)
    assert (check.head, check.outcome, check.digest in said) == (head, CheckOutcome.GOOD, True)
    with house.records.read() as tx:
        (entry,) = tx.audit.list(subject=f"gitea/{number}")
    assert (entry.action, entry.facts["head"], entry.actor.name) == ("pull.checked", head, INSIDER)


def test_a_head_that_was_checked_is_not_checked_again(house: House) -> None:
    """However often somebody tells of it."""
    number = house.world.open(INSIDER, "gauge", FILES)
    for _ in range(3):
        look_at(house.desk, number)
    assert len(house.planner.asked) == 1
    assert len(house.own_comments(number)) == 1


def test_a_push_is_checked_anew_in_the_same_comment(house: House) -> None:
    """The comment says what is true now."""
    number = house.world.open(INSIDER, "gauge", FILES)
    look_at(house.desk, number)
    pushed = house.world.push(number, OTHER_FILES)
    house.planner.environments = (an_environment(Standing.REFUSED),)
    check = look_at(house.desk, number)
    assert check is not None
    assert (check.head, check.outcome) == (pushed, CheckOutcome.REFUSED)
    (said,) = house.own_comments(number)
    assert "the network is too large" in said
    assert not house.world.statuses(pushed)["tenure"].good
    assert not house.world.statuses(pushed)["tenure/water-gauge-test"].good


def test_an_insider_gets_a_preview(house: House) -> None:
    """Of the very commit, as the forge has it."""
    number = house.world.open(INSIDER, "gauge", FILES)
    look_at(house.desk, number)
    head = house.model.pulls[number].head
    assert house.planner.asked == [("refs/heads/main", f"refs/pull/{number}/head", head, Depth.PREVIEW)]


def test_a_stranger_gets_the_rules_alone(house: House) -> None:
    """From a fork, and from a branch of the repository when he may no longer write to it."""
    fork = house.world.open(OUTSIDER, "gauge", FILES)
    look_at(house.desk, fork)
    number = house.world.open(INSIDER, "other", FILES)
    house.model.writers = (SERVICE, REVIEWER)
    look_at(house.desk, number)
    assert [depth for *_, depth in house.planner.asked] == [Depth.VALIDATE, Depth.VALIDATE]


def test_a_fork_of_an_insider_gets_the_rules_alone(house: House) -> None:
    """Nobody of the repository saw who pushes to it."""
    number = house.world.open(INSIDER, "gauge", FILES)
    house.model.pulls[number].forked = True
    look_at(house.desk, number)
    assert [depth for *_, depth in house.planner.asked] == [Depth.VALIDATE]


def test_a_check_that_cannot_be_done_says_so_and_is_tried_again(house: House) -> None:
    """Not at every event, and without anybody's doing."""
    number = house.world.open(INSIDER, "gauge", FILES)
    house.planner.error = OperationFailedError("the repository can't be fetched")
    check = look_at(house.desk, number)
    assert check is not None
    assert check.outcome is CheckOutcome.FAILED
    assert house.forge.told[-1] == ("tenure", CheckState.ERROR)
    assert "the repository can't be fetched" in house.own_comments(number)[0]
    house.planner.error = None
    poll(house.desk)
    assert len(house.planner.asked) == 1
    house.now += AGAIN
    poll(house.desk)
    assert house.check(number) != check
    assert "can't be fetched" not in house.own_comments(number)[0]


def test_a_stranger_is_not_told_why_a_check_failed(house: House) -> None:
    """It stands on record, for the provider."""
    number = house.world.open(OUTSIDER, "gauge", FILES)
    house.planner.error = OperationFailedError("the repository can't be fetched", detail="from /srv/tenure")
    check = look_at(house.desk, number)
    assert check is not None
    assert check.summary == "the repository can't be fetched"
    assert "fetched" not in house.own_comments(number)[0]


def test_a_push_during_the_check_has_the_last_word(house: House) -> None:
    """Nothing is said about a head that is none any more."""
    number = house.world.open(INSIDER, "gauge", FILES)
    house.planner.meanwhile = lambda: house.world.push(number, OTHER_FILES)
    assert look_at(house.desk, number) is None
    assert house.own_comments(number) == []
    house.planner.meanwhile = bool
    poll(house.desk)
    check = house.check(number)
    assert check is not None
    assert check.head == house.model.pulls[number].head


def test_deliveries_of_one_pull_request_are_one_look(house: House) -> None:
    """Twice the same and several of one: the forge is asked once."""
    number = house.world.open(INSIDER, "gauge", FILES)
    for delivery in ("d-1", "d-2", "d-1"):
        house.deliver(delivery, number)
    assert look_again(house.desk) == 1
    assert (house.waiting(), len(house.planner.asked)) == (0, 1)
    assert look_again(house.desk) == 0


def test_the_order_of_deliveries_does_not_matter(house: House) -> None:
    """What is there is asked of the forge, so that the end is the same."""
    number = house.world.open(INSIDER, "gauge", FILES)
    for round_number, order in enumerate(permutations(("opened", "pushed", "closed"))):
        for delivery in order:
            house.deliver(f"{delivery}-{round_number}", number)
        look_again(house.desk)
    check = house.check(number)
    assert check is not None
    assert (check.head, check.outcome, len(house.planner.asked)) == (
        house.model.pulls[number].head,
        CheckOutcome.GOOD,
        1,
    )


def test_a_forge_that_is_away_loses_nothing(house: House) -> None:
    """Deliveries wait until it answers again."""
    number = house.world.open(INSIDER, "gauge", FILES)
    house.deliver("d-1", number)
    house.forge.away = True
    with pytest.raises(BusyError):
        look_again(house.desk)
    assert house.waiting() == 1
    house.forge.away = False
    look_again(house.desk)
    assert (house.waiting(), len(house.own_comments(number))) == (0, 1)


def test_a_forge_that_goes_away_during_the_check_is_told_later(house: House) -> None:
    """The plan is made once more then."""
    number = house.world.open(INSIDER, "gauge", FILES)
    house.deliver("d-1", number)
    house.planner.meanwhile = lambda: setattr(house.forge, "away", True)
    with pytest.raises(BusyError):
        look_again(house.desk)
    house.forge.away, house.planner.meanwhile = False, bool
    look_again(house.desk)
    assert (house.waiting(), len(house.own_comments(number))) == (0, 1)


def test_what_is_closed_is_not_checked_and_what_is_opened_again_is(house: House) -> None:
    """A merge closes too."""
    number = house.world.open(INSIDER, "gauge", FILES)
    look_at(house.desk, number)
    house.world.close(number)
    poll(house.desk)
    closed = house.check(number)
    assert closed is not None
    assert closed.outcome is CheckOutcome.CLOSED
    assert poll(house.desk) == 0
    house.model.pulls[number].open = True
    poll(house.desk)
    assert len(house.planner.asked) == 2


def test_one_that_nobody_checked_before_it_was_closed_leaves_no_record(house: House) -> None:
    """And neither does one that is not there."""
    number = house.world.open(INSIDER, "gauge", FILES)
    house.world.merge(number)
    assert look_at(house.desk, number) is None
    assert look_at(house.desk, 404) is None
    assert house.forge.told == []


def test_one_that_was_removed_counts_as_closed(house: House) -> None:
    """An administrator of the forge may do that."""
    number = house.world.open(INSIDER, "gauge", FILES)
    look_at(house.desk, number)
    del house.model.pulls[number]
    poll(house.desk)
    check = house.check(number)
    assert check is not None
    assert check.outcome is CheckOutcome.CLOSED


def test_the_poll_finds_what_no_delivery_told(house: House) -> None:
    """And looks at nothing when nothing has changed, once its own comment is no news any more."""
    number = house.world.open(INSIDER, "gauge", FILES)
    assert poll(house.desk) == 1
    house.world.push(number, OTHER_FILES)
    assert poll(house.desk) == 1
    poll(house.desk)
    assert poll(house.desk) == 0
    assert len(house.planner.asked) == 2


def test_what_is_proposed_for_another_branch_is_nobodys_business(house: House) -> None:
    """Its files are no desired state."""
    number = house.world.open(INSIDER, "gauge", FILES)
    house.model.pulls[number].base = "drafts"
    assert look_at(house.desk, number) is None
    assert poll(house.desk) == 0
    assert house.forge.told == []


def test_a_comment_asks_for_the_plan_again(house: House) -> None:
    """Once a comment; by whoever may write, or wrote the pull request."""
    number = house.world.open(INSIDER, "gauge", FILES)
    look_at(house.desk, number)
    house.world.say(number, REVIEWER, "tenure plan")
    for _ in range(2):
        look_at(house.desk, number)
    assert len(house.planner.asked) == 2


@pytest.mark.parametrize(
    "text", ["please tenure plan", "tenure plans", "> tenure plan", "tenure\nplan", "tenure apply"]
)
def test_other_comments_ask_for_nothing(house: House, text: str) -> None:
    """Only the command itself counts."""
    number = house.world.open(INSIDER, "gauge", FILES)
    look_at(house.desk, number)
    house.world.say(number, REVIEWER, text)
    look_at(house.desk, number)
    assert len(house.planner.asked) == 1


def test_a_stranger_and_an_edited_comment_ask_for_nothing(house: House) -> None:
    """Who edits may make somebody else's words a command."""
    number = house.world.open(INSIDER, "gauge", FILES)
    look_at(house.desk, number)
    house.world.say(number, OUTSIDER, "tenure plan")
    house.world.say(number, REVIEWER, "fine")
    house.model.edit(house.model.pulls[number].notes[-1], "tenure plan")
    look_at(house.desk, number)
    assert len(house.planner.asked) == 1


def test_old_deliveries_are_forgotten(house: House) -> None:
    """When no forge would send them again any more."""
    number = house.world.open(INSIDER, "gauge", FILES)
    house.deliver("d-1", number)
    look_again(house.desk)
    house.now += timedelta(days=31)
    poll(house.desk)
    house.deliver("d-1", number)
    assert house.waiting() == 1


def test_the_whole_plan_is_kept_as_a_page_where_people_can_reach_one(house: House) -> None:
    """The comment leads there; without an address of the server there is neither page nor link."""
    number = house.world.open(INSIDER, "gauge", FILES)
    look_at(house.desk, number)
    with house.records.read() as tx:
        assert tx.pulls.page("gitea", number) is None
    (said,) = house.own_comments(number)
    assert "the whole plan" not in said
    reachable = replace(house.desk, link=lambda pull: f"https://tenure.example/plans/gitea/{pull}/secret")
    house.world.push(number, OTHER_FILES)
    look_at(reachable, number)
    (said,) = house.own_comments(number)
    assert f"[the whole plan](<https://tenure.example/plans/gitea/{number}/secret>)" in said
    with house.records.read() as tx:
        page = tx.pulls.page("gitea", number)
    assert page is not None
    assert "water-gauge-test" in page.text


def test_a_page_goes_when_nobody_asks_for_it_any_more(house: House) -> None:
    """Half a year after its check."""
    number = house.world.open(INSIDER, "gauge", FILES)
    look_at(replace(house.desk, link=str), number)
    house.now += KEEP_PAGES + timedelta(days=1)
    poll(house.desk)
    with house.records.read() as tx:
        assert tx.pulls.page("gitea", number) is None
