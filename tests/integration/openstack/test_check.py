"""Whether the cloud has what a specification needs: every fault names its field before anything is made."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.adapters.openstack import Cloud, OpenStackInventory
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports import Capacity
from tests.cloud import CloudAccess
from tests.samples import a_spec
from tests.tenants import a_tenant

pytestmark = pytest.mark.cloud


@pytest.fixture
def fitting(cloud: CloudAccess) -> EnvironmentSpec:
    """A specification that the cloud can fulfil."""
    return spec_with(cloud)


def spec_with(cloud: CloudAccess, network: dict[str, Any] | None = None, **changes: object) -> EnvironmentSpec:
    """Give a specification of one host with what the cloud has, but for the changes to its role."""
    subnet = {"cidr": "10.20.0.0/24", "external_network": cloud.external_network}
    return a_spec(unit="room", system="check", roles=[cloud.role() | changes], network=subnet | (network or {}))


def fields(capacity: Capacity) -> dict[str | None, str]:
    """Give the summaries of the faults by field."""
    return {fault.field: fault.summary for fault in capacity.faults}


def test_a_fitting_specification_has_no_faults(inventory: OpenStackInventory, fitting: EnvironmentSpec) -> None:
    """Flavors, image, network, room: all there."""
    assert inventory.check(fitting) == Capacity()


def test_every_fault_is_told_at_once(cloud: CloudAccess, inventory: OpenStackInventory) -> None:
    """Flavor, image and network are wrong: three faults, each with its field and what to use instead."""
    wrong = spec_with(cloud, {"external_network": "moon"}, flavor="m9.none", image="plan-9")
    capacity = inventory.check(wrong)
    assert fields(capacity) == {
        "environment.roles.web.flavor": "the cloud has no flavor m9.none",
        "environment.roles.web.image": "the cloud has no image plan-9",
        "environment.network.external_network": "the cloud has no network moon",
    }
    hints = {fault.field: fault.hint or "" for fault in capacity.faults}
    assert cloud.flavor in hints["environment.roles.web.flavor"]
    assert cloud.external_network in hints["environment.network.external_network"]


def test_a_flavor_below_the_believed_size_is_a_fault(cloud: CloudAccess, inventory: OpenStackInventory) -> None:
    """The blueprint counts on more than the flavor gives: the fault has both figures."""
    (fault,) = inventory.check(spec_with(cloud, size={"vcpus": 1, "ram_mib": 4096})).faults
    assert fault.summary == f"flavor {cloud.flavor} is too small for role web"
    assert "4096 MiB" in fault.detail
    assert "m1.medium" in str(fault.hint)


def test_an_inner_network_is_no_external_one(
    cloud: CloudAccess, inventory: OpenStackInventory, vault: FileVault
) -> None:
    """A network of a tenant does not lead outside."""
    spec = a_spec(unit="room", system="inner")
    with a_tenant(cloud, spec, vault.derive("inner")) as tenant:
        tenant.add_network(cloud.external_network)
        capacity = inventory.check(spec_with(cloud, {"external_network": spec.name}))
    assert fields(capacity) == {"environment.network.external_network": f"network {spec.name} is not external"}


def test_more_than_the_cloud_has_is_a_fault(cloud: CloudAccess, inventory: OpenStackInventory) -> None:
    """Volumes beyond the storage's room are refused before the first one is made."""
    huge = [{"name": f"v{number}", "size_gib": 16384, "mount": f"/v{number}"} for number in range(20)]
    capacity = inventory.check(spec_with(cloud, count=100, volumes=huge))
    assert "the cloud has not enough GiB of volumes" in fields(capacity).values()


def test_use_near_the_capacity_is_warned_of(administrator: Cloud, vault: FileVault, fitting: EnvironmentSpec) -> None:
    """From the share that the rulebook sets, the provider warns (Art. 31); it is no fault."""
    capacity = OpenStackInventory(administrator, vault, warn_share=0.000001).check(fitting)
    assert not capacity.faults
    assert {note.rule for note in capacity.notes} == {"Art. 31"}


def test_hosts_that_cannot_be_kept_apart_are_noted(cloud: CloudAccess, inventory: OpenStackInventory) -> None:
    """More hosts of a role than the cloud has machines: told, since the stack then spreads them softly."""
    capacity = inventory.check(spec_with(cloud, count=50, anti_affinity=True, volumes=[]))
    assert not capacity.faults
    assert [note.field for note in capacity.notes] == ["environment.roles.web.anti_affinity"]


def test_an_existing_project_is_no_fault(
    cloud: CloudAccess, inventory: OpenStackInventory, vault: FileVault, fitting: EnvironmentSpec
) -> None:
    """A resumed provisioning finds its own project."""
    with a_tenant(cloud, fitting, vault.derive("resume")) as tenant:
        assert inventory.project_id(fitting.name) == tenant.project_id
        assert inventory.check(fitting) == Capacity()
