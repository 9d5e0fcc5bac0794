"""A server and its data volume led back to their copies by a real cloud (Art. 30, 32)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from orchestrator.adapters.openstack import Cloud, OpenStackRewind
from orchestrator.adapters.ssh import SshAccess, UserAuthority
from orchestrator.adapters.ssh.access import Way
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Environment
from tests.cloud import CloudAccess
from tests.integration.openstack.test_backups import add_volumes
from tests.jobs import Recorder
from tests.samples import a_spec, an_environment
from tests.tenants import Tenant, a_tenant

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]

HOST, MARK = "web-1", "op-rewind"
MOUNTED = "for n in $(seq 60); do mountpoint -q /srv && break; sleep 1; done"


@dataclass
class House:
    """An environment of one real host with a data volume."""

    tenant: Tenant
    access: SshAccess
    environment: Environment
    rewind: OpenStackRewind

    def on(self, script: str) -> str:
        """Run something on the host as root."""
        job = Recorder().job(operation=MARK)
        return self.access.run(self.environment, HOST, script, job, seconds=90).strip()

    def back(self) -> None:
        """Wait until the host answers."""
        self.access.wait_ready(self.environment, self.environment.outputs, Recorder().job(operation=MARK))

    def job(self) -> Any:  # noqa: ANN401  a job
        """Give a job."""
        return Recorder().job(operation=MARK)


@pytest.fixture(scope="module")
def house(cloud: CloudAccess, administrator: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Boot the host and wait for its volume."""
    home = tmp_path_factory.mktemp("home")
    authority = UserAuthority(home, FileVault(home), lambda _: None)
    spec = a_spec(unit="patchpart", system="rewind", access={"ca_public_key": authority.public_key()})
    with a_tenant(cloud, spec, "of-the-service-user") as tenant:
        tenant.add_network(cloud.external_network)
        tenant.add_hosts(cloud, (HOST,), tenant.user_data((HOST,)))
        add_volumes(tenant)
        environment = an_environment("patchpart", "rewind", spec=spec, outputs=tenant.outputs)
        access = SshAccess(home, authority, Way(ready_seconds=180), tenant.console)
        house = House(tenant, access, environment, OpenStackRewind(administrator))
        house.back()
        house.on(MOUNTED)
        yield house


def test_a_server_is_made_again_and_its_volumes_follow_only_when_asked(house: House) -> None:
    """The host is the one that it was, by its key too; its data stay until they are led back; no copy is left."""
    name = house.environment.name
    house.on("echo before >/etc/marker; echo before >/srv/marker; sync")
    assert house.rewind.copy(house.environment, (HOST,), MARK, house.job()) == 2
    house.on("echo after >/etc/marker; echo after >/srv/marker; sync")
    assert house.rewind.copy(house.environment, (HOST,), MARK, house.job()) == 2
    house.rewind.rewind_server(house.environment, HOST, MARK, house.job())
    house.back()
    assert house.on(f"{MOUNTED}; cat /etc/marker /srv/marker").split() == ["before", "after"]
    assert house.rewind.rewind_volumes(house.environment, HOST, MARK, house.job()) == 1
    house.back()
    assert house.on(f"{MOUNTED}; cat /etc/marker /srv/marker").split() == ["before", "before"]
    assert house.rewind.forget(name, "op-other", house.job()) == 0
    assert house.rewind.forget(name, "", house.job()) == 2
    assert house.rewind.forget(name, "", house.job()) == 0


def test_without_a_copy_nothing_is_led_back(house: House) -> None:
    """It is told before the server is touched."""
    with pytest.raises(OperationFailedError, match=f"no copy of server {HOST}"):
        house.rewind.rewind_server(house.environment, HOST, "op-never", house.job())
    assert house.rewind.forget("nobody-nothing-test", "", house.job()) == 0
