"""The hosts of this part: one environment of real ones, made for it and removed with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from orchestrator.adapters.ssh import SshAccess, UserAuthority
from orchestrator.adapters.ssh.access import Way
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.records import Environment
from tests.cloud import CloudAccess
from tests.jobs import Recorder
from tests.samples import a_spec, an_environment
from tests.tenants import a_tenant, empty

UNIT: Final = "benchhosts"
READY_SECONDS: Final = 600.0
FLOWS: Final = (
    {"role": "web", "first_port": 22, "last_port": 22, "peer_cidr": "198.51.100.0/24"},
    {"role": "web", "first_port": 22, "last_port": 22, "peer_role": "web"},
    {"role": "web", "direction": "egress", "peer_cidr": "0.0.0.0/0"},
)
"""What has to pass so that the baseline's packet filter lets jobs in, and hosts reach their cloud."""
ROLE: Final = {
    "name": "web",
    "count": 1,
    "flavor": "small",
    "size": {"vcpus": 1, "ram_mib": 512},
    "image": "debian-12",
    "volumes": [{"name": "data", "size_gib": 8, "mount": "/srv"}],
}
PASSWORD: Final = "of-the-benchs-service-user"


@dataclass(frozen=True)
class Hosts:
    """Hosts that answer.

    Attributes:
        home: The installation that enters them.
        authority: Its authority.
        access: How it enters them without Ansible.
        environment: They and their bastion, as records know them.
    """

    home: Path
    authority: UserAuthority
    access: SshAccess
    environment: Environment

    @property
    def states(self) -> dict[str, str]:
        """All run."""
        return {host.name: "ACTIVE" for host in self.environment.outputs.hosts}

    def first(self, number: int) -> tuple[str, ...]:
        """Give the names of the first so many."""
        return tuple(host.name for host in self.environment.outputs.hosts[:number])


@contextmanager
def bench_hosts(cloud: CloudAccess, home: Path, number: int) -> Iterator[Hosts]:
    """Make so many hosts and wait until all are ready; what an earlier bench left is removed first."""
    authority = UserAuthority(home, FileVault(home), lambda _: None)
    access_by = {"ca_public_key": authority.public_key()}
    spec = a_spec(unit=UNIT, system="ops", roles=[ROLE], flows=FLOWS, access=access_by)
    _remove_leftovers(cloud, spec.name)
    names = tuple(f"web-{index}" for index in range(1, number + 1))
    with a_tenant(cloud, spec, PASSWORD) as tenant:
        tenant.allow(number)
        tenant.add_network(cloud.external_network)
        tenant.add_hosts(cloud, names, tenant.user_data(names))
        tenant.add_volume(tenant.outputs.hosts[0])  # for what backups measure
        environment = an_environment(UNIT, "ops", spec=spec, outputs=tenant.outputs)
        access = SshAccess(home, authority, Way(ready_seconds=READY_SECONDS), tenant.console)
        access.wait_ready(environment, tenant.outputs, Recorder().job(operation="op-bench-hosts"))
        yield Hosts(home, authority, access, environment)


def _remove_leftovers(cloud: CloudAccess, name: str) -> None:
    with cloud.connection() as admin:
        identity: Any = admin.identity
        for project in [one for one in identity.projects() if one.name == name]:
            empty(admin, project.id)
            identity.delete_project(project)
        for user in [one for one in identity.users() if one.name.startswith(f"{name}-")]:
            identity.delete_user(user)
