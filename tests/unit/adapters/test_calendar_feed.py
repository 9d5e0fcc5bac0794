"""The calendar feed: read again by another library, event by event."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
from hypothesis import given
from hypothesis import strategies as st
from ical.calendar import Calendar as ReadCalendar
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event as ReadEvent
from ical.event import EventStatus

from orchestrator.adapters.calendar_feed import calendar_feed, fingerprint
from orchestrator.domain.calendar import SHANGHAI
from orchestrator.domain.deadlines import change_start, on_submitted
from orchestrator.domain.deadlines import test_period as period_of_test
from orchestrator.domain.duties import Pending, pending
from orchestrator.domain.records import Deadline, DeadlineKind, Kind
from tests.samples import a_deadline, a_request
from tests.unit.domain.samples import LIBRARY, the_rulebook

CALENDAR, RULES = LIBRARY.calendar(), the_rulebook()
MONDAY = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
ZONE = ZoneInfo("Asia/Shanghai")


def an_acceptance(submitted_at: datetime = MONDAY, request_id: str = "req-1") -> Deadline:
    """Give the date of an acceptance (Art. 12)."""
    (deadline,) = on_submitted(submitted_at, a_request(request_id, kind=Kind.TEST), RULES, CALENDAR)
    return deadline


def read(*items: Pending, now: datetime = MONDAY) -> ReadCalendar:
    """Write a feed and read it with the other library, strictly."""
    return IcsCalendarStream.calendar_from_ics(calendar_feed(items, CALENDAR, now).decode())


def only_event(deadline: Deadline, now: datetime = MONDAY) -> ReadEvent:
    """Give the one event of a feed with one date."""
    (event,) = read(pending(deadline, now), now=now).events
    return event


def test_a_date_is_a_whole_day_in_both_languages() -> None:
    """Thursday is the last day of an acceptance that began on Monday; it carries who, what, article and otherwise."""
    event = only_event(an_acceptance())
    assert (event.dtstart, event.dtend) == (date(2026, 3, 5), date(2026, 3, 6))
    assert event.summary == "受理决定 · decision on acceptance: water-gauge-test"
    description = event.description or ""
    for part in ("市电子政务办 · office", "第 12 条 · Art. 12", "the breach is recorded", "逾期将记录在案", "req-1"):
        assert part in description
    assert event.categories == ["office", "acceptance", "on-time"]
    assert event.dtstamp == datetime(2026, 3, 2, 1, tzinfo=UTC)


def test_an_event_keeps_its_name_when_its_date_moves() -> None:
    """A reader replaces what it knows; two requests never share one."""
    first, moved = an_acceptance(), an_acceptance(MONDAY + timedelta(days=7))
    assert only_event(first).uid == only_event(moved).uid == "req-1/acceptance@tenure"
    assert only_event(an_acceptance(request_id="req-2")).uid != only_event(first).uid


def test_the_reminder_comes_on_the_working_day_before() -> None:
    """At nine in the morning: for Monday 9 March on Friday; for the day after a holiday before it."""
    for submitted_at, morning in (
        (datetime(2026, 3, 4, 9, tzinfo=SHANGHAI), datetime(2026, 3, 6, 9)),  # noqa: DTZ001  a day has no zone
        (datetime(2026, 2, 12, 9, tzinfo=SHANGHAI), datetime(2026, 2, 14, 9)),  # noqa: DTZ001  a working Saturday
    ):
        event = only_event(an_acceptance(submitted_at), submitted_at)
        (alarm,) = event.alarm
        assert isinstance(alarm.trigger, timedelta)
        assert event.dtstart is not None
        assert datetime.combine(event.dtstart, datetime.min.time()) + alarm.trigger == morning


def test_what_is_missed_says_so_and_reminds_no_more() -> None:
    """The same event, marked."""
    missed = only_event(an_acceptance(), MONDAY + timedelta(days=10))
    assert missed.summary is not None
    assert missed.summary.startswith("[逾期 missed] ")
    assert not missed.alarm


def test_what_is_at_risk_says_so() -> None:
    """From two thirds of the time."""
    assert (only_event(an_acceptance(), MONDAY + timedelta(days=3)).summary or "").startswith("[临期 at risk] ")


def test_a_provisional_date_is_tentative() -> None:
    """Until the year's arrangement is published."""
    event = only_event(an_acceptance(datetime(2026, 12, 30, 9, tzinfo=SHANGHAI)))
    assert (event.summary or "").startswith("[暂定 provisional] ")
    assert event.status is EventStatus.TENTATIVE


def test_a_clock_that_stands_still_has_no_event() -> None:
    """Nobody knows its day."""
    stands = an_acceptance().model_copy(update={"paused_at": MONDAY})
    assert read(pending(stands, MONDAY)).events == []


def test_what_begins_within_a_day_has_its_hour_in_shanghai() -> None:
    """A change at 22:30 is an instant, wherever the reader is."""
    start = datetime(2026, 3, 5, 22, 30, tzinfo=SHANGHAI)
    event = only_event(change_start(start, a_request(kind=Kind.CHANGE), RULES))
    assert isinstance(event.dtstart, datetime)
    assert event.dtstart == start
    assert event.dtstart.tzinfo == ZONE


def test_nothing_due_is_a_valid_feed_too() -> None:
    """What was met or cancelled has vanished, and the document still has a part."""
    feed = read()
    assert feed.events == []
    assert [zone.tz_id for zone in feed.timezones] == ["Asia/Shanghai"]


def test_two_readers_agree() -> None:
    """The library that wrote it reads it back as the other one does, all dates of a test period."""
    dates = period_of_test(MONDAY, "civil-care-test", "req-2", RULES, CALENDAR)
    written = calendar_feed([pending(each, MONDAY) for each in dates], CALENDAR, MONDAY)
    again = icalendar.Calendar.from_ical(written)
    other = IcsCalendarStream.calendar_from_ics(written.decode())
    mine = [(str(event["UID"]), event.start, str(event["SUMMARY"])) for event in again.events]
    assert mine == [(event.uid, event.dtstart, event.summary) for event in other.events]
    assert not [error for event in again.events for error in event.errors]
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))


@given(text=st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=80))
def test_no_text_breaks_the_document(text: str) -> None:
    """Whatever stands in an id: commas, semicolons, backslashes, emoji."""
    event = only_event(a_deadline(f"req/{text}", subject=f"say {text}", kind=DeadlineKind.REVIEW))
    assert event.uid == f"req/{text}@tenure"
    assert f"say {text}" in (event.description or "")


def test_the_fingerprint_is_of_what_is_said_not_of_when() -> None:
    """Written an hour later the same feed has the same one; another state has another."""
    first, later = (pending(an_acceptance(), MONDAY + timedelta(hours=hours)) for hours in (0, 1))
    feeds = [
        calendar_feed([item], CALENDAR, MONDAY + timedelta(hours=hours)) for item, hours in ((first, 0), (later, 1))
    ]
    assert feeds[0] != feeds[1]
    assert fingerprint(feeds[0]) == fingerprint(feeds[1])
    risky = MONDAY + timedelta(days=3)
    assert fingerprint(calendar_feed([pending(an_acceptance(), risky)], CALENDAR, risky)) != fingerprint(feeds[0])
