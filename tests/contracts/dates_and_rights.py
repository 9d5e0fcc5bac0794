"""The contract of :class:`orchestrator.ports.Records`: deadlines, leases, audit, notices, posts and senders."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.domain.chain import BEGINNING, faults
from orchestrator.domain.errors import NotFoundError
from orchestrator.domain.records import AuditEntry, DeadlineKind, Post
from orchestrator.ports import Records
from tests.samples import OFFICER, START, a_deadline, a_delivery, a_notice, a_sender

MINUTE = timedelta(minutes=1)
FULL_MINUTE = START.replace(second=0, microsecond=0)


class DeadlinesContract:
    """Deadlines are due at their instant, soonest first, until they are met or have fired."""

    def test_a_deadline_is_due_at_its_instant(self, records: Records) -> None:
        """The instant is exclusive: a microsecond before it nothing is due, at it the time is over."""
        with records.transaction() as transaction:
            transaction.deadlines.add(a_deadline())
            due_at = a_deadline().due_at
            assert transaction.deadlines.due(due_at - timedelta(microseconds=1)) == ()
            assert transaction.deadlines.due(due_at) == (a_deadline(),)

    def test_the_soonest_come_first(self, records: Records) -> None:
        """Due deadlines come in the order of their instants, up to the limit."""
        with records.transaction() as transaction:
            for days in (3, 1, 2):
                transaction.deadlines.add(a_deadline(f"d-{days}", due_at=START + timedelta(days=days)))
            due = transaction.deadlines.due(START + timedelta(days=9), limit=2)
            assert [deadline.id for deadline in due] == ["d-1", "d-2"]
            assert [deadline.id for deadline in transaction.deadlines.of("water-gauge-test")] == ["d-1", "d-2", "d-3"]

    def test_the_same_date_is_never_stored_twice(self, records: Records) -> None:
        """Adding an id again is ignored."""
        with records.transaction() as transaction:
            transaction.deadlines.add(a_deadline())
            transaction.deadlines.add(a_deadline(due_at=START))
            assert transaction.deadlines.of("water-gauge-test") == (a_deadline(),)

    def test_what_has_fired_is_due_no_more(self, records: Records) -> None:
        """The sweep acts once; a deadline that nobody stored cannot be replaced."""
        with records.transaction() as transaction:
            transaction.deadlines.add(a_deadline(acts=True))
            transaction.deadlines.put(a_deadline(acts=True, fired_at=START))
            assert transaction.deadlines.due(a_deadline().due_at) == ()
            with pytest.raises(NotFoundError):
                transaction.deadlines.put(a_deadline("d-unknown"))

    def test_closing_meets_what_is_open(self, records: Records) -> None:
        """Closing a subject marks its open deadlines, leaves those met before and those of others."""
        before = a_deadline("d-met", met_at=START)
        with records.transaction() as transaction:
            for deadline in (before, a_deadline("d-open"), a_deadline("d-other", subject="req-1")):
                transaction.deadlines.add(deadline)
            transaction.deadlines.close("water-gauge-test", START + MINUTE)
            met = {deadline.id: deadline.met_at for deadline in transaction.deadlines.of("water-gauge-test")}
            assert met == {"d-met": START, "d-open": START + MINUTE}
            assert transaction.deadlines.of("req-1")[0].met_at is None

    def test_a_clock_that_stands_still_is_never_due(self, records: Records) -> None:
        """While a request is rejected or waits for the unit nothing fires (Art. 12); afterwards it is due again."""
        paused = a_deadline(paused_at=START, since=START, value=3, unit="wd", used=2)
        with records.transaction() as transaction:
            transaction.deadlines.add(paused)
            assert transaction.deadlines.due(paused.due_at) == ()
            assert transaction.deadlines.open() == (paused,)
            running = paused.model_copy(update={"paused_at": None})
            transaction.deadlines.put(running)
            assert transaction.deadlines.due(paused.due_at) == (running,)

    def test_what_is_open_is_listed_with_what_was_missed(self, records: Records) -> None:
        """A missed date stays on the list until it is met; an environment or an instant narrows the list."""
        with records.transaction() as transaction:
            for days, changes in ((2, {}), (1, {"fired_at": START}), (3, {"environment": "water-dam-test"})):
                transaction.deadlines.add(a_deadline(f"d-{days}", due_at=START + timedelta(days=days), **changes))
            transaction.deadlines.add(a_deadline("d-met", met_at=START))
        with records.read() as look:
            assert [one.id for one in look.deadlines.open()] == ["d-1", "d-2", "d-3"]
            assert [one.id for one in look.deadlines.open(limit=1)] == ["d-1"]
            assert [one.id for one in look.deadlines.open(environment="water-dam-test")] == ["d-3"]
            assert [one.id for one in look.deadlines.open(kinds={DeadlineKind.PERIOD_END}, limit=2)] == ["d-1", "d-2"]
            assert look.deadlines.open(kinds={DeadlineKind.REVIEW}) == look.deadlines.open(kinds=()) == ()
            before = START + timedelta(days=2)
            assert [one.id for one in look.deadlines.open(environment="water-gauge-test", before=before)] == ["d-1"]

    def test_provisional_dates_are_found_again(self, records: Records) -> None:
        """When a year's calendar is published, every open date that was computed without it is found."""
        with records.transaction() as transaction:
            for deadline_id, met_at in (("d-open", None), ("d-met", START)):
                transaction.deadlines.add(a_deadline(deadline_id, provisional=True, met_at=met_at))
            transaction.deadlines.add(a_deadline("d-final"))
            assert [one.id for one in transaction.deadlines.provisional()] == ["d-open"]

    def test_provisional_dates_are_turned_over_page_by_page(self, records: Records) -> None:
        """Each once, soonest first, those of one instant by their ids, also when one of them settles meanwhile."""
        with records.transaction() as transaction:
            for name, days in (("d-2", 1), ("d-3", 1), ("d-1", 2), ("d-4", 1)):
                due_at = START + timedelta(days=days)
                transaction.deadlines.add(a_deadline(name, due_at=due_at, provisional=True))
            first = transaction.deadlines.provisional(2)
            transaction.deadlines.put(first[-1].model_copy(update={"provisional": False}))
            second = transaction.deadlines.provisional(2, after=first[-1])
            assert [one.id for one in (*first, *second)] == ["d-2", "d-3", "d-4", "d-1"]
            assert transaction.deadlines.provisional(after=second[-1]) == ()


class LeasesContract:
    """One holder at a time, with a token that grows for ever."""

    def test_another_operation_waits_until_the_end(self, records: Records) -> None:
        """A lease keeps others out until the instant of its end, not longer."""
        with records.transaction() as transaction:
            first = transaction.leases.acquire("e", "op-1", "worker-1", START, 60)
            assert first is not None
            assert (first.token, first.until) == (1, START + MINUTE)
            assert transaction.leases.acquire("e", "op-2", "worker-1", START + MINUTE / 2, 60) is None
            taken = transaction.leases.acquire("e", "op-2", "worker-2", START + MINUTE, 60)
            assert taken is not None
            assert taken.token == 2
            assert transaction.leases.holder("e") == taken

    def test_the_same_executor_takes_its_own_lease_over(self, records: Records) -> None:
        """A worker that was started again goes on at once under a new token; another worker has to wait."""
        with records.transaction() as transaction:
            transaction.leases.acquire("e", "op-1", "worker-1", START, 60)
            assert transaction.leases.acquire("e", "op-1", "worker-2", START, 60) is None
            again = transaction.leases.acquire("e", "op-1", "worker-1", START, 60)
            assert again is not None
            assert again.token == 2

    def test_a_renewed_lease_lasts_longer(self, records: Records) -> None:
        """Renewing moves the end and keeps the token."""
        with records.transaction() as transaction:
            lease = transaction.leases.acquire("e", "op-1", "worker-1", START, 60)
            assert lease is not None
            renewed = transaction.leases.renew(lease, START + MINUTE / 2, 60)
            assert renewed == lease.model_copy(update={"until": START + MINUTE * 1.5})
            assert transaction.leases.acquire("e", "op-2", "worker-2", START + MINUTE, 60) is None

    def test_a_lost_lease_can_neither_be_renewed_nor_given_back(self, records: Records) -> None:
        """Once another token was given out, the old one has no effect."""
        with records.transaction() as transaction:
            lost = transaction.leases.acquire("e", "op-1", "worker-1", START, 60)
            assert lost is not None
            present = transaction.leases.acquire("e", "op-2", "worker-2", START + MINUTE, 60)
            assert transaction.leases.renew(lost, START + MINUTE, 60) is None
            transaction.leases.release(lost)
            assert transaction.leases.holder("e") == present

    def test_the_token_grows_after_a_release(self, records: Records) -> None:
        """A released lease is free at once, has no holder, and its token is never given out again."""
        with records.transaction() as transaction:
            lease = transaction.leases.acquire("e", "op-1", "worker-1", START, 60)
            assert lease is not None
            transaction.leases.release(lease)
            assert transaction.leases.holder("e") is None
            assert transaction.leases.renew(lease, START, 60) is None
            following = transaction.leases.acquire("e", "op-2", "worker-1", START, 60)
            assert following is not None
            assert following.token == 2

    def test_environments_do_not_share_a_lease(self, records: Records) -> None:
        """Each environment counts its own tokens."""
        with records.transaction() as transaction:
            assert transaction.leases.acquire("e", "op-1", "worker-1", START, 60)
            other = transaction.leases.acquire("f", "op-2", "worker-1", START, 60)
            assert other is not None
            assert other.token == 1


class AuditContract:
    """Every entry is a link of one chain."""

    def test_entries_follow_each_other(self, records: Records) -> None:
        """Entries are counted from 1, carry the hash before, and come back as they were made."""
        made: list[AuditEntry] = []
        for subject in ("req-1", "req-2", "req-1"):
            with records.transaction() as transaction:
                facts = {"list": (1, 2), "name": "水务局", "float": 0.1, "at": START}
                made.append(transaction.audit.append(START, OFFICER, "submit", subject, facts))
        with records.read() as look:
            entries = look.audit.list()
            assert entries == tuple(made)
            assert [entry.sequence for entry in look.audit.list(subject="req-1")] == [1, 3]
            assert [entry.sequence for entry in look.audit.list(after=1, limit=1)] == [2]
        assert entries[0].previous == BEGINNING
        assert list(faults(entries)) == []


class NoticesContract:
    """Notices are stored once and told newest first."""

    def test_notices(self, records: Records) -> None:
        """The same id again is ignored; lists keep one environment and end at the limit."""
        with records.transaction() as transaction:
            for number in range(3):
                transaction.notices.add(a_notice(f"n-{number}"))
            transaction.notices.add(a_notice("n-0", key="another"))
            transaction.notices.add(a_notice("n-other", environment="water-other-test"))
        with records.read() as look:
            told = look.notices.list(environment="water-gauge-test")
            assert told == (a_notice("n-2"), a_notice("n-1"), a_notice("n-0"))
            assert [notice.id for notice in look.notices.list(limit=1)] == ["n-other"]


class PostsContract:
    """What people are told is on its way to them until it arrived, or was given up."""

    def test_a_notice_is_on_its_way_from_the_first(self, records: Records) -> None:
        """It is put there with the notice itself, once, and may be tried at any instant."""
        with records.transaction() as transaction:
            for key in ("patched", "another"):
                transaction.notices.add(a_notice("n-1", key=key))
        with records.read() as look:
            (post,) = look.posts.due(START)
            assert (post.notice, post.missing, post.attempts) == ("n-1", None, 0)
            assert look.notices.get("n-1") == a_notice("n-1", key="patched")
            with pytest.raises(NotFoundError):
                look.notices.get("n-9")

    def test_what_is_to_be_tried_later_is_not_due(self, records: Records) -> None:
        """Those that wait longest come first; what arrived is on no way any more."""
        with records.transaction() as transaction:
            for number in range(3):
                transaction.notices.add(a_notice(f"n-{number}"))
            later = Post(notice="n-0", missing=("duty",), attempts=1, next_at=START + MINUTE, error="no answer")
            transaction.posts.put(later)
            transaction.posts.put(Post(notice="n-1", next_at=START))
            transaction.posts.remove("n-2")
            transaction.posts.remove("n-2")
        with records.read() as look:
            assert [post.notice for post in look.posts.due(START)] == ["n-1"]
            assert [post.notice for post in look.posts.due(START + MINUTE)] == ["n-1", "n-0"]
            assert look.posts.list() == (Post(notice="n-1", next_at=START), later)


class SendersContract:
    """Senders, their deliveries, and what was refused."""

    def test_senders_are_stored_and_replaced(self, records: Records) -> None:
        """Storing a name again replaces it; a list is by name."""
        with records.transaction() as transaction:
            for sender in (a_sender("two"), a_sender("one"), a_sender("two", revoked_at=START)):
                transaction.senders.put(sender)
        with records.read() as look:
            assert look.senders.find("two") == a_sender("two", revoked_at=START)
            assert look.senders.find("three") is None
            assert [sender.name for sender in look.senders.list()] == ["one", "two"]

    def test_the_first_delivery_of_an_id_stays(self, records: Records) -> None:
        """A claim of a known (sender, id) gives what is on record, so that the caller can compare the body."""
        first, other_body = a_delivery(), a_delivery(body_sha256="c" * 64, request="req-2")
        with records.transaction() as transaction:
            transaction.senders.put(a_sender())
            assert transaction.senders.claim(first) == first
        with records.transaction() as transaction:
            assert transaction.senders.claim(other_body) == first

    def test_refusals_become_one_line_per_source_and_minute(self, records: Records) -> None:
        """However many calls are refused, a source has one audit line for each minute, with the counts by reason."""
        with records.transaction() as transaction:
            for reason, count in (("signature", 2), ("signature", 1), ("age", 1)):
                transaction.senders.count_refusal("192.0.2.7", reason, START, count)
            transaction.senders.count_refusal("192.0.2.8", "age", START)
            transaction.senders.count_refusal("192.0.2.7", "age", START + MINUTE)
            assert transaction.senders.flush_refusals(FULL_MINUTE + MINUTE - timedelta(microseconds=1)) == 0
            assert transaction.senders.flush_refusals(FULL_MINUTE + MINUTE) == 2
            assert transaction.senders.flush_refusals(FULL_MINUTE + MINUTE) == 0
            lines = transaction.audit.list(subject="192.0.2.7")
        assert [line.facts for line in lines] == [
            {"minute": FULL_MINUTE.isoformat(), "calls": 4, "reasons": {"signature": 3, "age": 1}}
        ]

    def test_a_late_refusal_does_not_make_a_second_line(self, records: Records) -> None:
        """A call that is counted after its minute's line was written counts in the next minute."""
        with records.transaction() as transaction:
            transaction.senders.count_refusal("192.0.2.7", "age", START)
            transaction.senders.flush_refusals(START + MINUTE)
            transaction.senders.count_refusal("192.0.2.7", "age", START)
            assert transaction.senders.flush_refusals(START + MINUTE) == 0
            assert transaction.senders.flush_refusals(START + 2 * MINUTE) == 1
            minutes = [line.facts["minute"] for line in transaction.audit.list()]
        assert minutes == [FULL_MINUTE.isoformat(), (FULL_MINUTE + MINUTE).isoformat()]
