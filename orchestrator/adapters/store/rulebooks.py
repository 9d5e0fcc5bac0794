"""Every version of the rulebook under which a request was ever submitted; triggers keep them from being changed."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, insert, select

from orchestrator.adapters.store.faults import not_found
from orchestrator.adapters.store.tables import rulebooks
from orchestrator.domain.errors import ConflictError
from orchestrator.domain.rulebook import Rulebook


class SqlRulebooks:
    """Implements :class:`orchestrator.ports.Rulebooks`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, rulebook: Rulebook) -> None:
        """Store a version; ConflictError when its label is on record with another content (raise the version)."""
        content = rulebook.model_dump(mode="json")
        found = self._find(rulebook.label)
        if found is None:
            self._connection.execute(insert(rulebooks), {"label": rulebook.label, "rulebook": content})
        elif _content(found) != content:
            raise ConflictError(
                f"rulebook {rulebook.label} is on record with another content",
                detail="requests were submitted under it; what they keep never changes",
                field="version",
                hint="raise the version in the rulebook's file",
            )

    def get(self, label: str, *, present: Rulebook | None = None) -> Rulebook:
        """Give a version; NotFoundError. Rules that came after it was kept are those of ``present``."""
        found = self._find(label)
        if found is None:
            raise not_found("rulebook", label, self.labels(), "tenure rulebook list")
        try:
            return Rulebook.model_validate(found if present is None else _with_later_rules(found, present))
        except ValidationError as error:
            raise ConflictError(
                f"rulebook {label} was kept by another Tenure",
                detail=f"this one does not understand it: {error.error_count()} faults",
                hint="use the version of Tenure that works on the other requests",
            ) from error

    def labels(self) -> tuple[str, ...]:
        """Give the label of every version, sorted."""
        return tuple(sorted(self._connection.execute(select(rulebooks.c.label)).scalars()))

    def _find(self, label: str) -> dict[str, Any] | None:
        """Give the stored content, or None."""
        kept = select(rulebooks.c.rulebook).where(rulebooks.c.label == label)
        found: dict[str, Any] | None = self._connection.execute(kept).scalar()
        return found


def _with_later_rules(found: dict[str, Any], present: Rulebook) -> dict[str, Any]:
    """Add the rules that a Tenure of that time did not have; nothing that stands there is touched."""
    later = present.model_dump(mode="json")
    sections = {name: rules | found.get(name, {}) for name, rules in later.items() if isinstance(rules, dict)}
    return found | sections


def _content(found: object) -> object:
    """Give what a stored version says today: fields that came later have their defaults."""
    try:
        return Rulebook.model_validate(found).model_dump(mode="json")
    except ValidationError:
        return found
