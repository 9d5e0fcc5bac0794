"""How room is counted, and what a check says of room that it may not see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.openstack import Cloud, OpenStackInventory
from orchestrator.adapters.openstack.held import NOTHING, held_by
from orchestrator.adapters.openstack.room import Room, volume_room
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import OperationFailedError
from orchestrator.ports import Capacity
from tests.fakes.answering_cloud import BASIC, AnsweringCloud, answering_cloud
from tests.samples import a_spec

THICK = {"total_capacity_gb": 100, "free_capacity_gb": 40}
THIN = THICK | {"thin_provisioning_support": True, "max_over_subscription_ratio": "2.0", "provisioned_capacity_gb": 150}


@pytest.mark.parametrize(
    ("pools", "total", "used"),
    [([THICK], 100, 60), ([THIN], 200, 150), ([THICK, THIN], 300, 210)],
)
def test_pools_are_added_up(pools: list[dict[str, Any]], total: float, used: float) -> None:
    """A pool that provisions thinly has its ratio times its size, and what was promised counts as used."""
    assert volume_room(pools) == Room("volumes", total, used, "the block storage")


@pytest.mark.parametrize("bound", ["infinite", "unknown", None])
def test_a_pool_without_a_bound_sets_none(bound: str | None) -> None:
    """Some drivers do not tell their size: no figure is better than a wrong one."""
    assert volume_room([THICK, {"total_capacity_gb": bound, "free_capacity_gb": bound}]) is None


def test_overcommitted_room_is_not_negative() -> None:
    """More may be in use than there is."""
    assert Room("VCPU", 10, 12, "the compute hosts").free == 0


@pytest.fixture
def cloud() -> Iterator[AnsweringCloud]:
    """A cloud that has what the sample specification names, and hides its capacity."""
    with answering_cloud() as answering:
        answering.answers |= {
            ("compute", "flavors"): [{"id": "f", "name": "small", "vcpus": 1, "ram": 512, "disk": 1}],
            ("image", "images"): [{"id": "i", "name": "debian-12", "status": "active", "visibility": "public"}],
            ("network", "networks"): [{"id": "n", "name": "public", "router:external": True}],
            ("network", "network-ip-availabilities"): 403,
            ("placement", "resource_providers"): 403,
            ("block-storage", "get_pools"): 403,
        }
        yield answering


def checked(cloud: AnsweringCloud, folder: Path) -> Capacity:
    """Check the sample specification."""
    administrator = Cloud("answering", clouds_yaml=cloud.clouds_yaml(folder))
    return OpenStackInventory(administrator, FileVault(folder)).check(a_spec())


def test_hidden_capacity_is_noted(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """An account that may not see the capacity can still provision; the plan says what was not looked at."""
    capacity = checked(cloud, tmp_path)
    assert not capacity.faults
    assert {note.summary for note in capacity.notes} == {
        f"the capacity of {service} is not visible to this account" for service in ("network", "compute", "volume")
    }


def test_a_cloud_without_placement_is_noted(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """Some clouds keep placement out of the catalogue."""
    cloud.services = tuple(service for service in BASIC if service != "placement")
    assert any("compute is not visible" in note.summary for note in checked(cloud, tmp_path).notes)


@pytest.mark.parametrize(
    ("image", "summary"),
    [
        ({"status": "queued", "visibility": "public"}, "image debian-12 is not usable"),
        ({"status": "active", "visibility": "private"}, "image debian-12 is private"),
    ],
)
def test_an_image_that_tenants_cannot_boot_is_a_fault(
    cloud: AnsweringCloud, tmp_path: Path, image: dict[str, str], summary: str
) -> None:
    """There is an image of the name, but a project of a unit could not use it."""
    cloud.answers["image", "images"] = [{"id": "i", "name": "debian-12"} | image]
    assert [fault.summary for fault in checked(cloud, tmp_path).faults] == [summary]


@pytest.mark.parametrize(("service", "path"), [("compute", "flavors"), ("image", "images"), ("network", "networks")])
def test_a_failing_service_fails_the_check(cloud: AnsweringCloud, tmp_path: Path, service: str, path: str) -> None:
    """A plan is never made on what a service did not say."""
    cloud.answers[service, path] = 500
    with pytest.raises(OperationFailedError, match=f"{service} failed with status 500"):
        checked(cloud, tmp_path)


def hold(cloud: AnsweringCloud) -> None:
    """Let the sample's project hold what the sample asks for: one server, one volume, two addresses."""
    mine = {"project_id": "p-1", "tenant_id": "p-1"}
    cloud.holding_a_project().answers |= {
        ("compute", "servers"): [{"id": "s", "name": "web-1", "tenant_id": "p-1", "flavor": {"id": "f"}}],
        ("block-storage", "volumes"): [{"id": "v", "size": 1, "os-vol-tenant-attr:tenant_id": "p-1"}],
        ("network", "floatingips"): [{"id": "i"} | mine, {"id": "j", "project_id": "p-2"}],
        ("network", "routers"): [{"id": "r", "external_gateway_info": {"network_id": "n"}} | mine, {"id": "q"} | mine],
    }


def test_what_an_environment_holds_is_counted(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """Servers by their flavors, volumes, and external addresses; other projects' do not count."""
    hold(cloud)
    administrator = Cloud("answering", clouds_yaml=cloud.clouds_yaml(tmp_path))
    held = held_by(administrator, "p-1")
    assert (held.vcpus, held.ram_mib, held.volume_gib, held.addresses) == (1, 512, 1, 2)
    assert dict(held.flavors) == {"web-1": "small"}
    assert held_by(administrator, None) == NOTHING


def test_a_newer_cloud_tells_flavors_by_name_and_figures(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """From version 2.47 of the compute service a server has its flavor's figures, also when the flavor is gone."""
    hold(cloud)
    gone = {"original_name": "old", "vcpus": 3, "ram": 100, "disk": 1}
    cloud.answers["compute", "servers"] = [{"id": "s", "name": "web-1", "tenant_id": "p-1", "flavor": gone}]
    held = held_by(Cloud("answering", clouds_yaml=cloud.clouds_yaml(tmp_path)), "p-1")
    assert (held.vcpus, held.ram_mib) == (3, 100)
    assert dict(held.flavors) == {"web-1": "old"}


def test_a_change_needs_only_what_comes_on_top(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """In a full cloud a new environment is refused, and one that has what it asks for is not (Art. 15)."""
    full = {"network_id": "n", "network_name": "public", "total_ips": 10, "used_ips": 10}
    cloud.answers["network", "network-ip-availabilities"] = [full]
    (fault,) = checked(cloud, tmp_path).faults
    assert fault.summary == "the cloud has not enough external addresses"
    hold(cloud)
    assert checked(cloud, tmp_path).faults == ()
