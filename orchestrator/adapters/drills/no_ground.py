"""Where there is no object store for backups, none can be brought onto other hosts."""

from __future__ import annotations

from orchestrator.domain.drill import Attempt, Control
from orchestrator.domain.errors import RefusedError
from orchestrator.domain.records import Backup, Environment
from orchestrator.domain.throwaway import Reach
from orchestrator.ports import Job


class NoDrillGround:
    """Implements :class:`orchestrator.ports.DrillGround` for an installation whose backups are snapshots."""

    def restorable(self, backup: Backup) -> bool:
        """Say no: a snapshot can only become another volume of its own cloud project."""
        del backup
        return False

    def reaches(self) -> tuple[Reach, ...]:
        """Give none."""
        return ()

    def attempt(self, control: Control, backup: Backup, live: Environment, into: Environment, job: Job) -> Attempt:
        """Refuse: there is no store that could be opened."""
        del live, into, job
        raise _without_store(f"negative control {control} of backup {backup.id}")

    def clear(self, into: Environment, job: Job) -> None:
        """Refuse: nothing was restored."""
        del job
        raise _without_store(f"the clearing of {into.name}")

    def emptied(self, backup: Backup, environment: Environment, job: Job) -> tuple[str, ...]:
        """Give none: what is lost cannot be brought back from a snapshot by this way."""
        del backup, environment, job
        return ()


def _without_store(what: str) -> RefusedError:
    return RefusedError(
        f"{what} is not possible",
        detail="this installation has no object store for backups",
        hint="set TENURE_BACKUP_STORE; the backups that are taken from then on can be restored elsewhere",
    )
