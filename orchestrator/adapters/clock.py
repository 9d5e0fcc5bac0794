"""Business time: the real one, or one that a demo or a test drives (DESIGN.md decision 14).

Leases, certificates and the hook's tolerance never use it: they are about real time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, Field, ValidationError

from orchestrator.domain.errors import BadInputError, Place
from orchestrator.domain.model import Model
from orchestrator.ports import Clock


def real_now() -> datetime:
    """Give the present instant in UTC."""
    return datetime.now(UTC)


class SystemClock:
    """Implements :class:`orchestrator.ports.Clock` by the machine's clock."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        return real_now()


class Drive(Model):
    """What the file of a driven clock says.

    Attributes:
        instant: Business time at ``since``.
        since: The real instant at which the clock was set.
        speed: Business seconds per real second; 0 stands still.
    """

    instant: AwareDatetime
    since: AwareDatetime
    speed: Annotated[float, Field(ge=0, le=1_000_000)] = 1.0

    def at(self, real: datetime) -> datetime:
        """Give the business time at a real instant."""
        return (self.instant + (real - self.since) * self.speed).astimezone(UTC)


class DrivenClock:
    """A clock that every process of an installation reads from one file; without a file it is real time.

    Args:
        file: ``TENURE_CLOCK_FILE``.
        real: Real time.
    """

    def __init__(self, file: Path, real: Callable[[], datetime] = real_now) -> None:
        self._file = file
        self._real = real

    def now(self) -> datetime:
        """Give the present business instant, aware, in UTC; BadInputError when the file is no clock."""
        real = self._real()
        drive = self._drive()
        return real if drive is None else drive.at(real)

    def set(self, instant: datetime, *, speed: float = 1.0) -> None:
        """Let business time be ``instant`` now and go on at ``speed``."""
        drive = Drive(instant=instant, since=self._real(), speed=speed)
        fresh = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        fresh.write_text(drive.model_dump_json() + "\n", encoding="utf-8")
        fresh.replace(self._file)

    def advance(self, by: timedelta) -> datetime:
        """Move business time on, at the speed that it has; gives the new instant."""
        drive = self._drive()
        instant = self.now() + by
        self.set(instant, speed=1.0 if drive is None else drive.speed)
        return instant

    def _drive(self) -> Drive | None:
        try:
            text = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        try:
            return Drive.model_validate_json(text)
        except ValidationError as error:
            raise BadInputError(
                "the clock file cannot be read",
                detail=str(error.errors()[0]["msg"]),
                place=Place(file=str(self._file)),
                hint="remove it to go back to real time",
            ) from error


def business_clock(file: Path | None) -> Clock:
    """Give the driven clock when there is a file to drive it, else the machine's."""
    return SystemClock() if file is None else DrivenClock(file)
