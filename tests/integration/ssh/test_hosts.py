"""Entering real hosts: who gets in, who does not, and what is told of those that are not ready.

The hosts boot with the user data that stacks give them; sshd, cloud-init and the bastion are real.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from orchestrator.adapters.ssh import Issue, SshAccess, UserAuthority
from orchestrator.adapters.ssh.access import Way
from orchestrator.adapters.ssh.hostkeys import Console
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import CancelledError, NotFoundError, OperationFailedError
from orchestrator.domain.records import Environment, Outputs
from tests.cloud import CloudAccess
from tests.jobs import Recorder
from tests.samples import a_spec, an_environment
from tests.tenants import Tenant, a_tenant

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]

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


def failing(user_data: str) -> str:
    """Give user data whose last command fails."""
    config = json.loads(user_data.removeprefix("#cloud-config\n"))
    config["runcmd"].append(["false"])
    return "#cloud-config\n" + json.dumps(config)


@pytest.fixture(scope="module")
def house(cloud: CloudAccess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Boot the hosts; nobody has waited for them yet."""
    home = tmp_path_factory.mktemp("home")
    vault = FileVault(home)
    issues: list[Issue] = []
    authority = UserAuthority(home, vault, issues.append)
    spec = a_spec(unit="doors", system="open", access={"ca_public_key": authority.public_key()})
    with a_tenant(cloud, spec, PASSWORD) as tenant:
        boot(tenant, cloud)
        environment = an_environment("doors", "open", spec=spec, outputs=tenant.outputs)
        yield House(home, vault, authority, environment, tenant.console, issues)


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


def test_hosts_that_boot_are_waited_for(house: House) -> None:
    """Both hosts become ready through the bastion; each tells its name and cloud-init's verdict."""
    recorder = Recorder()
    checks = house.access().wait_ready(house.environment, house.outputs(*HOSTS), recorder.job())
    assert [(check.host, check.reached, check.hostname, check.cloud_init) for check in checks] == [
        ("web-1", True, "web-1", "done"),
        ("web-2", True, "web-2", "done"),
    ]
    assert sorted(recorder.told()) == [("web-1", "done"), ("web-1", "started"), ("web-2", "done"), ("web-2", "started")]


def test_nothing_of_a_job_is_left(house: House) -> None:
    """Keys, sockets and processes are gone when the job ends."""
    house.wait(*HOSTS)
    assert list((house.home / "run").iterdir()) == []
    assert working_for("op-test") == []


def test_a_person_enters_with_the_command(house: House) -> None:
    """The command that is shown works, on the bastion and behind it, as a user who may administer the host."""
    for host in HOSTS:
        entered = enter(house.access().command(house.environment, host), "hostname; id -un; sudo id -un")
        assert entered.stdout.split() == [host, "tenure", "root"], entered.stderr


def test_only_the_bastions_certificate_forwards(house: House) -> None:
    """The certificate of a person's session cannot be used to reach further from the host that it enters."""
    command = house.access().command(house.environment, "web-1")
    behind = house.environment.outputs.hosts[1].address
    forwarded = enter((*command[:-1], "-o", "LogLevel=INFO", "-W", f"{behind}:22", "web-1"))
    assert forwarded.returncode != 0
    assert "prohibited" in forwarded.stderr


def test_another_authority_does_not_get_in(house: House, tmp_path: Path) -> None:
    """A certificate that somebody else signed is refused, and the error says which host refused it."""
    other = UserAuthority(tmp_path, FileVault(tmp_path), lambda _: None)
    with pytest.raises(OperationFailedError, match="host web-1 was not entered: permission denied"):
        house.access(3, other).wait_ready(house.environment, house.outputs("web-1"), Recorder().job())


def test_a_certificate_ends(house: House) -> None:
    """One that was issued an hour ago enters nothing any more."""
    earlier = UserAuthority(house.home, house.vault, house.issues.append, now=lambda: time.time() - 3600)
    refused = enter(house.access(authority=earlier).command(house.environment, "web-1"), "true")
    assert refused.returncode == 255
    assert "Permission denied" in refused.stderr


@pytest.mark.parametrize("name", ["rivers-open-test", "doors-closed-test"])
def test_other_environments_certificates_do_not_get_in(house: House, name: str) -> None:
    """Every host trusts the one authority; principals keep the tenants apart, on the way out and on the way in."""
    foreign = house.environment.model_copy(update={"name": name})
    command = house.access().command(foreign, "web-1")
    unproven = enter(command, "true")
    assert "Host key verification failed" in unproven.stderr
    known = house.authority.known_hosts(house.environment.name)
    alias = f"{house.environment.outputs.hosts[0].server_id}.{house.environment.name}"
    options = ("-o", f"UserKnownHostsFile={known}", "-o", f"HostKeyAlias={alias}")
    refused = enter((*command[:-1], *options, command[-1]), "true")
    assert refused.returncode == 255
    assert "Permission denied" in refused.stderr


def test_a_failed_cloud_init_is_told(house: House) -> None:
    """The host that failed is named with cloud-init's own message, at once and not at the end of the patience."""
    recorder = Recorder()
    with pytest.raises(OperationFailedError) as caught:
        house.wait("web-1", BROKEN, recorder=recorder)
    assert caught.value.diagnostic.summary == f"cloud-init failed on host {BROKEN}"
    assert "scripts" in caught.value.diagnostic.detail
    assert (BROKEN, "failed") in recorder.told()


def test_a_host_that_is_not_there_is_told(house: House) -> None:
    """Behind the bastion nobody answers at that address: the error names the host and why."""
    outputs = house.outputs(*HOSTS)
    away = outputs.hosts[1].model_copy(update={"address": "10.20.0.250"})
    moved = outputs.model_copy(update={"hosts": (outputs.hosts[0], away)})
    with pytest.raises(OperationFailedError, match=r"host web-2 was not entered: (no route|no answer)"):
        house.access(6).wait_ready(house.environment, moved, Recorder().job())


def test_a_bastion_that_is_not_there_is_told(house: House) -> None:
    """Without the bastion no host is entered; patience ends when it should."""
    moved = house.outputs("web-1").model_copy(update={"bastion_address": "127.0.0.9"})
    begun = time.monotonic()
    with pytest.raises(OperationFailedError, match="connection refused"):
        house.access(2).wait_ready(house.environment, moved, Recorder().job())
    assert time.monotonic() - begun < 20


def test_a_wrong_address_leads_to_no_other_host(house: House) -> None:
    """The address of another host of the same environment is noticed by the name that answers."""
    outputs = house.outputs(*HOSTS)
    first, second = outputs.hosts
    swapped = outputs.model_copy(update={"hosts": (first, second.model_copy(update={"name": "web-9"}))})
    with pytest.raises(OperationFailedError, match="host web-9 answers as web-2"):
        house.access().wait_ready(house.environment, swapped, Recorder().job())


def test_a_host_that_is_not_the_certified_one_is_refused(house: House) -> None:
    """Another host of the installation at the address, with a certificate of its own, is not taken for it."""
    outputs = house.outputs(*HOSTS)
    first, second = outputs.hosts
    imitated = outputs.model_copy(update={"hosts": (first, second.model_copy(update={"server_id": "another"}))})
    with pytest.raises(OperationFailedError, match="it is not certified yet, and its server has printed no host key"):
        SshAccess(house.home, house.authority, Way(ready_seconds=2)).wait_ready(
            house.environment, imitated, Recorder().job()
        )
    with pytest.raises(OperationFailedError, match="host web-2 is not the one that was made"):
        SshAccess(house.home, house.authority, console=lambda _: house.console(first.server_id)).wait_ready(
            house.environment, imitated, Recorder().job()
        )


def test_a_wait_can_be_cancelled(house: House) -> None:
    """Somebody asks to stop while a host does not answer: the wait ends within a second or two."""
    recorder = Recorder()
    recorder.control.asked_to_stop = True
    begun = time.monotonic()
    with pytest.raises(CancelledError):
        house.wait(*HOSTS, recorder=recorder)
    assert time.monotonic() - begun < 10
    assert list((house.home / "run").iterdir()) == []


def test_every_certificate_of_these_tests_is_on_record(house: House) -> None:
    """Each issue has its own serial and says for which environment it was."""
    serials = [issue.serial for issue in house.issues]
    assert len(serials) > 20
    assert len(set(serials)) == len(serials)
    with pytest.raises(NotFoundError):
        house.access().command(house.environment, "web-7")
    assert len(house.issues) == len(serials)
