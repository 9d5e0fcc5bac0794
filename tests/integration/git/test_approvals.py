"""Which approvals count: of the office, of the very commit, by whoever had seen the very plan."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orchestrator.domain.merges import MergeState
from orchestrator.workflows.merged import lead_on
from orchestrator.workflows.pull_requests import look_at
from tests.forges.world import INSIDER, REVIEWER
from tests.integration.git.merging import NAME, PATH, House, wanted


def standing(house: House) -> House:
    """Give a house with one environment that stands."""
    house.merged({PATH: wanted(1)})
    house.carried_out()
    return house


def checked_again(house: House, number: int) -> None:
    """Let somebody ask for the plan once more."""
    house.model.note(house.model.pulls[number], INSIDER, "tenure plan")
    look_at(house.desk, number)


def newest(house: House) -> tuple[MergeState, str]:
    """Give how the newest merge stands, and why."""
    merge = house.merges()[-1]
    return merge.state, merge.detail


def test_an_approval_does_not_hold_for_a_plan_that_was_shown_later(house: House) -> None:
    """Approved, then checked again with another outcome: what is merged is not what the office saw."""
    number = standing(house).propose({PATH: wanted(3)})
    house.approve(number)
    house.installation.cloud.make(NAME, "volume", "by-another-hand")
    house.installation.cloud.know(NAME, "by-another-hand")
    checked_again(house, number)
    house.merge(number, {PATH: wanted(3)})
    house.carried_out()
    assert newest(house) == (MergeState.ASKS_AGAIN, "wang approved before this plan was shown")
    digest = house.requests()[0].plan_digest
    assert f"tenure apply {digest}" in house.told(number)
    house.model.now = datetime.now(UTC)
    house.model.note(house.model.pulls[number], REVIEWER, f"tenure apply {digest}")
    house.carried_out()
    assert newest(house)[0] is MergeState.OVER


def test_an_approval_holds_when_the_plan_is_shown_again_as_it_was(house: House) -> None:
    """Who asks for the same once more takes nothing away from what was said."""
    number = standing(house).propose({PATH: wanted(3)})
    house.approve(number)
    checked_again(house, number)
    house.merge(number, {PATH: wanted(3)})
    house.carried_out()
    assert newest(house)[0] is MergeState.OVER


def test_who_approves_again_has_seen_it(house: House) -> None:
    """The later word of the same person counts."""
    number = standing(house).propose({PATH: wanted(3)})
    house.approve(number)
    house.installation.cloud.make(NAME, "volume", "by-another-hand")
    house.installation.cloud.know(NAME, "by-another-hand")
    checked_again(house, number)
    house.approve(number)
    house.merge(number, {PATH: wanted(3)})
    house.carried_out()
    assert newest(house)[0] is MergeState.OVER


def test_a_review_that_was_dismissed_approves_nothing(house: House) -> None:
    """Whoever may has taken it back before the merge."""
    files = {PATH: wanted()}
    number = house.propose(files)
    house.approve(number)
    house.model.pulls[number].reviews[-1].withdrawn = True
    house.merge(number, files)
    house.carried_out()
    assert newest(house)[0] is MergeState.ASKED
    assert "waits for an approval" in newest(house)[1]


def test_an_approval_of_an_older_commit_approves_nothing(house: House) -> None:
    """Approved, then pushed to: the forge may keep the approval, it does not count."""
    number = house.propose({PATH: wanted(1)})
    house.approve(number)
    files = {PATH: wanted(3)}
    pull = house.model.pulls[number]
    head = house.written.commit(files, pull.head, branch=pull.branch)
    house.model.set_branch(pull.branch, head)
    house.written.git("update-ref", f"refs/pull/{number}/head", head)
    look_at(house.desk, number)
    house.merge(number, files)
    house.carried_out()
    assert newest(house)[0] is MergeState.ASKED
    assert "waits for an approval" in newest(house)[1]


@pytest.mark.parametrize("by", [INSIDER, REVIEWER])
def test_nobody_approves_his_own(house: House, by: str) -> None:
    """Neither the unit, nor somebody of the office what he proposed himself."""
    files = {PATH: wanted()}
    number = house.propose(files, by=by)
    house.approve(number, by=by)
    house.merge(number, files)
    house.carried_out()
    assert newest(house)[0] is MergeState.ASKED


def test_a_comment_that_was_edited_approves_nothing(house: House) -> None:
    """Whoever may edit comments could else put words into the office's mouth."""
    files = {PATH: wanted()}
    number = house.propose(files)
    house.merge(number, files)
    house.carried_out()
    house.model.now = datetime.now(UTC)
    note = house.model.note(house.model.pulls[number], REVIEWER, "fine")
    house.model.edit(note, f"tenure apply {house.requests()[0].plan_digest}")
    lead_on(house.desired)
    assert newest(house)[0] is MergeState.ASKED
