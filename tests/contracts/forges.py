"""The contract of :class:`orchestrator.ports.forge.Forge`, the same for every forge."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orchestrator.domain.errors import BadInputError, NotFoundError
from orchestrator.domain.forge import (
    MAXIMUM_COMMENT_CHARACTERS,
    CheckState,
    CommitStatus,
    Origin,
    Proposal,
    ProposedFile,
    PullState,
    Verdict,
)
from tests.forges.world import INSIDER, OUTSIDER, REVIEWER, SERVICE, World

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
FILE = "environments/water-gauge-test.yaml"
FILES = {FILE: "blueprint: single-host\n"}
PROPOSAL = Proposal(
    branch="tenure/water-gauge-test",
    base_branch="main",
    title="water-gauge-test came by the hook",
    text="So that git tells the whole truth.",
    files=(ProposedFile(path=FILE, content="one\n"), ProposedFile(path="README.md", content=None)),
)


class ForgeContract:
    """What Tenure sees and says on a forge."""

    def test_an_open_pull_request_is_told_with_its_head(self, world: World) -> None:
        """Number, branches, author and newest commit; it is in the list too, and moves on with a push."""
        number = world.open(INSIDER, "gauge", FILES)
        first = world.forge.pull_request(number)
        assert (first.state, first.head_branch, first.base_branch) == (PullState.OPEN, "gauge", "main")
        assert (first.author, first.origin, first.merge_commit) == (INSIDER, Origin.SAME_REPOSITORY, None)
        pushed = world.push(number, {FILE: "blueprint: three-tier\n"})
        assert world.forge.pull_request(number).head == pushed != first.head
        assert [each.head for each in world.forge.open_pull_requests()] == [pushed]

    def test_a_fork_is_told_and_its_author_may_not_write(self, world: World) -> None:
        """So that strangers get no more than their own file's faults."""
        number = world.open(OUTSIDER, "gauge", FILES)
        assert world.forge.pull_request(number).origin is Origin.FORK
        assert not world.forge.may_write(OUTSIDER)
        assert not world.forge.may_write("nobody-of-this-name")
        assert world.forge.may_write(INSIDER)

    def test_a_merge_is_told_with_its_commit(self, world: World) -> None:
        """It is no longer open, and a look at what has changed finds it."""
        number = world.open(INSIDER, "gauge", FILES)
        commit = world.merge(number)
        merged = world.forge.pull_request(number)
        assert (merged.state, merged.merge_commit) == (PullState.MERGED, commit)
        assert world.forge.open_pull_requests() == ()
        assert world.forge.changed_pull_requests(BEGINNING) == (merged,)
        assert world.forge.changed_pull_requests(merged.updated_at) == (merged,)
        assert world.forge.changed_pull_requests(datetime(2100, 1, 1, tzinfo=UTC)) == ()

    def test_one_that_was_closed_is_not_merged(self, world: World) -> None:
        """There is no commit that anything could be applied from."""
        number = world.open(INSIDER, "gauge", FILES)
        world.close(number)
        closed = world.forge.pull_request(number)
        assert (closed.state, closed.merge_commit) == (PullState.CLOSED, None)

    def test_an_approval_is_of_the_commit_that_was_looked_at(self, world: World) -> None:
        """What is pushed afterwards is not approved by it."""
        number = world.open(INSIDER, "gauge", FILES)
        looked_at = world.forge.pull_request(number).head
        world.approve(number, REVIEWER)
        world.push(number, {FILE: "blueprint: three-tier\n"})
        (review,) = world.forge.reviews(number)
        assert (review.reviewer, review.verdict, review.commit) == (REVIEWER, Verdict.APPROVED, looked_at)
        assert world.forge.pull_request(number).head != looked_at

    def test_the_newest_judgement_of_a_reviewer_counts(self, world: World) -> None:
        """Whoever asks for changes after an approval has not approved."""
        number = world.open(INSIDER, "gauge", FILES)
        world.approve(number, REVIEWER)
        world.object(number, REVIEWER)
        assert [each.verdict for each in world.forge.reviews(number)] == [Verdict.CHANGES_WANTED]

    def test_a_judgement_that_was_taken_back_does_not_count(self, world: World) -> None:
        """It is told as withdrawn."""
        number = world.open(INSIDER, "gauge", FILES)
        world.approve(number, REVIEWER)
        world.withdraw(number, REVIEWER)
        assert [each.verdict for each in world.forge.reviews(number)] == [Verdict.WITHDRAWN]

    def test_a_status_takes_the_place_of_the_one_before(self, world: World) -> None:
        """By its context; setting the same twice is harmless."""
        number = world.open(INSIDER, "gauge", FILES)
        head = world.forge.pull_request(number).head
        pending = CommitStatus(context="tenure", state=CheckState.PENDING, description="is being checked")
        done = CommitStatus(context="tenure", state=CheckState.SUCCESS, description="2 to make")
        for status in (pending, pending, done, done):
            world.forge.set_status(head, status)
        world.forge.set_status(head, CommitStatus(context="tenure/other", state=CheckState.FAILURE, description="no"))
        told = world.statuses(head)
        assert {name: (each.good, each.description) for name, each in told.items()} == {
            "tenure": (True, "2 to make"),
            "tenure/other": (False, "no"),
        }

    def test_one_comment_is_edited_in_place(self, world: World) -> None:
        """Whatever is said in between; the marker itself is not seen."""
        number = world.open(INSIDER, "gauge", FILES)
        first = world.forge.put_comment(number, "plan", "**one**")
        world.say(number, INSIDER, "thank you")
        second = world.forge.put_comment(number, "plan", "**two**")
        assert second.id == first.id
        assert world.said(number) == [(SERVICE, "<!-- plan -->\n**two**"), (INSIDER, "thank you")]

    def test_the_same_comment_again_changes_nothing(self, world: World) -> None:
        """Nobody is told of news that are none."""
        number = world.open(INSIDER, "gauge", FILES)
        first = world.forge.put_comment(number, "plan", "**one**")
        assert world.forge.put_comment(number, "plan", "**one**") == first
        assert world.said(number) == [(SERVICE, "<!-- plan -->\n**one**")]

    def test_a_marker_in_somebody_elses_comment_is_not_ours(self, world: World) -> None:
        """Nobody can have Tenure overwrite his comment, or write in its place."""
        number = world.open(INSIDER, "gauge", FILES)
        world.say(number, OUTSIDER, "<!-- plan -->\nmine")
        world.forge.put_comment(number, "plan", "ours")
        assert world.said(number) == [(OUTSIDER, "<!-- plan -->\nmine"), (SERVICE, "<!-- plan -->\nours")]

    def test_a_comment_that_is_too_long_is_refused_before_it_is_sent(self, world: World) -> None:
        """The forge would cut it, or refuse it with less to say."""
        number = world.open(INSIDER, "gauge", FILES)
        with pytest.raises(BadInputError, match="too long"):
            world.forge.put_comment(number, "plan", "x" * MAXIMUM_COMMENT_CHARACTERS)
        world.forge.put_comment(number, "plan", "x" * (MAXIMUM_COMMENT_CHARACTERS - 100))

    def test_comments_of_others_are_told_from_an_instant_on(self, world: World) -> None:
        """Tenure's own are left out, and so is what was seen before."""
        number = world.open(INSIDER, "gauge", FILES)
        world.forge.put_comment(number, "plan", "ours")
        world.say(number, REVIEWER, "tenure plan")
        (comment,) = world.forge.comments(number, BEGINNING)
        assert (comment.author, comment.text, comment.edited) == (REVIEWER, "tenure plan", False)
        assert world.forge.comments(number, comment.created_at) == (comment,)
        assert world.forge.comments(number, datetime(2100, 1, 1, tzinfo=UTC)) == ()

    def test_a_proposal_is_a_pull_request_of_the_service_user(self, world: World) -> None:
        """With every file as proposed, those that go too."""
        made = world.forge.propose(PROPOSAL)
        assert (made.author, made.state, made.origin) == (SERVICE, PullState.OPEN, Origin.SAME_REPOSITORY)
        assert (world.content(PROPOSAL.branch, FILE), world.content(PROPOSAL.branch, "README.md")) == ("one\n", None)
        assert world.content("main", FILE) is None

    def test_the_same_proposal_again_is_the_same_pull_request(self, world: World) -> None:
        """Nothing is committed twice; another content moves it on."""
        made = world.forge.propose(PROPOSAL)
        assert world.forge.propose(PROPOSAL) == made
        other = PROPOSAL.model_copy(update={"files": (ProposedFile(path=FILE, content="two\n"),)})
        again = world.forge.propose(other)
        assert (again.number, again.head != made.head) == (made.number, True)
        assert world.content(PROPOSAL.branch, FILE) == "two\n"

    def test_what_a_proposal_says_is_edited_in_place(self, world: World) -> None:
        """Title and text follow its files."""
        made = world.forge.propose(PROPOSAL)
        assert world.described(made.number) == (PROPOSAL.title, PROPOSAL.text)
        again = world.forge.propose(PROPOSAL.model_copy(update={"title": "another title", "text": "Another reason."}))
        assert (again.number, world.described(made.number)) == (made.number, ("another title", "Another reason."))

    def test_a_proposal_is_withdrawn(self, world: World) -> None:
        """It is closed without a merge; a second time is harmless, and it can be made anew."""
        made = world.forge.propose(PROPOSAL)
        world.forge.withdraw(made.number)
        world.forge.withdraw(made.number)
        assert world.forge.pull_request(made.number).state is PullState.CLOSED
        assert world.forge.propose(PROPOSAL).number > made.number

    def test_a_proposal_that_was_closed_can_be_made_anew(self, world: World) -> None:
        """Its branch, which is still there, is taken again."""
        made = world.forge.propose(PROPOSAL)
        world.close(made.number)
        again = world.forge.propose(PROPOSAL)
        assert again.number > made.number
        assert world.content(PROPOSAL.branch, FILE) == "one\n"

    def test_what_is_not_there_is_told_as_such(self, world: World) -> None:
        """And by no exception of a library."""
        with pytest.raises(NotFoundError):
            world.forge.pull_request(404)
