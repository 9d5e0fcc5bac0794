"""The library with another answer to drift, as another city's rulebook gives it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from orchestrator.domain.blueprint import Blueprint
from orchestrator.domain.calendar import Calendar
from orchestrator.domain.rulebook import Response, Rulebook
from orchestrator.ports import Library
from orchestrator.workflows.context import Ports


@dataclass(frozen=True)
class LibraryWithRulebook:
    """Implements :class:`orchestrator.ports.Library`: another one's, with a rulebook of its own."""

    inner: Library
    rules: Rulebook

    def blueprint(self, name: str) -> Blueprint:
        """Give one."""
        return self.inner.blueprint(name)

    def blueprints(self) -> tuple[Blueprint, ...]:
        """Give all, by name."""
        return self.inner.blueprints()

    def rulebook(self) -> Rulebook:
        """Give the rulebook of its own."""
        return self.rules

    def calendar(self) -> Calendar:
        """Give the calendar of working days."""
        return self.inner.calendar()


def with_drift_rules(ports: Ports, **answers: Response) -> Ports:
    """Give ports whose rulebook answers classes of drift so."""
    rules = ports.library.rulebook()
    changed = {
        name: getattr(rules.drift, name).model_copy(update={"response": answer}) for name, answer in answers.items()
    }
    other = rules.model_copy(update={"drift": rules.drift.model_copy(update=changed)})
    return replace(ports, library=LibraryWithRulebook(ports.library, other))
