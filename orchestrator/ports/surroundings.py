"""What every workflow stands in: time, ids, and the library of blueprints, rulebook and calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from orchestrator.domain.blueprint import Blueprint
from orchestrator.domain.calendar import Calendar
from orchestrator.domain.rulebook import Rulebook


class Clock(Protocol):
    """Business time; a driven clock moves it for demos and tests (DESIGN.md decision 14)."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        ...


class Ids(Protocol):
    """Makes ids."""

    def new(self, prefix: str) -> str:
        """Give ``prefix-`` and a part that is unique and sorts by time."""
        ...


class Library(Protocol):
    """The blueprints, the rulebook and the calendar that this installation works by; read once, checked when read."""

    def blueprint(self, name: str) -> Blueprint:
        """Give one; NotFoundError (field ``environment.blueprint``) names those that there are."""
        ...

    def blueprints(self) -> tuple[Blueprint, ...]:
        """Give all, by name."""
        ...

    def rulebook(self) -> Rulebook:
        """Give the installation's rulebook."""
        ...

    def calendar(self) -> Calendar:
        """Give the calendar of working days."""
        ...
