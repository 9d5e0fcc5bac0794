"""Stopping and starting the servers of a real project."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from orchestrator.adapters.openstack import Cloud, OpenStackPower
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import CancelledError, ConflictError, OperationFailedError
from tests.cloud import CloudAccess
from tests.jobs import Recorder
from tests.samples import a_spec
from tests.tenants import Tenant, a_tenant

pytestmark = pytest.mark.cloud
HOSTS = ("web-1", "web-2")


@pytest.fixture(scope="module")
def tenant(cloud: CloudAccess, vault: FileVault) -> Iterator[Tenant]:
    """A project with two running servers."""
    spec = a_spec(unit="power", system="cut")
    with a_tenant(cloud, spec, vault.derive(f"service-user/{spec.name}")) as made:
        made.add_network(cloud.external_network)
        made.add_hosts(cloud, HOSTS, dict.fromkeys(HOSTS, ""))
        yield made


@pytest.fixture
def power(administrator: Cloud) -> OpenStackPower:
    """The adapter under test."""
    return OpenStackPower(administrator)


def states(tenant: Tenant) -> set[str]:
    """Give the states of the servers as the compute service tells them."""
    return {str(one.status) for one in tenant.admin.compute.servers(all_projects=True, project_id=tenant.project_id)}


def test_servers_are_stopped_and_started(power: OpenStackPower, tenant: Tenant) -> None:
    """Every server is told to begin and to be done; afterwards the cloud says the same."""
    stopping, starting = Recorder(), Recorder()
    power.stop(tenant.spec.name, stopping.job())
    assert states(tenant) == {"SHUTOFF"}
    assert power.states(tenant.spec.name) == {"web-1": "SHUTOFF", "web-2": "SHUTOFF"}
    assert sorted(stopping.told()) == [("web-1", "done"), ("web-1", "started"), ("web-2", "done"), ("web-2", "started")]
    power.start(tenant.spec.name, starting.job())
    assert states(tenant) == {"ACTIVE"}
    assert {event.action for event in starting.events} == {"start"}
    assert all(event.seconds is not None for event in starting.events if event.status == "done")


def test_what_is_so_already_is_left_alone(power: OpenStackPower, tenant: Tenant) -> None:
    """Starting running servers does nothing, so the step may be repeated after a crash."""
    recorder = Recorder()
    power.start(tenant.spec.name, recorder.job())
    assert recorder.told() == []


def test_an_asked_stop_ends_the_work(power: OpenStackPower, tenant: Tenant) -> None:
    """A cancelled operation changes no server."""
    recorder = Recorder()
    recorder.control.asked_to_stop = True
    with pytest.raises(CancelledError):
        power.stop(tenant.spec.name, recorder.job())
    assert states(tenant) == {"ACTIVE"}


def test_nothing_is_changed_past_the_lease(power: OpenStackPower, tenant: Tenant) -> None:
    """A worker whose lease has ended leaves the servers to the next one."""
    recorder = Recorder()
    recorder.control.lease_ends = time.monotonic()
    with pytest.raises(ConflictError):
        power.stop(tenant.spec.name, recorder.job())
    assert states(tenant) == {"ACTIVE"}


def test_patience_has_an_end(administrator: Cloud, tenant: Tenant) -> None:
    """A server that does not stop in time is named with its state; the repeated call waits on."""
    with pytest.raises(OperationFailedError, match="did not stop in 0 seconds"):
        OpenStackPower(administrator, timeout_seconds=0).stop(tenant.spec.name, Recorder().job())
    OpenStackPower(administrator).start(tenant.spec.name, Recorder().job())


def test_no_project_means_nothing_to_do(power: OpenStackPower) -> None:
    """An environment whose project is gone has no servers; that is noted."""
    recorder = Recorder()
    power.stop("no-such-test", recorder.job())
    assert recorder.told() == [("", "note")]
