"""One installation and one environment with real hosts, for all tests that enter them."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from orchestrator.adapters.ansible.configurator import AnsibleConfigurator, AnsibleSettings, installed_playbooks
from orchestrator.adapters.ssh import Issue, SshAccess, UserAuthority
from orchestrator.adapters.ssh.access import Way
from orchestrator.adapters.ssh.hostkeys import Console
from orchestrator.adapters.ssh.job_entry import JobEntry
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.records import Environment, Outputs
from orchestrator.ports import HostOutcome, Play
from tests.cloud import CloudAccess
from tests.jobs import Recorder
from tests.tenants import Tenant

HOSTS = ("web-1", "web-2")
BROKEN = "web-3"
PASSWORD = "of-the-service-user"


@dataclass
class House:
    """One installation and an environment with three real hosts, the last of which fails to set itself up."""

    home: Path
    vault: FileVault
    authority: UserAuthority
    environment: Environment
    console: Console
    issues: list[Issue] = field(default_factory=list)

    def access(self, ready_seconds: float = 120, authority: UserAuthority | None = None) -> SshAccess:
        """Give the adapter under test."""
        way = Way(ready_seconds=ready_seconds)
        return SshAccess(self.home, authority or self.authority, way, self.console)

    def outputs(self, *names: str) -> Outputs:
        """Give the environment's outputs with some of its hosts."""
        known = self.environment.outputs
        return known.model_copy(update={"hosts": tuple(host for host in known.hosts if host.name in names)})

    def wait(self, *names: str, recorder: Recorder | None = None, ready_seconds: float = 120) -> Recorder:
        """Wait for some hosts; give what was told."""
        recorder = recorder or Recorder()
        self.access(ready_seconds).wait_ready(self.environment, self.outputs(*names), recorder.job())
        return recorder

    def doors(self, **variables: object) -> dict[str, HostOutcome]:
        """Run the access job's playbook over the good hosts; gives what came of it by host."""
        states = dict.fromkeys(HOSTS, "ACTIVE")
        settings = AnsibleSettings(self.home, installed_playbooks())
        configurator = AnsibleConfigurator(settings, JobEntry(self.authority), lambda _: states)
        play = Play(playbook="access", hosts=HOSTS, variables=variables, seconds=120)
        outcome = configurator.play(self.environment, play, Recorder().job())
        return {host.host: host for host in outcome.hosts}

    def on(self, host: str, script: str) -> str:
        """Run a script as root on a host."""
        return self.access().run(self.environment, host, script, Recorder().job(), seconds=30)


def failing(user_data: str) -> str:
    """Give user data whose last command fails."""
    config = json.loads(user_data.removeprefix("#cloud-config\n"))
    config["runcmd"].append(["false"])
    return "#cloud-config\n" + json.dumps(config)


def boot(tenant: Tenant, cloud: CloudAccess) -> None:
    """Boot two good hosts and a broken one."""
    tenant.add_network(cloud.external_network)
    data = tenant.user_data((*HOSTS, BROKEN))
    tenant.add_hosts(cloud, (*HOSTS, BROKEN), data | {BROKEN: failing(data[BROKEN])})


def enter(command: tuple[str, ...], *remote: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a host as a person would."""
    return subprocess.run((*command, *remote), capture_output=True, text=True, timeout=60, check=False)


def working_for(operation: str) -> list[int]:
    """Give the processes that are marked as working for an operation."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get("TENURE_OPERATION") == operation:
                found.append(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found
