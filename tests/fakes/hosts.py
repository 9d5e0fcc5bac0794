"""Fakes of what works inside hosts: the entry to them, and plays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.domain.errors import (
    RefusedError,
)
from orchestrator.domain.records import (
    Environment,
    Grant,
    Outputs,
)
from orchestrator.ports import (
    HostCheck,
    HostOutcome,
    Job,
    Play,
    PlayOutcome,
)
from tests.fakes.cloud import FakeCloud


class FakeAccess:
    """Implements :class:`orchestrator.ports.HostAccess`: every host that the cloud has answers at once."""

    def __init__(self, cloud: FakeCloud) -> None:
        self._cloud = cloud

    def ca_public_key(self) -> str:
        """Give a key that is none."""
        return "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8Q8zHm1xq0XlJ3kT9wXc3vW0e2mN4yB6pQ7rS8tU9v user-ca"

    def wait_ready(self, environment: Environment, outputs: Outputs, job: Job) -> tuple[HostCheck, ...]:
        """Reach every host."""
        del environment, job
        self._cloud.points.reach("hosts")
        return tuple(
            HostCheck(host=host.name, reached=True, cloud_init="done", hostname=host.name) for host in outputs.hosts
        )

    def certify(
        self, environment: Environment, job: Job, vouched: Mapping[str, str] | None = None
    ) -> tuple[HostCheck, ...]:
        """Reach every host."""
        del vouched
        return self.wait_ready(environment, environment.outputs, job)

    def revocations(self, serials: tuple[int, ...]) -> str:
        """Give the numbers."""
        return " ".join(map(str, serials))

    def command(self, environment: Environment, host: str, grant: Grant) -> tuple[str, ...]:
        """Give a command."""
        del grant
        return ("ssh", f"{host}.{environment.name}")

    def configuration(self, environment: Environment, grant: Grant) -> str:
        """Give a path at which there is nothing."""
        del grant
        return f"/ssh/{environment.name}/config"

    def run(
        self, environment: Environment, host: str, script: str, job: Job, *, seconds: float, secret: str = ""
    ) -> str:
        """Print nothing: the fake cloud's hosts have no shell."""
        del environment, host, script, job, seconds, secret
        self._cloud.points.reach("host-run")
        return ""


TOLD_BY_HOSTS: dict[str, dict[str, Any]] = {
    "bootstrap": {"facts": {"system": "Debian GNU/Linux 12"}, "changes": []},
    "survey": {"survey": {"family": "debian", "packages": {"openssh-server": "1:9.2p1-2"}}},
}
"""What a host in good order tells in the plays of a playbook."""


class FakeConfigurator:
    """Implements :class:`orchestrator.ports.Configurator`: every play runs through and changes nothing.

    Attributes:
        plays: What was run, in order.
        outcomes: What comes of a host in the plays of a playbook, by (playbook, host); well without an entry.
        impossible: Whether hosts cannot be entered at all.
    """

    def __init__(self, cloud: FakeCloud) -> None:
        self._cloud = cloud
        self.plays: list[Play] = []
        self.outcomes: dict[tuple[str, str], HostOutcome] = {}
        self.impossible = False

    def play(
        self, environment: Environment, play: Play, job: Job, *, secrets: Mapping[str, str] | None = None
    ) -> PlayOutcome:
        """Run it."""
        del job, secrets
        if self.impossible:
            raise RefusedError("these hosts cannot be entered")
        self._cloud.points.reach(f"play-{play.playbook}")
        self.plays.append(play)
        names = play.hosts or tuple(host.name for host in environment.outputs.hosts)
        hosts = (self.outcomes.get((play.playbook, name), self._well(play, name)) for name in names)
        return PlayOutcome(hosts=tuple(hosts), seconds=0.0)

    def _well(self, play: Play, host: str) -> HostOutcome:
        return HostOutcome(host=host, ok=1, told=TOLD_BY_HOSTS.get(play.playbook, {}))
