"""Where restores are tried: what throw-away environments need of the backups' store, and negative controls."""

from __future__ import annotations

from typing import Protocol

from orchestrator.domain.drill import Attempt, Control
from orchestrator.domain.records import Backup, Environment
from orchestrator.domain.throwaway import Reach
from orchestrator.ports.work import Job


class DrillGround(Protocol):
    """What drills and verifications need beyond :class:`orchestrator.ports.Backups` (Art. 30, 44)."""

    def restorable(self, backup: Backup) -> bool:
        """Whether a backup can be brought onto other hosts; a snapshot in its own project cannot."""
        ...

    def reaches(self) -> tuple[Reach, ...]:
        """Give the places that hosts of a throw-away environment may reach: the store, and where packages come from."""
        ...

    def attempt(self, control: Control, backup: Backup, live: Environment, into: Environment, job: Job) -> Attempt:
        """Run a negative control on a host of the throw-away environment ``into``; nothing of it stays in the store.

        ``refused`` is true only when it failed for the very reason for which it has to: an answer of the network, or
        a missing program, is no proof. RefusedError where there is no store.
        """
        ...

    def clear(self, into: Environment, job: Job) -> None:
        """Empty the data volumes of a throw-away environment, so that the next restore finds nothing of the last.

        RefusedError for any environment that is none.
        """
        ...

    def emptied(self, backup: Backup, environment: Environment, job: Job) -> tuple[str, ...]:
        """Give the hosts of an environment that have an empty volume although the backup has files of it."""
        ...
