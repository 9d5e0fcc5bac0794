"""Whose quotas a look at the fleet asks for: those of compute and volumes can only be asked for project by project.

A look by schedule asks for a quarter of the fleet's, in turn, so that each is asked for once in four looks. What a look
could not see is asked for by the next one, and after looks that were left out or broken off everything is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.domain.drift import ONE_BY_ONE
from orchestrator.domain.records import DriftScan

PARTS = 4
"""In so many looks by schedule every quota is asked for once."""

SMALL_FLEET = 25
"""Up to so many environments a look asks for all of them: it costs a few seconds."""


@dataclass(frozen=True)
class Turn:
    """Whose turn it is in one look.

    Attributes:
        parts: Parts of the fleet.
        names: Environments besides, whatever their part: the last look left them out.
    """

    parts: frozenset[int]
    names: frozenset[str] = frozenset()

    def takes(self, name: str, project: str) -> bool:
        """Whether an environment's quotas are asked for."""
        return name in self.names or part_of(project) in self.parts


EVERYTHING = Turn(frozenset(range(PARTS)))


def part_of(project: str) -> int:
    """Give the part of the fleet that a project belongs to, for good."""
    return hashlib.sha256(project.encode()).digest()[0] % PARTS


def turn_after(newest: DriftScan | None, now: datetime, every: timedelta) -> Turn:
    """Give whose turn it is at an instant, when the newest look was this one and looks are due so often.

    Time itself is parted, so that nothing has to be remembered: a look takes every part whose time has come since the
    newest one.
    """
    if newest is None or newest.finished_at is None or not newest.at <= now or ONE_BY_ONE & newest.silent.keys():
        return EVERYTHING
    first, last = (int(at.timestamp() // every.total_seconds()) for at in (newest.at, now))
    due = range(first + 1, last + 1)
    if len(due) >= PARTS:
        return EVERYTHING
    return Turn(frozenset(number % PARTS for number in due), frozenset(newest.left_out))
