"""The local cloud as a user meets it: it starts whatever happened before, and its servers are real hosts."""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest
from openstack import exceptions

from orchestrator.domain.errors import ConflictError
from orchestrator.settings import Settings
from tests.tenancy import WAIT_SECONDS, Server, Tenancy, make_key
from tools import localcloud
from tools.localcloud import faults, services
from tools.localcloud.faults import Fault, Moment
from tools.localcloud.settings import Layout, Service

if TYPE_CHECKING:
    from openstack.connection import Connection

    from tests.cloud import CloudAccess

pytestmark = pytest.mark.cloud

AGAIN_SECONDS = 20
COMMAND = (sys.executable, "-W", "ignore", "-m", "orchestrator.cli.main", "cloud")


@pytest.fixture(scope="module")
def root(local_cloud: CloudAccess) -> Path:
    """The running local cloud's root."""
    assert local_cloud.root is not None
    return local_cloud.root


@pytest.fixture(scope="module")
def operator(local_cloud: CloudAccess) -> Iterator[Connection]:
    """The local cloud's administrator."""
    with local_cloud.connection() as connection:
        yield connection


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key pair for logging in."""
    return make_key(tmp_path_factory.mktemp("key"))


@pytest.fixture(scope="module")
def tenant(local_cloud: CloudAccess, operator: Connection, key: Path) -> Iterator[Tenancy]:
    """A tenant with nothing but its network."""
    with Tenancy(operator, local_cloud, key) as made:
        yield made


@pytest.fixture(scope="module")
def server(tenant: Tenancy) -> Server:
    """A running host of the tenant."""
    script = "#cloud-config\nwrite_files:\n- {path: /etc/tenant, content: written by cloud-init}\n"
    return tenant.boot("web", address="10.20.0.10", user_data=_encoded(script))


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _pids(root: Path) -> dict[str, int | None]:
    return {process.name: process.pid for process in localcloud.status(root).processes}


def test_every_service_answers(root: Path) -> None:
    """A cloud that is up answers at every port, and says so."""
    found = localcloud.status(root)

    assert found.ready
    assert {process.name for process in found.processes} >= {"mariadb", *Service}
    assert all(process.memory_mib for process in found.processes)


def test_only_its_owner_reads_the_administrators_password(root: Path) -> None:
    """The client's file and the folder around it are closed to others, and the password is drawn."""
    layout = Layout(root)

    assert stat.S_IMODE(layout.clouds_yaml.stat().st_mode) == 0o600
    assert stat.S_IMODE(layout.root.stat().st_mode) == 0o700
    secret = layout.clouds_yaml.read_text().split("password: ")[1].split()[0]
    assert len(secret) >= 32


def test_no_password_among_process_arguments(root: Path) -> None:
    """Neither the administrator's nor the services' password stands in any command line of this machine."""
    secrets = Layout(root).secrets.read_text().split('"')[3::4]
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(path.read_bytes().decode(errors="replace"))

    assert len(secrets) == 2
    assert not [line for line in lines for secret in secrets if secret in line]


def test_a_second_up_changes_nothing(root: Path) -> None:
    """`up` on a running cloud ends at once and every process stays the same."""
    before, begin = _pids(root), time.monotonic()

    localcloud.up(root, Settings().cache)

    assert _pids(root) == before
    assert time.monotonic() - begin < AGAIN_SECONDS


def test_two_commands_at_once_are_harmless(root: Path) -> None:
    """Two `tenure cloud up` that start together both succeed, also when something has to be started."""
    services.stop(root, Service.PLACEMENT)
    before = _pids(root)
    commands = [
        subprocess.Popen([*COMMAND, "up", "--root", str(root), "--json"], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]

    outputs = [command.communicate(timeout=WAIT_SECONDS)[0] for command in commands]

    assert [command.returncode for command in commands] == [0, 0]
    assert all('"type": "cloud"' in output for output in outputs)
    after = _pids(root)
    assert localcloud.status(root).ready
    assert {name for name in after if after[name] != before[name]} == {Service.PLACEMENT}


def test_a_killed_service_is_started_by_the_next_up(root: Path, operator: Connection) -> None:
    """Kill -9 of a service is seen by `status` and mended by `up`; the others go on untouched."""
    before = _pids(root)
    glance = before[Service.GLANCE]
    assert glance is not None
    os.kill(glance, signal.SIGKILL)
    deadline = time.monotonic() + AGAIN_SECONDS
    while localcloud.status(root).ready and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not localcloud.status(root).ready

    localcloud.up(root, Settings().cache)

    after = _pids(root)
    assert localcloud.status(root).ready
    assert {name for name in after if after[name] != before[name]} == {Service.GLANCE}
    assert next(operator.image.images(name="debian-12"), None) is not None


def test_other_settings_for_a_cloud_that_exists_are_refused(root: Path) -> None:
    """Ports and addresses are chosen once; the error names the way to choose again."""
    with pytest.raises(ConflictError) as refusal:
        localcloud.up(root, Settings().cache, wishes=localcloud.Wishes(port_offset=1))

    assert "--wipe" in str(refusal.value.diagnostic.hint)


@pytest.mark.hosts
def test_a_server_is_a_host_that_cloud_init_prepared(server: Server) -> None:
    """The key logs in through the floating IP, and the host is what cloud-init was told to make of it."""
    assert server.run("hostname") == "web"
    assert server.run("cloud-init status --wait >/dev/null; cat /etc/tenant") == "written by cloud-init"
    assert server.run("sudo systemctl is-system-running || true") in {"running", "degraded"}


@pytest.mark.hosts
def test_a_host_reaches_the_package_sources(server: Server) -> None:
    """Apt works inside, through the router and the package cache on the gateway."""
    assert server.run("sudo apt-get -q update >/dev/null && apt-cache policy hello | grep -c Candidate") == "1"


@pytest.mark.hosts
def test_a_volume_is_a_disk_of_the_host(tenant: Tenancy, server: Server) -> None:
    """A volume appears as /dev/vdb, takes a file system, and is gone after it was detached."""
    volume = tenant.api.block_storage.create_volume(size=1, name="data")
    tenant.api.block_storage.wait_for_status(volume, status="available", interval=0.2, wait=WAIT_SECONDS)
    attachment = tenant.api.compute.create_volume_attachment(server.id, volume_id=volume.id)
    tenant.api.block_storage.wait_for_status(volume, status="in-use", interval=0.2, wait=WAIT_SECONDS)

    assert server.run("sudo mkfs.ext4 -q /dev/vdb && sudo mount /dev/vdb /mnt && df --output=target /dev/vdb | tail -1")

    tenant.api.compute.delete_volume_attachment(server.id, attachment.volume_id)
    tenant.api.block_storage.wait_for_status(volume, status="available", interval=0.2, wait=WAIT_SECONDS)
    assert server.run("ls /dev/vdb 2>/dev/null || echo gone") == "gone"


@pytest.mark.hosts
def test_a_rule_that_is_taken_away_ends_open_connections(tenant: Tenancy, server: Server) -> None:
    """Closing SSH cuts a session that is open, not only new ones; another rule's coming leaves the session alone."""
    with subprocess.Popen(
        server.ssh("while true; do echo alive; sleep 0.1; done"), stdout=subprocess.PIPE, text=True
    ) as session:
        assert session.stdout is not None
        session.stdout.readline()
        os.set_blocking(session.stdout.fileno(), False)
        tenant.allow(protocol="tcp", port_range_min=8080, port_range_max=8080)
        after_another_rule = _lines_of_the_next_second(session.stdout)
        tenant.api.network.delete_security_group_rule(tenant.ssh_rule)
        after_its_own_went = _lines_of_the_next_second(session.stdout)
        session.kill()
    tenant.ssh_rule = tenant.allow(protocol="tcp", port_range_min=22, port_range_max=22)

    assert (after_another_rule > 0, after_its_own_went) == (True, 0)
    assert server.run("hostname") == "web"


def _lines_of_the_next_second(stream: IO[str]) -> int:
    """How much comes, once the data plane has had time to follow."""
    time.sleep(3)
    _count(stream)
    time.sleep(1)
    return _count(stream)


def _count(stream: IO[str]) -> int:
    lines = 0
    while stream.readline():
        lines += 1
    return lines


@pytest.mark.hosts
def test_tenants_with_the_same_addresses_stay_apart(
    local_cloud: CloudAccess, operator: Connection, key: Path, server: Server
) -> None:
    """Two hosts hold the same address in two projects: each floating IP leads to its own, neither sees the other."""
    with Tenancy(operator, local_cloud, key) as other:
        twin = other.boot("twin", address=server.fixed_ip)
        neighbour = other.boot("neighbour", address="10.20.0.20")

        assert (server.run("hostname"), twin.run("hostname")) == ("web", "twin")
        assert twin.run(f"ping -c 1 -W 2 {neighbour.fixed_ip} >/dev/null && echo reached") == "reached"
        assert server.run(f"ping -c 1 -W 2 {neighbour.fixed_ip} >/dev/null || echo apart") == "apart"


def test_a_quota_refuses_what_goes_over_it(operator: Connection, tenant: Tenancy) -> None:
    """Quotas of the ordinary API hold."""
    operator.set_volume_quotas(tenant.project.id, volumes=0)
    try:
        with pytest.raises(exceptions.HttpException, match="quota"):
            tenant.api.block_storage.create_volume(size=1)
    finally:
        operator.delete_volume_quotas(tenant.project.id)


def test_a_chosen_request_fails_on_purpose(root: Path, tenant: Tenancy) -> None:
    """The second creation of a network fails with 500, those around it do not."""
    fault = Fault(service=Service.NEUTRON, method="POST", path="/networks$", skip=1, message="power failure")
    faults.inject(root, [fault])
    try:
        made = [_create_network(tenant.api, f"n{index}") for index in range(3)]
    finally:
        faults.clear(root)

    assert made == [201, 500, 201]
    for network in tenant.api.network.networks(project_id=tenant.project.id):
        if network.name in {"n0", "n1", "n2"}:
            tenant.api.network.delete_network(network)


def test_an_answer_is_lost_after_the_work_was_done(root: Path, tenant: Tenancy) -> None:
    """With moment "after" the client sees a failure, yet the network exists: what a broken connection does."""
    fault = Fault(service=Service.NEUTRON, method="POST", path="/networks$", moment=Moment.AFTER)
    faults.inject(root, [fault])
    try:
        answer = _create_network(tenant.api, "lost")
    finally:
        faults.clear(root)

    found = tenant.api.network.find_network("lost")
    assert answer == 500
    assert found is not None
    tenant.api.network.delete_network(found)


def _create_network(api: Connection, name: str) -> int:
    """The status of the answer; asked once."""
    return api.network.post("/networks", json={"network": {"name": name}}, status_code_retries=0).status_code
