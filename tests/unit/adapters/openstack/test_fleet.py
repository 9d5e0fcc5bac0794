"""The fleet by lists: what counts as a thing of a project, and what a service's silence means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.openstack import Cloud, OpenStackFleet
from orchestrator.domain.drift import Sight
from orchestrator.domain.records import Thing, ThingKind
from tests.fakes.answering_cloud import AnsweringCloud, answering_cloud

MINE = {"project_id": "p-1", "tenant_id": "p-1"}
RULE: dict[str, Any] = {
    "id": "r-1",
    "direction": "ingress",
    "protocol": "tcp",
    "port_range_min": 22,
    "port_range_max": 23,
    "remote_ip_prefix": "0.0.0.0/0",
}


@pytest.fixture
def cloud() -> Iterator[AnsweringCloud]:
    """A cloud with one empty project."""
    with answering_cloud() as answering:
        yield answering.holding_a_project()


def look(cloud: AnsweringCloud, folder: Path, *projects: str) -> Sight:
    """Look at projects."""
    return OpenStackFleet(Cloud("answering", clouds_yaml=cloud.clouds_yaml(folder))).look(projects)


def of_kind(sight: Sight, kind: ThingKind) -> list[Thing]:
    """Give the things of one kind."""
    return [thing for thing in sight.things if thing.kind is kind]


def test_nothing_is_asked_when_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    """Not even whether the cloud is there."""
    assert OpenStackFleet(Cloud("nowhere", clouds_yaml=tmp_path / "clouds.yaml")).look(()) == Sight(things=())


def test_a_project_is_seen_with_its_user_roles_and_quotas(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """Other projects' things are left out, users belong to none."""
    cloud.answers["network", "networks"] = [{"id": "n-1", "name": "mine", **MINE}, {"id": "n-2", "project_id": "p-2"}]
    sight = look(cloud, tmp_path, "p-1")
    assert sight.silent == {}
    assert [thing.name for thing in of_kind(sight, ThingKind.NETWORK)] == ["mine"]
    (role,) = of_kind(sight, ThingKind.ROLE_ASSIGNMENT)
    assert (role.id, role.name, role.part_of) == ("p-1/u-1/r-1", "member of water-gauge-test-service", "u-1")
    (user,) = of_kind(sight, ThingKind.USER)
    assert (user.id, user.project) == ("u-1", "")
    assert {thing.kind for thing in sight.things if thing.id == "p-1"} == {
        ThingKind.PROJECT,
        ThingKind.COMPUTE_QUOTA,
        ThingKind.VOLUME_QUOTA,
    }


def test_ports_that_the_network_service_makes_are_no_things(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """Gateways and address servers come and go by themselves; what connects a router is a kind of its own."""
    subnet = [{"ip_address": "10.20.0.1", "subnet_id": "s-1"}]
    owners = {"web": "compute:nova", "inside": "network:router_interface", "gate": "network:router_gateway"}
    cloud.answers["network", "ports"] = [
        {"id": f"port-{name}", "name": name, "device_owner": owner, "device_id": "x", "fixed_ips": subnet, **MINE}
        for name, owner in owners.items()
    ]
    sight = look(cloud, tmp_path, "p-1")
    assert [thing.name for thing in of_kind(sight, ThingKind.PORT)] == ["web"]
    (interface,) = of_kind(sight, ThingKind.ROUTER_INTERFACE)
    assert (interface.part_of, interface.properties) == ("x", {"router": "x", "subnet": "s-1"})


def test_rules_come_with_their_groups_and_say_what_they_open(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """The group that every project has is none of ours."""
    cloud.answers["network", "security-groups"] = [
        {"id": "g-1", "name": "role-web", "security_group_rules": [RULE], **MINE},
        {"id": "g-2", "name": "default", "security_group_rules": [RULE | {"id": "r-2"}], **MINE},
    ]
    sight = look(cloud, tmp_path, "p-1")
    (rule,) = of_kind(sight, ThingKind.RULE)
    assert (rule.part_of, rule.name) == ("g-1", "ingress tcp 22-23 from 0.0.0.0/0 in role-web")


def test_attachments_come_with_their_volumes(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """Known by server and volume, as the engine knows them."""
    volume = {"id": "v-1", "name": "data", "size": 7, "attachments": [{"server_id": "s-1"}]}
    cloud.answers["block-storage", "volumes"] = [volume | {"os-vol-tenant-attr:tenant_id": "p-1"}]
    sight = look(cloud, tmp_path, "p-1")
    assert of_kind(sight, ThingKind.VOLUME)[0].properties == {"name": "data", "size": "7"}
    assert [thing.id for thing in of_kind(sight, ThingKind.ATTACHMENT)] == ["s-1/v-1"]


@pytest.mark.parametrize(
    ("service", "path", "status", "kinds"),
    [
        ("network", "ports", 500, {ThingKind.PORT, ThingKind.ROUTER_INTERFACE}),
        ("compute", "servers", 403, {ThingKind.SERVER}),
        ("block-storage", "volumes", 503, {ThingKind.VOLUME, ThingKind.ATTACHMENT}),
        ("identity", "users", 500, {ThingKind.USER}),
    ],
)
def test_a_list_that_fails_makes_its_kinds_silent_and_no_others(
    cloud: AnsweringCloud, tmp_path: Path, service: str, path: str, status: int, kinds: set[ThingKind]
) -> None:
    """With what the service said; everything else is seen."""
    cloud.answers[service, path] = status
    sight = look(cloud, tmp_path, "p-1")
    assert set(sight.silent) == kinds
    assert all("out of order" in said.detail for said in sight.silent.values())
    assert of_kind(sight, ThingKind.PROJECT)
