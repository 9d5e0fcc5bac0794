"""What is due as an iCalendar document (RFC 5545) that duty staff subscribe to."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, Timezone, TimezoneStandard
from icalendar.enums import STATUS, TRANSP

from orchestrator.domain import calendar as working_days
from orchestrator.domain.calendar import DAY, SHANGHAI, last_day
from orchestrator.domain.duties import FORECASTS, ROLES, Forecast, Pending, Words

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
PRODUCT: Final = "-//Tenure//deadlines//ZH"
NAME: Final = "政务云期限 · Tenure deadlines"
ZONE: Final = ZoneInfo("Asia/Shanghai")
EPOCH: Final = datetime(1992, 1, 1)  # noqa: DTZ001  the format wants the zone's own time here; one offset since 1991
REFRESH: Final = timedelta(hours=1)
REMINDER_AT: Final = time(9)
"""In the morning of the working day before, Shanghai's time."""
STAMP: Final = re.compile(rb"DTSTAMP:[^\r\n]*\r\n")


def calendar_feed(items: Iterable[Pending], calendar: working_days.Calendar, now: datetime) -> bytes:
    """Write an event for each date; what stands still has no date at present and is left out.

    Args:
        items: What is due; what is not among them any more vanishes at the reader's next look.
        calendar: For the reminder, one working day before.
        now: When the document is written.
    """
    feed = Calendar.new(prodid=PRODUCT, name=NAME, uid="deadlines@tenure")
    feed.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    feed.add("X-WR-TIMEZONE", ZONE.key)
    feed.add_component(_zone())
    for item in items:
        if item.forecast is not Forecast.PAUSED:
            feed.add_component(_event(item, calendar, now))
    written: bytes = feed.to_ical()
    return written


def fingerprint(feed: bytes) -> str:
    """Give a digest of what a feed says, whenever it was written."""
    return hashlib.sha256(STAMP.sub(b"", feed)).hexdigest()


def _zone() -> Timezone:
    """Describe Shanghai's time, so that a reader needs no list of zones; an empty feed would be invalid."""
    standard = TimezoneStandard()
    standard.add("DTSTART", EPOCH)
    for name in ("TZOFFSETFROM", "TZOFFSETTO"):
        standard.add(name, SHANGHAI.utcoffset(None))
    standard.add("TZNAME", "CST")
    zone = Timezone()
    zone.add("TZID", ZONE.key)
    zone.add_component(standard)
    return zone


def _event(item: Pending, calendar: working_days.Calendar, now: datetime) -> Event:
    deadline, start = item.deadline, _start(item)
    event = Event.new(
        uid=f"{deadline.id}@tenure",
        stamp=now.astimezone(UTC).replace(microsecond=0),
        start=start,
        end=None if isinstance(start, datetime) else start + DAY,
        summary=_summary(item),
        description="\n".join(_description(item)),
        categories=[str(item.responsible), str(deadline.kind), str(item.forecast)],
        status=STATUS.TENTATIVE if deadline.provisional else STATUS.CONFIRMED,
        transparency=TRANSP.TRANSPARENT,
    )
    if item.forecast is not Forecast.MISSED:
        event.add_component(_reminder(item, start, calendar))
    return event


def _start(item: Pending) -> date:
    """Give the last day, which is a day and no instant; what begins within a day has its instant, Shanghai's time."""
    due_at = item.deadline.due_at.astimezone(ZONE)
    return last_day(due_at) if due_at.time() == time() else due_at


def _reminder(item: Pending, start: date, calendar: working_days.Calendar) -> Alarm:
    """Remind on the working day before; told as a distance, which every reader of feeds understands."""
    begins = start if isinstance(start, datetime) else datetime.combine(start, time(), ZONE)
    day = calendar.working_day_before(begins.date())
    alarm = Alarm.new(description=_summary(item))
    alarm.add("ACTION", "DISPLAY")
    alarm.add("TRIGGER", datetime.combine(day, REMINDER_AT, ZONE) - begins)
    return alarm


def _summary(item: Pending) -> str:
    marks = [FORECASTS[item.forecast]] if item.forecast in {Forecast.AT_RISK, Forecast.MISSED} else []
    marks += [Words("暂定", "provisional")] if item.deadline.provisional else []
    mark = "".join(f"[{words.zh} {words.en}] " for words in marks)
    return f"{mark}{item.title.zh} · {item.title.en}: {item.deadline.environment}"


def _description(item: Pending) -> list[str]:
    who, stands = ROLES[item.responsible], FORECASTS[item.forecast]
    return [
        f"责任方 · who: {who.zh} · {who.en}",
        f"事项 · what: {item.title.zh} · {item.title.en} ({item.deadline.subject})",
        f"依据 · by: {_article(item.deadline.article)}",
        f"状态 · stands: {stands.zh} · {stands.en}",
        f"逾期后果 · otherwise: {item.consequence.zh} · {item.consequence.en}",
    ]


def _article(article: str) -> str:
    """Give an article in both languages: ``第 12 条 · Art. 12``."""
    numbers = article.removeprefix("Art. ")
    return f"本市政策 · {article}" if numbers == article else f"第 {numbers} 条 · {article}"
