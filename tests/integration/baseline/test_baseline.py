"""The baseline on real hosts: once is enough, nobody is locked out, and the rules are in force; and what surveys see.

The tests follow one pair of hosts through its life, in order. The cloud's own security group lets everything pass, so
that what is closed is closed by the hosts.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.ansible.configurator import AnsibleConfigurator, AnsibleSettings, installed_playbooks
from orchestrator.adapters.ssh import SshAccess, UserAuthority
from orchestrator.adapters.ssh.access import Way
from orchestrator.adapters.ssh.job_entry import JobEntry
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.baseline import baseline_variables
from orchestrator.domain.blueprint_care import RoleCare
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Environment, FindingKind
from orchestrator.domain.software import Survey, improper, permitted
from orchestrator.ports import HostOutcome, Play
from tests.cloud import CloudAccess
from tests.jobs import Recorder
from tests.samples import a_grant, a_spec, an_environment
from tests.tenants import Tenant, a_tenant

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]

HOSTS = ("web-1", "web-2")
SECOND = "web-2"
PASSWORD = "of-the-service-user"
OWN = Path(__file__).parent / "playbooks"
UNDO_SECONDS = 15
PATIENCE_SECONDS = 90.0
BOOTED = "systemctl show -P UserspaceTimestampMonotonic"
"""Prints another number after each start of the host, in a container too."""
FLOWS: list[dict[str, object]] = [
    {"role": "web", "first_port": 22, "last_port": 22, "peer_cidr": "198.51.100.0/24"},
    {"role": "web", "first_port": 22, "last_port": 22, "peer_role": "web"},
    {"role": "web", "first_port": 22, "last_port": 22, "peer_role": "web", "direction": "egress"},
    {"role": "web", "first_port": 443, "last_port": 443, "peer_cidr": "10.0.0.0/8"},
    {"role": "web", "first_port": 443, "last_port": 443, "peer_cidr": "10.0.0.0/8", "direction": "egress"},
    {"role": "web", "first_port": 8001, "last_port": 8001, "peer_role": "web", "direction": "egress"},
    {"role": "web", "first_port": 8002, "last_port": 8002, "peer_role": "web"},
]


@dataclass
class House:
    """An installation, and an environment with two real hosts."""

    home: Path
    authority: UserAuthority
    tenant: Tenant
    environment: Environment
    recorder: Recorder = field(default_factory=Recorder)

    def play(self, play: Play, playbooks: Path | None = None, operation: str = "op-baseline") -> dict[str, HostOutcome]:
        """Run a play; give what came of each host."""
        settings = AnsibleSettings(self.home, playbooks or installed_playbooks())
        states = {host.name: "ACTIVE" for host in self.environment.outputs.hosts}
        configurator = AnsibleConfigurator(settings, JobEntry(self.authority), lambda _: states)
        outcome = configurator.play(self.environment, play, self.recorder.job(operation=operation))
        return {host.host: host for host in outcome.hosts}

    def bootstrap(self, *hosts: str, rehearsal: bool = False, **variables: object) -> dict[str, HostOutcome]:
        """Bring hosts to their baseline."""
        play = Play(
            playbook="bootstrap",
            hosts=hosts or HOSTS,
            variables=baseline_variables(self.environment) | variables,
            seconds=180,
            rehearsal=rehearsal,
        )
        return self.play(play)

    def on_host(self, host: str, script: str) -> str:
        """Run a script as root on a host, by a connection of its own that needs no Ansible."""
        job = Recorder().job(operation="op-baselinelook")
        return SshAccess(self.home, self.authority).run(self.environment, host, script, job, seconds=30).strip()

    def connects(self, port: int) -> bool:
        """Whether the first host reaches a port of the second one."""
        address = self.environment.outputs.hosts[1].address
        attempt = f"timeout 2 bash -c 'exec 3<>/dev/tcp/{address}/{port}' 2>/dev/null && echo yes || echo no"
        return self.on_host("web-1", attempt) == "yes"


@pytest.fixture(scope="module")
def house(cloud: CloudAccess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Boot two hosts whose security group lets everything pass, and wait until they answer."""
    home = tmp_path_factory.mktemp("home")
    authority = UserAuthority(home, FileVault(home), lambda _: None)
    spec = a_spec(unit="baselinepart", system="hosts", flows=FLOWS, access={"ca_public_key": authority.public_key()})
    with a_tenant(cloud, spec, PASSWORD) as tenant:
        tenant.add_network(cloud.external_network)
        network: Any = tenant.admin.network
        network.create_security_group_rule(
            security_group_id=tenant.group_id, direction="ingress", protocol="tcp", project_id=tenant.project_id
        )
        tenant.add_hosts(cloud, HOSTS, tenant.user_data(HOSTS))
        environment = an_environment("baselinepart", "hosts", spec=spec, outputs=tenant.outputs)
        access = SshAccess(home, authority, Way(ready_seconds=180), tenant.console)
        access.wait_ready(environment, tenant.outputs, Recorder().job(operation="op-baselinewait"))
        yield House(home, authority, tenant, environment)


def listen(house: House, *ports: int) -> None:
    """Let a program of the second host listen at these ports on every address until the host restarts."""
    lines = ["import socket, time", *(f"s{port} = socket.create_server(('', {port}))" for port in ports)]
    program = "\n".join([*lines, "time.sleep(3600)"])
    start = "systemd-run --quiet --collect --unit=listen python3 /run/listen.py; sleep 1"
    house.on_host(SECOND, f"cat >/run/listen.py <<'END'\n{program}\nEND\n{start}")


def test_a_rehearsal_changes_nothing(house: House) -> None:
    """It says what a fresh host lacks, and the host is as it was."""
    told = house.bootstrap(SECOND, rehearsal=True)[SECOND]
    assert told.succeeded, told.error
    assert "firewall: /etc/tenure/firewall.nft written" in told.told["changes"]
    assert house.on_host(SECOND, "ls /etc/tenure/firewall.nft 2>&1 || true").endswith("No such file or directory")


@pytest.fixture(scope="module")
def brought(house: House) -> dict[str, HostOutcome]:
    """Bring both hosts to their baseline for the first time."""
    return house.bootstrap()


def test_the_first_run_brings_every_part_about(brought: dict[str, HostOutcome]) -> None:
    """On the host that is entered directly, and on the one behind it."""
    assert all(host.succeeded for host in brought.values()), brought
    parts = {line.partition(":")[0] for line in brought[SECOND].told["changes"]}
    assert parts >= {"accounts", "ca_trust", "journal", "updates", "firewall", "facts", "audit"}


def test_what_reports_need_is_told(house: House, brought: dict[str, HostOutcome]) -> None:
    """Facts come without an agent, and the host itself says whose it is."""
    facts = brought[SECOND].told["facts"]
    assert (facts["family"], facts["vcpus"] >= 1, facts["disks"][0]["mount"]) == ("debian", True, "/")
    assert '"role": "web"' in house.on_host(SECOND, "cat /etc/ansible/facts.d/tenure.fact")


def test_what_a_container_lacks_is_told(brought: dict[str, HostOutcome]) -> None:
    """Clock and kernel audit are the machine's where a host shares its kernel: left out by name, not in silence."""
    told = brought[SECOND].told
    assert told["left_out"] == (["time", "audit"] if told["facts"]["container"] else [])


def test_the_second_run_changes_nothing(house: House, brought: dict[str, HostOutcome]) -> None:
    """All of it is found right: idempotent, host by host."""
    again = house.bootstrap()
    assert {name: (host.changed, host.told["changes"]) for name, host in again.items()} == dict.fromkeys(
        brought, (0, [])
    )


def test_only_declared_ports_are_open(house: House) -> None:
    """The port of a flow takes connections; another one does not, although a program listens and the cloud permits."""
    listen(house, 443, 8001, 8002)
    assert house.connects(443)
    assert not house.connects(8001)


def test_only_declared_traffic_leaves(house: House) -> None:
    """The other host takes this traffic, and this one lets none of it out: its own rule alone stands in the way."""
    assert not house.connects(8002)
    house.on_host("web-1", "nft insert rule inet tenure output tcp dport 8002 accept")
    assert house.connects(8002)


def test_the_next_run_mends_what_somebody_undid_and_what_was_cut_off(house: House) -> None:
    """Files that are right are not enough: what the kernel holds is compared, and a job that died is made up for."""
    house.on_host(SECOND, "nft delete table inet tenure; touch /var/lib/tenure/unfinished/journal")
    mended = house.bootstrap()
    assert mended["web-1"].told["changes"] == ["firewall: put in force again"]
    assert mended[SECOND].told["changes"] == [
        "journal: put in force, which an earlier visit did not come to",
        "firewall: put in force again",
    ]
    assert house.on_host(SECOND, "nft list table inet tenure | grep -c 'policy drop'") == "2"
    assert not house.connects(8002)


def test_rules_that_lock_everybody_out_are_taken_back(house: House) -> None:
    """Flows without SSH: the job cannot keep them, the host takes them back by itself, and can be entered again."""
    spec = a_spec(flows=[FLOWS[3]])
    closed = replace(house, environment=house.environment.model_copy(update={"spec": spec}))
    variables = baseline_variables(closed.environment)["tenure_roles"]
    locked = house.bootstrap(SECOND, tenure_roles=variables, firewall_try_seconds=UNDO_SECONDS)[SECOND]
    assert not locked.succeeded
    until = time.monotonic() + PATIENCE_SECONDS
    while not entered(house) and time.monotonic() < until:
        time.sleep(0.5)
    assert "tcp dport 22" in house.on_host(SECOND, "cat /etc/tenure/firewall.nft")


def entered(house: House) -> bool:
    """Whether the second host can be entered now."""
    try:
        return house.on_host(SECOND, "echo in") == "in"
    except OperationFailedError:
        return False


def test_the_rules_are_there_before_anybody_enters(house: House) -> None:
    """After a restart of the host the kept rules are loaded without a job."""
    booted = house.on_host(SECOND, BOOTED)
    compute: Any = house.tenant.own.compute
    server = house.environment.outputs.hosts[1].server_id
    compute.reboot_server(server, "HARD")
    compute.wait_for_server(compute.get_server(server), wait=PATIENCE_SECONDS, interval=0.3)
    SshAccess(house.home, house.authority, Way(ready_seconds=180)).wait_ready(
        house.environment, house.environment.outputs, Recorder().job(operation="op-baselinewait")
    )
    assert house.on_host(SECOND, BOOTED) != booted
    assert house.on_host(SECOND, "nft list table inet tenure | grep -c 'policy drop'") == "2"
    assert house.bootstrap(SECOND)[SECOND].told["changes"] == []


def survey(house: House) -> Survey:
    """Look over the second host."""
    looked = house.play(Play(playbook="survey", hosts=(SECOND,), seconds=120))[SECOND]
    assert looked.succeeded, looked.error
    return Survey.model_validate(looked.told["survey"])


def test_a_survey_tells_jobs_from_people(house: House) -> None:
    """What a job installed is known by its operation; what a person installed is the unit's affair (Art. 39)."""
    wanted = Play(playbook="install", hosts=(SECOND,), variables={"package": "of-the-job"}, seconds=60)
    assert house.play(wanted, OWN, operation="op-baselineinstall")[SECOND].succeeded
    time.sleep(2)
    command = SshAccess(house.home, house.authority).command(house.environment, SECOND, a_grant(house.environment))
    script = "sudo sh -c \"sed -i 's/of-the-job/of-the-person/' /tmp/probe/DEBIAN/control && "
    script += 'dpkg-deb --build /tmp/probe /tmp/probe.deb && dpkg --install /tmp/probe.deb"'
    subprocess.run((*command, script), check=True, capture_output=True, timeout=60)
    seen = survey(house)
    assert {"of-the-job", "of-the-person"} <= set(seen.packages)
    by_jobs = {each.package: each.operation for each in seen.installed_by_jobs}
    assert by_jobs == {"of-the-job": "op-baselineinstall"}


def test_a_survey_finds_what_nobody_declared(house: House) -> None:
    """A port beyond the flows, a package that a job was not to install, and a program of the deny-list."""
    listen(house, 443, 8001)
    house.on_host(SECOND, "cp /bin/sleep /run/xmrig; systemd-run --quiet --collect --unit=helper /run/xmrig 600")
    role = house.environment.spec.role("web").name
    may = permitted(house.environment.spec, role, RoleCare(), ("xmrig*",))
    found = improper(house.environment.outputs.hosts[1], survey(house), may)
    assert {(each.kind, each.thing) for each in found} == {
        (FindingKind.PORT_UNDECLARED, "tcp/8001"),
        (FindingKind.PACKAGE_NOT_ALLOWED, "of-the-job"),
        (FindingKind.SERVICE_DENIED, "xmrig"),
    }
    assert any("python3 listens" in each.detail for each in found)
