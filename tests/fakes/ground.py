"""A ground for drills beside the fake cloud: negative controls fail as they have to, unless a test fools them."""

from __future__ import annotations

from ipaddress import IPv4Network

from orchestrator.domain.drill import Attempt, Control
from orchestrator.domain.errors import RefusedError
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Backup, Environment
from orchestrator.domain.throwaway import Reach
from orchestrator.ports import Job
from tests.fakes.cloud import FakeCloud

STORE = Reach(cidr=IPv4Network("10.9.0.1/32"), port=443)


class FakeGround:
    """Implements :class:`orchestrator.ports.DrillGround`.

    Attributes:
        elsewhere: Whether backups can be brought onto other hosts at all.
        fooled: Controls that do not fail.
        attempted: Every control that ran, with the environment in which it did.
        cleared: Environments whose volumes were emptied.
        lost: Hosts whose volumes are empty.
    """

    def __init__(self, cloud: FakeCloud) -> None:
        self._cloud = cloud
        self.elsewhere = True
        self.fooled: set[Control] = set()
        self.attempted: list[tuple[Control, str]] = []
        self.cleared: list[str] = []
        self.lost: tuple[str, ...] = ()

    def restorable(self, backup: Backup) -> bool:
        """Say what the test set."""
        del backup
        return self.elsewhere

    def reaches(self) -> tuple[Reach, ...]:
        """Give the store."""
        return (STORE,)

    def attempt(self, control: Control, backup: Backup, live: Environment, into: Environment, job: Job) -> Attempt:
        """Fail as it has to, unless the test fools it."""
        del backup, live, job
        self._cloud.points.reach(f"control-{control}")
        self.attempted.append((control, into.name))
        refused = control not in self.fooled
        return Attempt(control=control, refused=refused, said="refused" if refused else "it went through", seconds=0.1)

    def clear(self, into: Environment, job: Job) -> None:
        """Forget what was restored."""
        del job
        if into.stage is not Stage.DRILL:
            raise RefusedError(f"{into.name} is no throw-away environment")
        self._cloud.points.reach("clear")
        self.cleared.append(into.name)

    def emptied(self, backup: Backup, environment: Environment, job: Job) -> tuple[str, ...]:
        """Give the hosts that the test set."""
        del backup, environment, job
        self._cloud.points.reach("look")
        return self.lost
