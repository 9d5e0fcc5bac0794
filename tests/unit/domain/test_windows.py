"""Windows of the rulebook: when work may begin, Asia/Shanghai."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.rulebook import Window
from tests.unit.domain.samples import the_rulebook

NIGHTS = the_rulebook().changes.window
WEEKENDS = Window(article="policy", zh="周末", en="weekends", days=(6, 7), begins="22:00", ends="04:00")
INSTANTS = st.integers(1_700_000_000, 1_900_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def test_a_night_reaches_into_the_next_day() -> None:
    """From 20:00 to 06:00: half past five in the morning is inside, six is not."""
    assert NIGHTS.contains(datetime(2026, 3, 2, 21, 30, tzinfo=UTC))
    assert not NIGHTS.contains(datetime(2026, 3, 2, 22, 0, tzinfo=UTC))


def test_a_weekend_window_begins_on_its_days_only() -> None:
    """Sunday's night ends on Monday at four; Monday's evening is no window."""
    assert WEEKENDS.contains(datetime(2026, 3, 1, 19, 0, tzinfo=UTC))
    assert not WEEKENDS.contains(datetime(2026, 3, 2, 15, 0, tzinfo=UTC))
    assert WEEKENDS.next_begin(datetime(2026, 3, 2, 15, 0, tzinfo=UTC)) == datetime(2026, 3, 7, 14, 0, tzinfo=UTC)


def test_a_window_that_is_open_says_when_it_closes() -> None:
    """Saturday's night ends on Sunday at four, also seen from Sunday; outside there is nothing to close."""
    closes = datetime(2026, 2, 28, 20, 0, tzinfo=UTC)
    assert WEEKENDS.closes_at(datetime(2026, 2, 28, 14, 0, tzinfo=UTC)) == closes
    assert WEEKENDS.closes_at(closes - timedelta(microseconds=1)) == closes
    assert WEEKENDS.closes_at(closes) is None


@given(INSTANTS)
def test_a_window_closes_exactly_when_it_contains_nothing_more(instant: datetime) -> None:
    """Whatever the instant: there is an end ahead inside of a window, and none outside."""
    for window in (NIGHTS, WEEKENDS):
        closes = window.closes_at(instant)
        assert (closes is not None) is window.contains(instant)
        if closes is not None:
            assert instant < closes <= instant + timedelta(days=1)
            assert not window.contains(closes)


@given(INSTANTS)
def test_the_next_begin_is_inside_and_never_before(instant: datetime) -> None:
    """Whatever the instant: work may begin then, it is not in the past, and at most a week away."""
    for window in (NIGHTS, WEEKENDS):
        begin = window.next_begin(instant)
        assert window.contains(begin)
        assert instant <= begin <= instant + timedelta(days=8)
