"""One environment with real hosts for all plays of these tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from orchestrator.adapters.ansible.configurator import AnsibleConfigurator, AnsibleSettings
from orchestrator.adapters.ansible.place import CONTROLLER_MARK
from orchestrator.adapters.pulumi.marks import MARK, marked
from orchestrator.adapters.ssh import Issue, SshAccess, UserAuthority
from orchestrator.adapters.ssh.access import Way
from orchestrator.adapters.ssh.job_entry import JobEntry
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.lanes import Lane
from orchestrator.domain.records import Environment, Outputs
from orchestrator.ports import Play, PlayOutcome
from tests.cloud import CloudAccess
from tests.jobs import Recorder
from tests.samples import a_spec, an_environment
from tests.tenants import a_tenant

PLAYBOOKS = Path(__file__).parent / "playbooks"
HOSTS = ("web-1", "web-2")
PASSWORD = "of-the-service-user"
PATIENCE_SECONDS = 60.0
OPERATION = "op-play"


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

    def configurator(self, authority: UserAuthority | None = None) -> AnsibleConfigurator:
        """Give the adapter under test."""
        settings = AnsibleSettings(self.home, PLAYBOOKS)
        return AnsibleConfigurator(settings, JobEntry(authority or self.authority), lambda _: self.states)

    def play(
        self,
        playbook: str,
        recorder: Recorder | None = None,
        *,
        secrets: Mapping[str, str] | None = None,
        environment: Environment | None = None,
        authority: UserAuthority | None = None,
        lane: Lane = Lane.RESOURCES,
        **fields: Any,  # noqa: ANN401  fields of a play
    ) -> PlayOutcome:
        """Run a play over all hosts."""
        play = Play.model_validate({"playbook": playbook, "seconds": 120} | fields)
        job = replace((recorder or Recorder()).job(operation=OPERATION), lane=lane)
        return self.configurator(authority).play(environment or self.environment, play, job, secrets=secrets)

    @contextmanager
    def playing(self, recorder: Recorder, **fields: Any) -> Iterator[Future[PlayOutcome]]:  # noqa: ANN401  as above
        """Run the long play in the background; the block begins when its work runs on every host."""
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(lambda: self.play("long", recorder, **fields))
            eventually(lambda: future.done() or all(self.sleepers(host) for host in HOSTS))
            yield future

    def environment_with(self, host: str, **changes: str) -> Environment:
        """Give the environment with something else on record about one host."""
        hosts = tuple(
            one.model_copy(update=changes) if one.name == host else one for one in self.environment.outputs.hosts
        )
        outputs: Outputs = self.environment.outputs.model_copy(update={"hosts": hosts})
        return self.environment.model_copy(update={"outputs": outputs})

    def on_host(self, host: str, script: str, secret: str = "") -> str:
        """Run a script as root on a host, by the way that needs no Ansible."""
        access = SshAccess(self.home, self.authority)
        job = Recorder().job(operation="op-look")
        return access.run(self.environment, host, script, job, seconds=30, secret=secret)

    def sleepers(self, host: str) -> list[str]:
        """Give the ids of what the long play runs on a host."""
        return self.on_host(host, "pgrep -f 'sleep 424[2]' || true").split()

    def files(self) -> set[str]:
        """Give every file of the installation, and what is in memory for all to see."""
        shared = Path("/dev/shm")  # noqa: S108  what is looked at is whether something is left there
        own = {str(path.relative_to(self.home)) for path in self.home.rglob("*") if not path.is_dir()}
        return own | {str(path) for path in shared.iterdir() if not path.name.startswith("PostgreSQL")}


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
        access = SshAccess(home, authority, Way(ready_seconds=180), tenant.console)
        access.wait_ready(environment, tenant.outputs, Recorder().job())
        yield House(home, environment, authority, issues)


def eventually(true: Callable[[], object]) -> None:
    """Wait until something is true; fails when it is not for long."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < until, "it never became true"
        threading.Event().wait(0.2)


def working_for(operation: str) -> tuple[int, ...]:
    """Give the processes here that are marked as working for an operation."""
    return marked(MARK, operation)


def plays_of(controller: int) -> tuple[int, ...]:
    """Give the processes of all plays of a controller."""
    return marked(CONTROLLER_MARK, str(controller))


def arguments() -> str:
    """Give the arguments of every process of this machine."""
    found = []
    for process in psutil.process_iter():
        try:
            found.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return "\n".join(found)
