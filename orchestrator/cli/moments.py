"""Instants as people write them on the command line, in Shanghai's time unless they say another."""

from __future__ import annotations

from datetime import datetime, time

from orchestrator.domain.calendar import SHANGHAI, end_of_day
from orchestrator.domain.errors import BadInputError

NOW = "now"


def moment_of(text: str, now: datetime, field: str = "at") -> datetime:
    """Read an instant: ``now``, a day (its end), or a day with a time, which may name its zone.

    Raises:
        BadInputError: It is none.
    """
    if text.strip() == NOW:
        return now
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInputError(
            f"{text!r} is no instant",
            detail=str(error),
            field=field,
            hint="write 2026-03-02T20:00 (Shanghai), 2026-03-02T12:00Z, 2026-03-02, or now",
        ) from error
    if found.time() == time() and "T" not in text and " " not in text.strip():
        return end_of_day(found.date())
    return found if found.tzinfo is not None else found.replace(tzinfo=SHANGHAI)
