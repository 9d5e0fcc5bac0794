"""Notices reach people: each channel once, again until it is there, and what never arrived is on record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.domain.records import Notice, Post
from orchestrator.ports import Records
from orchestrator.workflows.posting import FIRST_PAUSE, LONGEST_PAUSE, MOST_ATTEMPTS, TAKEN, post_due
from tests.fakes.installation import Installation
from tests.fakes.notifier import FakeNotifier
from tests.samples import a_notice

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
"""Real time, which no driven clock moves."""


@pytest.fixture
def told(installation: Installation) -> Records:
    """Records of which people are to be told one thing."""
    with installation.records.transaction() as tx:
        tx.notices.add(a_notice("n-1"))
    return installation.records


def waiting(records: Records) -> tuple[Post, ...]:
    """Give what is on its way."""
    with records.read() as tx:
        return tx.posts.list()


def test_every_channel_gets_it_once(told: Records) -> None:
    """What arrived is sent no more."""
    notifier = FakeNotifier("duty", "office")
    assert post_due(told, notifier, NOW) == 1
    assert post_due(told, notifier, NOW) == 0
    assert notifier.sent == [("duty", "n-1"), ("office", "n-1")]
    assert waiting(told) == ()


def test_a_channel_that_does_not_answer_is_tried_again(told: Records) -> None:
    """The others have it already and do not get it twice; pauses grow; what the channel said is on record."""
    notifier = FakeNotifier("duty", "office")
    notifier.silent = {"office"}
    post_due(told, notifier, NOW)
    (post,) = waiting(told)
    assert (post.missing, post.attempts, post.next_at) == (("office",), 1, NOW + FIRST_PAUSE)
    assert "no answer" in post.error
    assert post_due(told, notifier, NOW) == 0
    post_due(told, notifier, NOW + FIRST_PAUSE)
    assert waiting(told)[0].next_at == NOW + FIRST_PAUSE * 3
    notifier.silent = set()
    post_due(told, notifier, NOW + FIRST_PAUSE * 3)
    assert notifier.sent == [("duty", "n-1"), ("office", "n-1")]


def test_what_never_arrives_is_given_up_and_told_to_the_audit_log(told: Records) -> None:
    """After about three days; until then it is tried at least every hour."""
    notifier, now = FakeNotifier("duty"), NOW
    notifier.silent = {"duty"}
    for _ in range(MOST_ATTEMPTS):
        assert post_due(told, notifier, now) == 1
        now += LONGEST_PAUSE
    assert waiting(told) == ()
    assert timedelta(days=3) < now - NOW < timedelta(days=4)
    with told.read() as tx:
        (entry,) = [one for one in tx.audit.list() if one.action == "notice.not-sent"]
    assert (entry.facts["channels"], entry.facts["attempts"]) == (["duty"], MOST_ATTEMPTS)


def test_nobody_waits_where_nobody_is_to_be_told(told: Records) -> None:
    """An installation without channels keeps no queue that a later one would send all at once."""
    assert post_due(told, FakeNotifier(), NOW) == 0
    assert waiting(told) == ()
    assert post_due(told, FakeNotifier("duty"), NOW) == 0


def test_a_channel_that_is_gone_is_forgotten(told: Records) -> None:
    """Somebody took it out of the file while something waited for it."""
    before, after = FakeNotifier("old"), FakeNotifier("new")
    before.silent = {"old"}
    post_due(told, before, NOW)
    post_due(told, after, NOW + FIRST_PAUSE)
    assert (after.sent, waiting(told)) == ([], ())


def test_a_worker_that_died_while_it_sent_leaves_it_to_the_next(told: Records) -> None:
    """For a while nobody else takes it up, then it is sent again."""

    class Dies(FakeNotifier):
        """Dies with its worker."""

        def send(self, channel: str, notice: Notice) -> None:
            """Die."""
            raise KeyboardInterrupt(channel, notice.id)

    with pytest.raises(KeyboardInterrupt):
        post_due(told, Dies("duty"), NOW)
    notifier = FakeNotifier("duty")
    assert post_due(told, notifier, NOW + TAKEN - timedelta(seconds=1)) == 0
    assert post_due(told, notifier, NOW + TAKEN) == 1
    assert notifier.sent == [("duty", "n-1")]
