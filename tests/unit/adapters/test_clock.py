"""Business time: the machine's, or the one that a file drives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from orchestrator.adapters.clock import DrivenClock, SystemClock, business_clock
from orchestrator.domain.errors import BadInputError

REAL = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class HandClock:
    """Real time that a test moves."""

    def __init__(self) -> None:
        self.instant = REAL

    def __call__(self) -> datetime:
        """Give the instant."""
        return self.instant


def test_the_system_clock_is_aware_and_in_utc() -> None:
    """It tells the machine's time."""
    now = SystemClock().now()
    assert now.utcoffset() == timedelta(0)
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)


def test_without_a_file_a_driven_clock_is_real(tmp_path: Path) -> None:
    """Removing the file goes back to real time."""
    clock = DrivenClock(tmp_path / "clock", HandClock())
    assert clock.now() == REAL
    clock.set(REAL + 90 * DAY)
    assert clock.now() == REAL + 90 * DAY
    (tmp_path / "clock").unlink()
    assert clock.now() == REAL


def test_a_driven_clock_goes_on_at_its_speed(tmp_path: Path) -> None:
    """At 86400 a real second is a business day; at 0 time stands still."""
    real = HandClock()
    clock = DrivenClock(tmp_path / "clock", real)
    clock.set(REAL + DAY, speed=86_400)
    real.instant += timedelta(seconds=2)
    assert clock.now() == REAL + 3 * DAY
    clock.set(REAL, speed=0)
    real.instant += 5 * DAY
    assert clock.now() == REAL


def test_every_process_reads_the_same_clock(tmp_path: Path) -> None:
    """A second clock on the file tells what the first one set; advancing keeps the speed."""
    real = HandClock()
    one, other = DrivenClock(tmp_path / "clock", real), DrivenClock(tmp_path / "clock", real)
    one.set(REAL.astimezone(timezone(timedelta(hours=8))), speed=2)
    assert other.advance(10 * DAY) == REAL + 10 * DAY
    real.instant += DAY
    assert one.now() == REAL + 12 * DAY
    assert one.now().utcoffset() == timedelta(0)
    assert [file.name for file in tmp_path.iterdir()] == ["clock"]


def test_advancing_starts_from_real_time(tmp_path: Path) -> None:
    """A clock that nobody has set yet is moved on from the present."""
    clock = DrivenClock(tmp_path / "clock", HandClock())
    assert clock.advance(DAY) == REAL + DAY


@pytest.mark.parametrize(
    "text", ["", "tomorrow", '{"instant": "2026-03-02T08:00:00", "since": "2026-03-02T08:00:00Z"}']
)
def test_a_file_that_is_no_clock_is_bad_input(tmp_path: Path, text: str) -> None:
    """The error names the file; an instant without a zone is no instant."""
    file = tmp_path / "clock"
    file.write_text(text)
    with pytest.raises(BadInputError) as caught:
        DrivenClock(file).now()
    place = caught.value.diagnostic.place
    assert place is not None
    assert place.file == str(file)


def test_settings_choose_the_clock(tmp_path: Path) -> None:
    """A clock file makes a driven clock, none the system's."""
    assert isinstance(business_clock(None), SystemClock)
    assert isinstance(business_clock(tmp_path / "clock"), DrivenClock)
