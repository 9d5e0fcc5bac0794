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


@given(INSTANTS)
def test_the_next_begin_is_inside_and_never_before(instant: datetime) -> None:
    """Whatever the instant: work may begin then, it is not in the past, and at most a week away."""
    for window in (NIGHTS, WEEKENDS):
        begin = window.next_begin(instant)
        assert window.contains(begin)
        assert instant <= begin <= instant + timedelta(days=8)
