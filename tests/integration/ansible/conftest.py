"""One environment with real hosts for all plays of these tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.ansible.configurator import AnsibleConfigurator, AnsibleSettings
from orchestrator.adapters.ssh import Issue, SshAccess, UserAuthority
from orchestrator.adapters.ssh.access import Way
from orchestrator.adapters.ssh.job_entry import JobEntry
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.records import Environment
from orchestrator.ports import Play, PlayOutcome
from tests.cloud import CloudAccess
from tests.jobs import Recorder
from tests.samples import a_spec, an_environment
from tests.tenants import a_tenant

PLAYBOOKS = Path(__file__).parent / "playbooks"
HOSTS = ("web-1", "web-2")
PASSWORD = "of-the-service-user"


@dataclass
class House:
    """An installation, an environment with real hosts, and what runs plays on them."""

    home: Path
    environment: Environment
    authority: UserAuthority
    issues: list[Issue] = field(default_factory=list)

    @property
    def states(self) -> dict[str, str]:
        """All hosts run."""
        return {host.name: "ACTIVE" for host in self.environment.outputs.hosts}

    def configurator(self) -> AnsibleConfigurator:
        """Give the adapter under test."""
        settings = AnsibleSettings(self.home, PLAYBOOKS)
        return AnsibleConfigurator(settings, JobEntry(self.home, self.authority), lambda _: self.states)

    def play(
        self,
        playbook: str,
        recorder: Recorder | None = None,
        secrets: Mapping[str, str] | None = None,
        environment: Environment | None = None,
        **fields: Any,  # noqa: ANN401  fields of a play
    ) -> PlayOutcome:
        """Run a play over all hosts."""
        play = Play.model_validate({"playbook": playbook, "seconds": 120} | fields)
        job = (recorder or Recorder()).job()
        return self.configurator().play(environment or self.environment, play, job, secrets=secrets)


@pytest.fixture(scope="session")
def house(cloud: CloudAccess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Boot two hosts and wait until they answer."""
    home = tmp_path_factory.mktemp("home")
    issues: list[Issue] = []
    authority = UserAuthority(home, FileVault(home), issues.append)
    spec = a_spec(unit="runner", system="plays", access={"ca_public_key": authority.public_key()})
    with a_tenant(cloud, spec, PASSWORD) as tenant:
        tenant.add_network(cloud.external_network)
        tenant.add_hosts(cloud, HOSTS, tenant.user_data(HOSTS))
        environment = an_environment("runner", "plays", spec=spec, outputs=tenant.outputs)
        access = SshAccess(home, authority, Way(ready_seconds=180))
        access.wait_ready(environment, tenant.outputs, Recorder().job())
        yield House(home, environment, authority, issues)
