"""Merges followed on a real repository: approvals hold for the plan that was shown, and nothing is asked for twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orchestrator.domain.errors import BusyError, ConflictError
from orchestrator.domain.forge import CheckState
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.merges import Followed, MergeState
from orchestrator.domain.records import Kind
from orchestrator.workflows import requests
from orchestrator.workflows.manner import Manner
from orchestrator.workflows.merged import COMMENT, lead_on
from orchestrator.workflows.reconcile import Rewrite, reconcile
from tests.fakes.installation import OFFICE
from tests.forges.model import START
from tests.forges.world import INSIDER, OUTSIDER, REVIEWER
from tests.integration.git.merging import NAME, PATH, House, wanted


def test_a_reviewed_merge_becomes_an_environment(house: House) -> None:
    """The office's approval of the pull request signs the plan that its check had shown; the rest happens by itself."""
    number = house.merged({PATH: wanted()})
    house.carried_out()
    (request,) = house.requests()
    assert (request.kind, request.submitted_by.name, request.submitted_by.door) == (Kind.TEST, "li", "git")
    assert [(one.by.name, one.verdict) for one in request.decisions] == [("wang", "accept"), ("wang", "approve")]
    assert request.decisions[-1].bound_to == request.plan_digest
    assert house.installation.environment(NAME).state is EnvironmentState.READY
    assert [(merge.pull, merge.state) for merge in house.merges()] == [(number, MergeState.OVER)]
    assert request.id in house.told(number)
    assert house.forge.told[-1] == ("tenure/apply", CheckState.SUCCESS)


def test_the_same_commit_twice_is_nothing_new(house: House) -> None:
    """Webhooks come twice, and polls come besides."""
    house.merged({PATH: wanted()})
    assert len(house.follow().merges) == 1
    assert house.follow().merges == ()
    assert len(house.requests()) == 1


def test_a_crash_before_the_commit_is_noted_asks_once(house: House) -> None:
    """What was asked for is on record with its merge; following the commit again finds it there."""
    before = house.main
    house.merged({PATH: wanted()})
    house.follow()
    with house.installation.records.transaction() as tx:
        tx.followed.put(Followed(forge="gitea", branch="main", commit=before, at=START))
    house.follow()
    assert len(house.requests()) == 1
    assert [merge.state for merge in house.merges()] == [MergeState.ASKED]


def test_nothing_happens_without_the_offices_approval(house: House) -> None:
    """The unit's own approval is none, nor is that of an older commit."""
    files = {PATH: wanted()}
    number = house.propose(files)
    house.approve(number, by=INSIDER)
    house.merge(number, files)
    house.carried_out()
    (merge,) = house.merges()
    assert merge.state is MergeState.ASKED
    assert "waits for an approval by the office" in merge.detail
    assert house.installation.environment(NAME).state is EnvironmentState.PLANNED
    requests.accept(house.installation.ports, merge.request, OFFICE)
    requests.review(house.installation.ports, merge.request, OFFICE)
    house.carried_out()
    assert house.merges()[0].state is MergeState.OVER


def test_a_plan_that_has_changed_since_is_not_applied(house: House) -> None:
    """An approval holds for one plan: another is told with what has changed, and waits for a word of its own."""
    house.merged({PATH: wanted(1)})
    house.carried_out()
    files = {PATH: wanted(3)}
    number = house.propose(files)
    house.approve(number)
    house.installation.cloud.make(NAME, "volume", "by-another-hand")
    house.installation.cloud.know(NAME, "by-another-hand")
    house.merge(number, files)
    house.carried_out()
    merge = house.merges()[-1]
    request = next(one for one in house.requests() if one.id == merge.request)
    assert merge.state is MergeState.ASKS_AGAIN
    assert "by-another-hand" in merge.detail
    assert f"tenure apply {request.plan_digest}" in house.told(number)
    assert house.installation.environment(NAME).spec.role("web").count == 1
    pull = house.model.pulls[number]
    house.model.now = datetime.now(UTC)
    house.model.note(pull, INSIDER, f"tenure apply {request.plan_digest}")
    house.model.note(pull, REVIEWER, "tenure apply sha256:" + "0" * 64)
    house.carried_out()
    assert house.merges()[-1].state is MergeState.ASKS_AGAIN, "neither the unit nor another plan's digest counts"
    house.model.note(pull, REVIEWER, f"tenure apply {request.plan_digest}")
    house.carried_out()
    assert house.merges()[-1].state is MergeState.OVER
    assert house.installation.environment(NAME).spec.role("web").count == 3


def test_somebody_of_the_unit_has_to_ask(house: House) -> None:
    """Art. 11: an engineer's file is an application only when somebody of the unit stands behind it."""
    number = house.merged({PATH: wanted()}, by=OUTSIDER)
    house.model.pulls[number].reviews.clear()
    house.follow()
    lead_on(house.desired)
    assert [merge.state for merge in house.merges()] == [MergeState.REFUSED]
    assert "nobody of the unit's side asks" in house.told(number)
    assert house.requests() == []


def test_the_units_approval_stands_behind_an_engineers_file(house: House) -> None:
    """The author is the provider's, a reviewer of the unit asks, one of the office decides."""
    files = {PATH: wanted()}
    number = house.propose(files, by=OUTSIDER)
    house.approve(number, by=INSIDER)
    house.approve(number)
    house.merge(number, files)
    house.carried_out()
    assert house.requests()[0].submitted_by.name == "li"
    assert house.merges()[0].state is MergeState.OVER


def test_a_push_without_a_pull_request_asks_for_nothing(house: House) -> None:
    """Nobody is known to have asked; the notice names commit and file."""
    house.push({PATH: wanted()})
    (merge,) = house.follow().merges
    assert (merge.state, merge.pull) == (MergeState.REFUSED, None)
    with house.installation.records.read() as tx:
        assert [notice.key for notice in tx.notices.list() if notice.environment == NAME] == ["merge-refused"]


def test_a_removed_file_asks_for_the_end(house: House) -> None:
    """Art. 16: a termination request, which leads through everything that an end needs; never a deletion."""
    house.merged({PATH: wanted()})
    house.carried_out()
    house.merged({"README.md": "nothing is left\n"})
    house.carried_out()
    assert [request.kind for request in house.requests()] == [Kind.TERMINATE, Kind.TEST]
    assert house.installation.environment(NAME).state is EnvironmentState.RETIRED


def test_a_revert_asks_for_what_was(house: House) -> None:
    """A merge that takes back another one is a merge like every other."""
    house.merged({PATH: wanted(1)})
    house.carried_out()
    house.merged({PATH: wanted(2)})
    house.carried_out()
    house.merged({PATH: wanted(1)})
    house.carried_out()
    assert [merge.state for merge in house.merges()] == [MergeState.OVER] * 3
    assert house.installation.environment(NAME).spec.role("web").count == 1


def test_two_pull_requests_on_one_environment(house: House) -> None:
    """Both were approved; when the first is done, what was shown of the second is no longer what would happen."""
    house.merged({PATH: wanted(1)})
    house.carried_out()
    first, second = house.propose({PATH: wanted(2)}), house.propose({PATH: wanted(3)})
    for number, hosts in ((first, 2), (second, 3)):
        house.approve(number)
        house.merge(number, {PATH: wanted(hosts)})
        house.follow()
    house.carried_out()
    assert [merge.state for merge in house.merges()][1:] == [MergeState.OVER, MergeState.ASKS_AGAIN]
    assert house.installation.environment(NAME).spec.role("web").count == 2


def test_what_waits_is_given_up_when_a_later_commit_says_otherwise(house: House) -> None:
    """The newest file counts: an older one that still waits is not asked for any more."""
    house.merged({PATH: wanted(1)})
    house.follow()
    house.merged({PATH: wanted(2)})
    house.follow()
    house.merged({PATH: wanted(3)})
    house.follow()
    lead_on(house.desired)
    states = [merge.state for merge in house.merges()]
    assert states == [MergeState.ASKED, MergeState.OVER, MergeState.WAITING]


def test_a_branch_that_was_written_anew_is_not_followed(house: House) -> None:
    """A push by force may take files away that nobody has decided about: somebody has to look first."""
    house.merged({PATH: wanted()})
    house.carried_out()
    house.main = house.written.commit({"README.md": "another history\n"}, branch="main")
    with pytest.raises(ConflictError, match="written anew") as refused:
        house.follow()
    assert "--accept-rewrite" in str(refused.value.diagnostic.hint)
    shown = reconcile(house.desired, rewrite=Rewrite.ACCEPT, manner=Manner.REHEARSAL)
    assert [merge.environment for merge in shown.merges] == [NAME]
    assert house.installation.environment(NAME).state is EnvironmentState.READY


def test_a_rehearsal_asks_for_nothing(house: House) -> None:
    """What would be asked for is shown, and the commit is as new as before."""
    house.merged({PATH: wanted()})
    shown = reconcile(house.desired, manner=Manner.REHEARSAL)
    assert [merge.state for merge in shown.merges] == [MergeState.ASKED]
    assert house.requests() == []
    assert house.merges() == []
    assert len(house.follow().merges) == 1


def test_a_forge_that_is_away_loses_nothing(house: House) -> None:
    """Neither the commit nor an approval is lost, and the pull request is told later."""
    number = house.merged({PATH: wanted()})
    house.forge.away = True
    with pytest.raises(BusyError):
        house.follow()
    assert house.merges() == []
    house.forge.away = False
    house.follow()
    house.installation.run_all()
    house.forge.away = True
    with pytest.raises(BusyError):
        lead_on(house.desired)
    house.forge.away = False
    house.carried_out()
    assert house.merges()[0].state is MergeState.OVER
    assert house.told(number)


def test_a_file_that_was_put_together_on_the_way_carries_no_approval(house: House) -> None:
    """What stands in the branch is not what the reviewers saw."""
    number = house.propose({PATH: wanted(1)})
    house.approve(number)
    house.merge(number, {PATH: wanted(2)})
    (merge,) = house.follow().merges
    assert (merge.pull, merge.checked, merge.state) == (None, None, MergeState.REFUSED)


def test_a_hundred_environments_are_told_in_one_comment(house: House) -> None:
    """Each has its line; the comment is edited in place and stays within what forges take."""
    files = {
        f"environments/archives-s{n}x-test.yaml": wanted().replace("system: catalogue", f"system: s{n}x")
        for n in range(100)
    }
    number = house.merged(files)
    house.follow()
    lead_on(house.desired)
    lead_on(house.desired)
    assert house.told(number).count("\n| `archives-") == 100
    assert len([note for note in house.model.pulls[number].notes if COMMENT in note.text]) == 1


def test_what_the_hook_manages_does_not_end_with_its_file(house: House) -> None:
    """Neither a change nor the removal of a file that only shows it asks for anything."""
    house.merged({PATH: wanted()})
    house.carried_out()
    shown = "managed_by: hook\n" + wanted()
    for files in ({PATH: shown}, {PATH: shown.replace("count: 1", "count: 2")}, {"README.md": "nothing is left\n"}):
        house.merged(files)
        house.carried_out()
    with house.installation.records.read() as tx:
        newest = tx.merges.list("gitea")[0]
    assert (newest.state, "managed by the hook" in newest.detail) == (MergeState.REFUSED, True)
    assert [request.kind for request in house.requests()] == [Kind.TEST]
    assert house.installation.environment(NAME).state is EnvironmentState.READY
