"""Clock and calendar: certificates live for minutes and deadlines are dates, so both must be right."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orchestrator.adapters.doctor.finding import Finding, Serves

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

ZONE = "Asia/Shanghai"
OFFSET = timedelta(hours=8)
RELEASED = date(2026, 1, 1)
"""No correct clock stands before this."""
TOLERANCE = timedelta(seconds=30)
ASK_SECONDS = 3


def clock(now: datetime, *, server: str | None, clock_file: Path | None) -> Finding:
    """Compare the clock with reason and with a server's.

    Args:
        now: This machine's time, aware.
        server: Address whose ``Date`` header is compared, for instance the cloud's identity service.
        clock_file: File of a driven clock, when there is one.
    """
    try:
        offset = now.astimezone(ZoneInfo(ZONE)).utcoffset()
    except ZoneInfoNotFoundError:
        return _clock(Serves.NO, f"no time zone data for {ZONE}", "install tzdata: apt install tzdata")
    if offset != OFFSET:
        return _clock(Serves.NO, f"{ZONE} is {offset} from UTC here, not {OFFSET}", "reinstall tzdata")
    if now.date() < RELEASED:
        return _clock(Serves.NO, f"the clock stands at {now:%Y-%m-%d}", "set the clock: timedatectl set-ntp true")
    theirs = None if server is None else _time_at(server)
    if theirs is not None and abs(theirs - now) > TOLERANCE:
        apart = abs(theirs - now).total_seconds()
        return _clock(Serves.DEGRADED, f"{apart:.0f} s apart from {server}", "set the clock: timedatectl set-ntp true")
    facts = [f"{now.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M:%S} {ZONE}"]
    facts += ["within 30 s of the cloud's"] if theirs is not None else []
    facts += [f"business dates are driven by {clock_file}"] if clock_file is not None else []
    return _clock(Serves.YES, "; ".join(facts), None)


def calendar(today: date, published: Collection[int]) -> Finding:
    """Whether working days of this and the next year are published.

    Args:
        today: The business date.
        published: Years that the calendar package has.
    """
    missing = [year for year in (today.year, today.year + 1) if year not in published]
    if not missing:
        return _calendar(Serves.YES, published, f"working days known until the end of {today.year + 1}", None)
    years = " and ".join(map(str, missing))
    return _calendar(
        Serves.DEGRADED,
        published,
        f"working days of {years} are not known: dates there are provisional",
        "the State Council publishes a year in the November before; then update: uv pip install -U chinesecalendar",
    )


def published_years() -> frozenset[int]:
    """Years whose arrangement the installed ``chinesecalendar`` holds."""
    from chinese_calendar import constants  # type: ignore[import-untyped]  # noqa: PLC0415 - its tables load when they are needed

    return frozenset(day.year for day in constants.holidays)


def _time_at(server: str) -> datetime | None:
    import httpx  # noqa: PLC0415 - loads when it is needed

    try:
        answer = httpx.head(server, timeout=ASK_SECONDS)
        return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    except (httpx.HTTPError, KeyError, ValueError):
        return None


def _clock(serves: Serves, detail: str, hint: str | None) -> Finding:
    return Finding(part="clock", serves=serves, detail=detail, hint=hint)


def _calendar(serves: Serves, published: Collection[int], detail: str, hint: str | None) -> Finding:
    from importlib.metadata import version  # noqa: PLC0415 - used here alone

    return Finding(
        part="calendar",
        serves=serves,
        found=f"chinesecalendar: {min(published)}-{max(published)}" if published else None,
        version=version("chinesecalendar"),
        detail=detail,
        hint=hint,
    )
