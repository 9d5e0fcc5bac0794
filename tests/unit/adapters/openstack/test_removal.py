"""What of a project can be removed by machine: everything that a listing can find, in an order that works."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openstack.exceptions import NotFoundException

from orchestrator.adapters.openstack.looks import LOOKS
from orchestrator.adapters.openstack.removal import RANKS, REMOVALS, Removing, removal_order, remove
from orchestrator.domain.errors import OperationFailedError
from orchestrator.ports import FoundResource

KINDS = sorted(REMOVALS)


@dataclass
class RecordingCloud:
    """Takes any call of the SDK and keeps it; what was deleted is not found any more, and lists hold one thing."""

    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)

    def __getattr__(self, service: str) -> RecordingService:
        """Give a service of the connection."""
        return RecordingService(self, service)

    def named(self) -> list[str]:
        """Give the names of the calls that were made."""
        return [name for name, _, _ in self.calls]


@dataclass
class Item:
    """What a list or a look at one thing gives."""

    id: str = "inner"
    name: str = "inner"
    status: str = "deleting"
    is_protected: bool = True
    device_owner: str = "network:router_interface"


@dataclass
class RecordingService:
    """One service of the recording cloud."""

    cloud: RecordingCloud
    name: str

    def __getattr__(self, call: str) -> Any:  # noqa: ANN401  as the SDK's methods
        """Give a call of the service."""

        def made(*given: Any, **named: Any) -> Any:  # noqa: ANN401  as the SDK's methods
            self.cloud.calls.append((call, given, named))
            if call == "get_image":
                return Item()
            if call.startswith("get_"):
                if not self.cloud.statuses:
                    raise NotFoundException("gone")
                return Item(status=self.cloud.statuses.pop(0))
            return [Item()]

        return made


def removing(cloud: RecordingCloud, thing: str = "http://keys/v1/secrets/left") -> Removing:
    """Give what a removal works with."""
    return Removing(cloud, lambda: cloud, lambda: ("u-1",), thing)


def a_resource(kind: tuple[str, str], name: str = "left") -> FoundResource:
    """Give a leftover of a kind."""
    return FoundResource(service=kind[0], type=kind[1], id=name, name=name)


def test_every_kind_that_a_listing_finds_can_be_removed() -> None:
    """The two tables have the same kinds: nothing is found that stays, nothing is removed that nobody looks for."""
    assert {(look.service, look.type) for look in LOOKS} == set(REMOVALS)


@pytest.mark.parametrize("kind", KINDS, ids="/".join)
def test_a_removal_ends_with_the_thing_itself(kind: tuple[str, str]) -> None:
    """Whatever hangs on it goes first; then the thing is deleted by its id, or by the last part of its reference."""
    cloud = RecordingCloud()
    remove(removing(cloud), a_resource(kind), "water-gauge-test")
    deleted = [(name, given) for name, given, _ in cloud.calls if name.startswith("delete_")]
    assert any("left" in str(one) for one in deleted[-1][1])


@pytest.mark.parametrize(
    ("kind", "before"),
    [
        (("network", "router"), ["update_router", "ports", "remove_interface_from_router"]),
        (("object-store", "container"), ["objects", "delete_object"]),
        (("image", "image"), ["get_image", "update_image"]),
        (("network", "vpn_service"), ["vpn_ipsec_site_connections", "delete_vpn_ipsec_site_connection"]),
        (("network", "firewall_group"), ["update_firewall_group"]),
    ],
)
def test_what_hangs_on_a_thing_goes_first(kind: tuple[str, str], before: list[str]) -> None:
    """A router has interfaces, a container objects, an image a protection."""
    cloud = RecordingCloud()
    remove(removing(cloud), a_resource(kind), "water-gauge-test")
    assert cloud.named()[: len(before)] == before


def test_a_keypair_is_removed_as_the_projects_users() -> None:
    """Keypairs are known by user and name."""
    cloud = RecordingCloud()
    remove(removing(cloud, "left"), a_resource(("compute", "keypair")), "water-gauge-test")
    assert cloud.calls == [("delete_keypair", ("left",), {"user_id": "u-1"})]


def test_a_removal_waits_until_the_thing_is_gone() -> None:
    """A volume that is still being deleted would hold its network's address or its group."""
    cloud = RecordingCloud(statuses=["deleting", "deleting"])
    remove(removing(cloud), a_resource(("volume", "volume")), "water-gauge-test")
    assert cloud.named() == ["delete_volume", "get_volume", "get_volume", "get_volume"]


def test_a_failed_removal_is_told() -> None:
    """The cloud gave up: the error says in which state the thing is."""
    cloud = RecordingCloud(statuses=["deleting", "error_deleting"])
    with pytest.raises(OperationFailedError, match="could not remove") as caught:
        remove(removing(cloud), a_resource(("volume", "volume")), "water-gauge-test")
    assert "error_deleting" in caught.value.diagnostic.detail


@pytest.mark.parametrize("kind", [("identity", "user"), ("identity", "project"), ("workflow", "execution")])
def test_other_kinds_are_left_to_people(kind: tuple[str, str]) -> None:
    """What no entry of the table names is not touched."""
    cloud = RecordingCloud()
    with pytest.raises(OperationFailedError, match="not removed by machine"):
        remove(removing(cloud), a_resource(kind), "water-gauge-test")
    assert cloud.calls == []


def test_the_tenancy_is_no_leftover() -> None:
    """The default group goes with its project, never by itself."""
    cloud = RecordingCloud()
    default = a_resource(("network", "security_group")).model_copy(update={"tenancy": True})
    with pytest.raises(OperationFailedError, match="not removed by machine"):
        remove(removing(cloud), default, "water-gauge-test")
    assert cloud.calls == []


@given(st.permutations([*KINDS, ("identity", "user")]))
def test_leftovers_go_in_an_order_that_works(kinds: list[tuple[str, str]]) -> None:
    """However they were found: servers before ports, routers before subnets, snapshots before volumes, users last."""
    order = [(one.service, one.type) for one in removal_order(a_resource(kind) for kind in kinds)]
    assert order == [*REMOVALS, ("identity", "user")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("server", "port"),
        ("server", "volume"),
        ("server", "server_group"),
        ("snapshot", "volume"),
        ("floating_ip", "router"),
        ("router", "port"),
        ("trunk", "port"),
        ("port", "subnet"),
        ("subnet", "network"),
        ("port", "security_group"),
        ("security_group", "address_group"),
        ("network", "qos_policy"),
        ("subnet", "subnet_pool"),
        ("share_snapshot", "share"),
        ("share", "share_network"),
        ("secret_container", "secret"),
        ("load_balancer", "floating_ip"),
        ("stack", "server"),
    ],
)
def test_what_holds_others_goes_before_them(first: str, second: str) -> None:
    """The pairs that a cloud refuses in the other order."""
    ranks = {kind: rank for (_, kind), rank in RANKS.items()}
    assert ranks[first] < ranks[second]
