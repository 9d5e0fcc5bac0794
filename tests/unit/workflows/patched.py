"""An installation whose hosts have updates pending, for every test of patching."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator.domain.records import Operation
from orchestrator.ports import HostOutcome
from orchestrator.workflows import operations, patches
from orchestrator.workflows.manner import Manner
from tests.fakes.installation import PROVIDER, Installation
from tests.fakes.machines import FakeRewind
from tests.fakes.patching import FakePatching, an_update
from tests.tenancy_steps import TEST

TIERS = {
    "blueprint": "three-tier",
    "network": {"cidr": "10.20.0.0/24"},
    "access_from": ["198.51.100.0/24"],
}
HOSTS = ("app-1", "app-2", "bastion-1", "db-1", "web-1", "web-2")
LOST = HostOutcome(host="", reached=False, error="Install what was planned: no answer")


class Patched:
    """An installation with an environment of six hosts, each of which has an update pending."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.fake = FakePatching(installation.cloud)
        self.rewind = FakeRewind(installation.cloud)
        installation.ports = replace(installation.ports, configurator=self.fake, rewind=self.rewind)
        self.environment = installation.make_ready(environment=TIERS)
        self.fake.pending = {host: [an_update()] for host in HOSTS}
        self.fake.plays.clear()
        self.order = [host.name for host in self.environment.outputs.hosts if not host.name.startswith("bastion")]

    def ask(self, manner: Manner = Manner.FOR_GOOD) -> Operation:
        """Ask for a run and carry it out."""
        operation = patches.ask(self.installation.ports, TEST, manner, PROVIDER)
        self.installation.run_all()
        return self.installation.operation(operation.id)

    def retry(self, operation: Operation) -> Operation:
        """Go on with one that stopped, a minute later."""
        self.installation.clock.advance(timedelta(minutes=1))
        operations.retry(self.installation.ports, operation.id, PROVIDER)
        self.installation.run_all()
        return self.installation.operation(operation.id)

    def trouble(self, host: str, *outcomes: HostOutcome) -> None:
        """Let a host come to trouble in its next plays."""
        self.fake.trouble[host] = [one.model_copy(update={"host": host}) for one in outcomes]

    def switch_off(self, host: str) -> None:
        """Stop a server from outside."""
        with self.installation.cloud.change(TEST) as project:
            project.named()[host].running = False

    def patched(self) -> set[str]:
        """Give the hosts on which nothing is pending."""
        return {host for host in HOSTS if not self.fake.pending[host]}

    def detail(self, operation: Operation) -> str:
        """Give what the operation's error says."""
        present = self.installation.operation(operation.id)
        assert present.error is not None
        return present.error.detail

    def standing(self) -> patches.Standing:
        """Say how it stands."""
        with self.installation.records.read() as tx:
            return patches.standing(self.installation.ports, tx, self.installation.environment(TEST))


@pytest.fixture
def patched(installation: Installation) -> Patched:
    """Give the environment."""
    return Patched(installation)
