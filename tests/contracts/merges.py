"""The contract of the records of merges."""

from __future__ import annotations

from datetime import timedelta

from orchestrator.domain.comment_commands import CommandAnswer
from orchestrator.domain.merges import Followed, Merge, MergeState, WrittenBack
from orchestrator.domain.records import Actor, Role
from orchestrator.ports import Records
from tests.contracts.pulls import HEAD, PROMISED
from tests.samples import START


def a_merge(number: int = 1, state: MergeState = MergeState.ASKED, *, told: str = "some", pull: int = 7) -> Merge:
    """Give what a merge asked for one environment."""
    return Merge(
        id=f"{number}/archives-catalogue-test",
        forge="gitea",
        commit=HEAD,
        pull=pull,
        head=HEAD,
        environment="archives-catalogue-test",
        path="environments/archives-catalogue-test.yaml",
        blob="8" * 40,
        applicant=Actor(name="li", role=Role.UNIT, door="git"),
        request="req-git-1",
        checked=PROMISED,
        state=state,
        detail="its plan is being made",
        told=told,
        at=START + timedelta(seconds=number),
    )


class MergesContract:
    """What merges asked for is kept until it is over and told."""

    def test_a_merge_comes_back_as_it_was(self, records: Records) -> None:
        """With what its check had promised, and who asked; a later word takes its place."""
        later = a_merge().model_copy(update={"state": MergeState.OVER})
        with records.transaction() as tx:
            assert tx.merges.find(a_merge().id) is None
            tx.merges.put(a_merge())
        with records.transaction() as tx:
            assert tx.merges.find(a_merge().id) == a_merge()
            tx.merges.put(later)
        with records.read() as look:
            assert look.merges.list("gitea") == (later,)

    def test_what_is_not_over_or_not_told_is_open(self, records: Records) -> None:
        """Oldest first; other forges have their own."""
        found = (
            a_merge(1, MergeState.OVER),
            a_merge(2, MergeState.WAITING),
            a_merge(3, MergeState.REFUSED, told=""),
            a_merge(4, MergeState.APPROVED, pull=8),
        )
        with records.transaction() as tx:
            for merge in found:
                tx.merges.put(merge)
        with records.read() as look:
            assert look.merges.open("gitea") == found[1:]
            assert look.merges.open("other") == ()
            assert look.merges.of_pull("gitea", 7) == found[:3]
            assert look.merges.list("gitea", limit=1) == found[3:]

    def test_those_of_one_environment_are_told_newest_first(self, records: Records) -> None:
        """However many others there are."""
        other = a_merge(2).model_copy(update={"environment": "archives-minutes-test"})
        with records.transaction() as tx:
            for merge in (a_merge(1, MergeState.OVER), other, a_merge(3)):
                tx.merges.put(merge)
        with records.read() as look:
            found = look.merges.of_environment("gitea", "archives-catalogue-test")
            assert found == (a_merge(3), a_merge(1, MergeState.OVER))


class FollowedBranchesContract:
    """How far a branch was followed is one fact for each."""

    def test_the_last_commit_counts(self, records: Records) -> None:
        """Forge and branch together name it."""
        first = Followed(forge="gitea", branch="main", commit=HEAD, at=START)
        second = first.model_copy(update={"commit": "9" * 40})
        with records.transaction() as tx:
            tx.followed.put(first)
            tx.followed.put(second)
        with records.read() as look:
            assert look.followed.find("gitea", "main") == second
            assert look.followed.find("gitea", "other") is None


class CommandAnswersContract:
    """What came of a comment is known, so that nobody acts on it twice."""

    def test_answers_stand_by_pull_request(self, records: Records) -> None:
        """Oldest first."""
        first, second, other = (
            CommandAnswer(
                id=f"gitea/{number}",
                forge="gitea",
                pull=pull,
                by="li",
                text="tenure unlock",
                outcome="given up",
                at=START + timedelta(seconds=number),
            )
            for number, pull in ((1, 7), (2, 7), (3, 8))
        )
        with records.transaction() as tx:
            for answer in (first, second, other, second):
                tx.answers.put(answer)
        with records.read() as look:
            assert look.answers.of_pull("gitea", 7) == (first, second)
            assert look.answers.of_pull("other", 7) == ()


class WrittenBackContract:
    """What was proposed to the repository is known, so that nobody proposes it twice."""

    def test_the_newest_proposal_of_an_environment_counts(self, records: Records) -> None:
        """Of each forge on its own."""
        first = WrittenBack(
            id="gitea/archives-catalogue-test",
            forge="gitea",
            environment="archives-catalogue-test",
            digest="1" * 64,
            pull=3,
            at=START,
        )
        second = first.model_copy(update={"digest": "2" * 64, "pull": 4})
        with records.transaction() as tx:
            tx.proposals.put(first)
            tx.proposals.put(second)
        with records.read() as look:
            assert look.proposals.list("gitea") == (second,)
            assert look.proposals.list("other") == ()
