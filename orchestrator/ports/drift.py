"""The fleet as the cloud shows it, and what is on record about where it differs from what was made."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from orchestrator.domain.drift import Sight
from orchestrator.domain.records import Drift, DriftScan, Made
from orchestrator.ports.kept import KeptOfLives


class Fleet(Protocol):
    """Looks at many projects at once, by a few list calls to each service."""

    def look(self, projects: Collection[str], quotas_of: Collection[str] | None = None) -> Sight:
        """Give what stands in projects (ids), and which services did not answer; changes nothing.

        Args:
            projects: Those that are looked at.
            quotas_of: Of which of them what no service lists is asked for, one by one; by default of all.

        OperationFailedError when the cloud cannot be asked at all.
        """
        ...


class MadeThings(Protocol):
    """What ``up`` made, one record for each life of an environment."""

    def put(self, made: Made) -> None:
        """Store or replace by subject."""
        ...

    def of(self, subject: str) -> Made | None:
        """Give what was made in one life of an environment, or None when no record knows."""
        ...


class Drifts(KeptOfLives[Drift], Protocol):
    """Where the cloud differs, or did."""

    def open(self, *, limit: int = 1000) -> tuple[Drift, ...]:
        """Give those of all environments that are not gone, newest first."""
        ...


class DriftScans(Protocol):
    """The looks at the whole fleet."""

    def put(self, scan: DriftScan) -> None:
        """Store or replace by id."""
        ...

    def newest(self) -> DriftScan | None:
        """Give the one that was begun last, or None."""
        ...
