"""Cutting an environment off and connecting it again, on a real network with a real host (Art. 37)."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.openstack import Cloud, OpenStackPower
from orchestrator.adapters.openstack.isolation import CLOSED
from orchestrator.adapters.ssh import SshAccess, UserAuthority
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import CancelledError, OperationFailedError
from orchestrator.domain.records import Environment
from tests.cloud import CloudAccess
from tests.jobs import Recorder
from tests.samples import a_grant, a_spec, an_environment
from tests.tenants import Tenant, a_tenant

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]

OTHERS = tuple(f"web-{number}" for number in range(2, 6))
"""Further hosts, of which the network service knows the ports only: what isolation works on."""


@dataclass
class House:
    """An environment of five hosts, one of which can be entered."""

    tenant: Tenant
    access: SshAccess
    environment: Environment
    power: OpenStackPower

    def answers(self) -> bool:
        """Whether the bastion lets us in."""
        try:
            self.access.run(self.environment, "web-1", "true", Recorder().job(), seconds=10)
        except OperationFailedError:
            return False
        return True

    def isolate(self) -> Recorder:
        """Cut it off; give what was told."""
        recorder = Recorder()
        self.power.isolate(self.environment.name, recorder.job(self.environment.spec))
        return recorder

    def reconnect(self) -> Recorder:
        """Connect it again; give what was told."""
        recorder = Recorder()
        self.power.reconnect(self.environment.name, recorder.job(self.environment.spec))
        return recorder

    def groups(self) -> dict[str, list[str]]:
        """Give the names of the groups of every port that is a host's."""
        network: Any = self.tenant.admin.network
        names = {one.id: one.name for one in network.security_groups(project_id=self.tenant.project_id)}
        ports = [one for one in network.ports(project_id=self.tenant.project_id) if "compute:" in one.device_owner]
        assert all(one.is_port_security_enabled for one in ports)
        return {one.name: [names[group] for group in one.security_group_ids] for one in ports}


@pytest.fixture(scope="module")
def house(cloud: CloudAccess, administrator: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Boot one host and make the ports of four more."""
    home = tmp_path_factory.mktemp("home")
    authority = UserAuthority(home, FileVault(home), lambda _: None)
    role = a_spec().roles[0].model_copy(update={"count": 5, "volumes": ()}).model_dump()
    spec = a_spec(unit="archive", system="shut", roles=[role], access={"ca_public_key": authority.public_key()})
    with a_tenant(cloud, spec, "of-the-service-user") as tenant:
        tenant.add_network(cloud.external_network)
        tenant.add_hosts(cloud, ("web-1",), tenant.user_data(("web-1",)))
        add_ports(tenant)
        environment = an_environment("archive", "shut", spec=spec, outputs=tenant.outputs)
        access = SshAccess(home, authority, console=tenant.console)
        access.wait_ready(environment, tenant.outputs, Recorder().job(spec))
        yield House(tenant, access, environment, OpenStackPower(administrator))


def add_ports(tenant: Tenant) -> None:
    """Make ports of hosts as the stack does, and leave the quota no room for another group."""
    network: Any = tenant.admin.network
    for name in OTHERS:
        network.create_port(
            name=name,
            network_id=tenant.network_id,
            project_id=tenant.project_id,
            security_group_ids=[tenant.group_id],
            device_owner="compute:nova",
        )
    network.update_quota(tenant.project_id, security_groups=2)


def test_an_environment_is_cut_off_and_connected_again(house: House) -> None:
    """Within a minute nothing comes in or goes out; afterwards all is as it was."""
    begun = time.monotonic()
    recorder = house.isolate()
    assert time.monotonic() - begun < 60
    assert not house.answers()
    assert house.groups() == {name: [CLOSED] for name in ("web-1", *OTHERS)}
    assert sorted(name for name, status in recorder.told() if status == "done") == ["web-1", *OTHERS]
    house.reconnect()
    assert house.answers()
    assert house.groups() == {name: ["role-web"] for name in ("web-1", *OTHERS)}


def test_an_open_connection_ends(house: House, tmp_path: Path) -> None:
    """Whoever is inside when it is cut off hears nothing more."""
    command = house.access.command(house.environment, "web-1", a_grant(house.environment))
    heard = tmp_path / "heard"
    with heard.open("wb") as file:
        session = subprocess.Popen((*command, "while :; do echo on; sleep 0.1; done"), stdout=file)
    until = time.monotonic() + 10
    while not heard.stat().st_size and time.monotonic() < until:
        time.sleep(0.1)
    house.isolate()
    time.sleep(1)
    size = heard.stat().st_size
    time.sleep(2)
    session.kill()
    session.wait()
    assert 0 < heard.stat().st_size == size
    house.reconnect()


def test_both_may_be_repeated(house: House) -> None:
    """What is so already is left alone, and the group that has no rules is there only as long as it is needed."""
    network: Any = house.tenant.admin.network
    house.isolate()
    assert house.isolate().told() == []
    (closed,) = network.security_groups(project_id=house.tenant.project_id, name=CLOSED)
    assert list(network.security_group_rules(security_group_id=closed.id)) == []
    house.reconnect()
    assert house.reconnect().told() == []
    assert list(network.security_groups(project_id=house.tenant.project_id, name=CLOSED)) == []
    assert network.get_quota(house.tenant.project_id).security_groups == 2


def test_a_rule_that_somebody_added_is_removed(house: House) -> None:
    """The closed group is closed, whatever was done to it meanwhile."""
    network: Any = house.tenant.admin.network
    house.isolate()
    (closed,) = network.security_groups(project_id=house.tenant.project_id, name=CLOSED)
    network.create_security_group_rule(
        security_group_id=closed.id, direction="ingress", protocol="tcp", project_id=house.tenant.project_id
    )
    house.isolate()
    assert list(network.security_group_rules(security_group_id=closed.id)) == []
    house.reconnect()


def test_a_port_that_nobody_declared_stays_closed(house: House) -> None:
    """The hosts of the specification are connected, the other one is named."""
    network: Any = house.tenant.admin.network
    port = network.create_port(
        name="gate-1", network_id=house.tenant.network_id, project_id=house.tenant.project_id, device_owner="compute:x"
    )
    house.isolate()
    with pytest.raises(OperationFailedError, match="port gate-1 of archive-shut-test stays closed"):
        house.reconnect()
    assert house.groups() == {name: ["role-web"] for name in ("web-1", *OTHERS)} | {"gate-1": [CLOSED]}
    network.delete_port(port)
    house.reconnect()
    assert house.answers()


def test_an_asked_stop_ends_the_work(house: House) -> None:
    """A cancelled operation changes no port."""
    recorder = Recorder()
    recorder.control.asked_to_stop = True
    with pytest.raises(CancelledError):
        house.power.isolate(house.environment.name, recorder.job())
    assert set(house.groups()["web-1"]) == {"role-web"}


def test_no_project_means_nothing_to_do(house: House) -> None:
    """An environment whose project is gone has no ports; that is noted."""
    recorder = Recorder()
    house.power.isolate("no-such-test", recorder.job())
    assert recorder.told() == [("", "note")]
