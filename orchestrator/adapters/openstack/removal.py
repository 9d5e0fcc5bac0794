"""Removing leftovers: things in a project that nobody's state knows, and the order in which they can go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from orchestrator.adapters.openstack.patience import Patience
from orchestrator.domain.errors import OperationFailedError
from orchestrator.ports import FoundResource

WAIT_SECONDS = 120.0
"""How long one thing may take to go."""
INTERFACES = "network:router_interface"
"""Owners of routers' ports begin so."""
FURTHER_INTERFACES = ("network:ha_router_replicated_interface", "network:router_interface_distributed")
FAILED = frozenset({"error_deleting", "delete_failed"})


@dataclass(frozen=True)
class Removing:
    """What a removal works with; connections are untyped here, since the SDK's have another type for each version.

    Attributes:
        admin: The administrator's connection.
        tenant: Gives a connection inside the project, for services that show a project only to itself.
        user_ids: Gives the project's own users.
        id: Id of the thing.
    """

    admin: Any
    tenant: Callable[[], Any]
    user_ids: Callable[[], tuple[str, ...]]
    id: str

    def wait(self, get: Callable[[str], object]) -> None:
        """Wait until the thing is gone."""
        Patience(None, "removing", WAIT_SECONDS).until(lambda: self._gone(get), f"the removal of {self.id}")

    def _gone(self, get: Callable[[str], object]) -> bool | None:
        from openstack.exceptions import NotFoundException  # noqa: PLC0415  loading the SDK takes more than a second

        with suppress(NotFoundException):
            status = str(getattr(get(self.id), "status", "")).lower()
            if status in FAILED or status == "deleted":
                return self._ended(status)
            return None
        return True

    def _ended(self, status: str) -> bool:
        if status in FAILED:
            raise OperationFailedError(f"the cloud could not remove {self.id}", detail=f"it is {status}")
        return True


def _stack(one: Removing) -> None:
    heat = one.tenant().orchestration
    heat.delete_stack(one.id)
    one.wait(heat.get_stack)


def _load_balancer(one: Removing) -> None:
    one.admin.load_balancer.delete_load_balancer(one.id, cascade=True)
    one.wait(one.admin.load_balancer.get_load_balancer)


def _server(one: Removing) -> None:
    one.admin.compute.delete_server(one.id)
    one.wait(one.admin.compute.get_server)


def _keypair(one: Removing) -> None:
    """A keypair's id is its name, which another user's may have, too: only the project's users are asked."""
    for user in one.user_ids():
        one.admin.compute.delete_keypair(one.id, user_id=user)


def _application_credential(one: Removing) -> None:
    for user in one.user_ids():
        one.admin.identity.delete_application_credential(user, one.id)


def _volume(one: Removing) -> None:
    storage = one.admin.block_storage
    storage.delete_volume(one.id)
    one.wait(storage.get_volume)


def _volume_group(one: Removing) -> None:
    storage = one.admin.block_storage
    storage.delete_group(one.id, delete_volumes=True)
    one.wait(storage.get_group)


def _snapshot(one: Removing) -> None:
    storage = one.admin.block_storage
    storage.delete_snapshot(one.id)
    one.wait(storage.get_snapshot)


def _backup(one: Removing) -> None:
    storage = one.admin.block_storage
    storage.delete_backup(one.id)
    one.wait(storage.get_backup)


def _image(one: Removing) -> None:
    """A protected image is no longer protected when its project goes away."""
    from openstack.exceptions import NotFoundException  # noqa: PLC0415  loading the SDK takes more than a second

    with suppress(NotFoundException):
        if one.admin.image.get_image(one.id).is_protected:
            one.admin.image.update_image(one.id, is_protected=False)
        one.admin.image.delete_image(one.id)


def _router(one: Removing) -> None:
    """Routes may use an interface and so hold it: they go first, the interfaces next."""
    from openstack.exceptions import NotFoundException  # noqa: PLC0415  loading the SDK takes more than a second

    network = one.admin.network
    with suppress(NotFoundException):
        network.update_router(one.id, routes=[])
        for port in list(network.ports(device_id=one.id)):
            if str(port.device_owner) in {INTERFACES, *FURTHER_INTERFACES}:
                network.remove_interface_from_router(one.id, port=port.id)
        network.delete_router(one.id)


def _vpn_service(one: Removing) -> None:
    network = one.admin.network
    for connection in list(network.vpn_ipsec_site_connections(vpnservice_id=one.id)):
        network.delete_vpn_ipsec_site_connection(connection.id)
    network.delete_vpn_service(one.id)


def _firewall_group(one: Removing) -> None:
    from openstack.exceptions import NotFoundException  # noqa: PLC0415  loading the SDK takes more than a second

    with suppress(NotFoundException):
        one.admin.network.update_firewall_group(one.id, ports=[])
        one.admin.network.delete_firewall_group(one.id)


def _container(one: Removing) -> None:
    store = one.tenant().object_store
    for item in list(store.objects(one.id)):
        store.delete_object(item.name, container=one.id)
    store.delete_container(one.id)


def _share(one: Removing) -> None:
    shares = one.tenant().shared_file_system
    shares.delete_share(one.id)
    one.wait(shares.get_share)


def _share_snapshot(one: Removing) -> None:
    shares = one.tenant().shared_file_system
    shares.delete_share_snapshot(one.id)
    one.wait(shares.get_share_snapshot)


def _reference(one: Removing) -> str:
    """Give the last part of a reference: the key manager's ids are addresses."""
    return one.id.rstrip("/").rpartition("/")[2]


REMOVALS: dict[tuple[str, str], Callable[[Removing], object]] = {
    ("orchestration", "stack"): _stack,
    ("load-balancer", "load_balancer"): _load_balancer,
    ("dns", "zone"): lambda one: one.tenant().dns.delete_zone(one.id),
    ("compute", "server"): _server,
    ("compute", "server_group"): lambda one: one.admin.compute.delete_server_group(one.id),
    ("compute", "keypair"): _keypair,
    ("volume", "backup"): _backup,
    ("volume", "snapshot"): _snapshot,
    ("volume", "group"): _volume_group,
    ("volume", "volume"): _volume,
    ("image", "image"): _image,
    ("image", "hidden_image"): _image,
    ("share", "share_snapshot"): _share_snapshot,
    ("share", "share"): _share,
    ("share", "share_network"): lambda one: one.tenant().shared_file_system.delete_share_network(one.id),
    ("object-store", "container"): _container,
    ("key-manager", "secret_container"): lambda one: one.tenant().key_manager.delete_container(_reference(one)),
    ("key-manager", "secret"): lambda one: one.tenant().key_manager.delete_secret(_reference(one)),
    ("network", "vpn_service"): _vpn_service,
    ("network", "firewall_group"): _firewall_group,
    ("network", "floating_ip"): lambda one: one.admin.network.delete_ip(one.id),
    ("network", "trunk"): lambda one: one.admin.network.delete_trunk(one.id),
    ("network", "router"): _router,
    ("network", "port"): lambda one: one.admin.network.delete_port(one.id),
    ("network", "rbac_policy"): lambda one: one.admin.network.delete_rbac_policy(one.id),
    ("network", "subnet"): lambda one: one.admin.network.delete_subnet(one.id),
    ("network", "network"): lambda one: one.admin.network.delete_network(one.id),
    ("network", "subnet_pool"): lambda one: one.admin.network.delete_subnet_pool(one.id),
    ("network", "security_group"): lambda one: one.admin.network.delete_security_group(one.id),
    ("network", "address_group"): lambda one: one.admin.network.delete_address_group(one.id),
    ("network", "qos_policy"): lambda one: one.admin.network.delete_qos_policy(one.id),
    ("identity", "application_credential"): _application_credential,
    ("identity", "trust"): lambda one: one.admin.identity.delete_trust(one.id),
    ("identity", "credential"): lambda one: one.admin.identity.delete_credential(one.id),
}
"""How each kind is removed, in the order in which they can go: what holds others comes before them."""

RANKS = {kind: rank for rank, kind in enumerate(REMOVALS)}


def removal_order(found: Iterable[FoundResource]) -> tuple[FoundResource, ...]:
    """Sort what was found so that each thing can go when those before it are gone; what is not removed comes last."""
    return tuple(
        sorted(found, key=lambda one: (RANKS.get((one.service, one.type), len(RANKS)), one.type, one.name, one.id))
    )


def remove(removing: Removing, resource: FoundResource, environment: str) -> None:
    """Remove one leftover and wait until it is gone; harmless when it is gone already."""
    removal = REMOVALS.get((resource.service, resource.type))
    if removal is None or resource.tenancy:
        raise OperationFailedError(
            f"{resource.type} {resource.name or resource.id} of {environment} is not removed by machine",
            detail=f"it is in the service {resource.service}, its id is {resource.id}",
            hint="look at it and remove it by hand",
        )
    removal(removing)
