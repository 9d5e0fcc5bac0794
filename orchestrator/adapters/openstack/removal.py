"""Removing leftovers: things in a project that nobody's state knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from orchestrator.domain.errors import OperationFailedError
from orchestrator.ports import FoundResource

if TYPE_CHECKING:
    from openstack.connection import Connection

Removal = Callable[[Any, str], object]

REMOVALS: dict[tuple[str, str], Removal] = {
    ("compute", "server"): lambda admin, one: admin.compute.delete_server(one),
    ("compute", "server_group"): lambda admin, one: admin.compute.delete_server_group(one),
    ("volume", "volume"): lambda admin, one: admin.block_storage.delete_volume(one),
    ("volume", "snapshot"): lambda admin, one: admin.block_storage.delete_snapshot(one),
    ("volume", "backup"): lambda admin, one: admin.block_storage.delete_backup(one),
    ("image", "image"): lambda admin, one: admin.image.delete_image(one),
    ("network", "port"): lambda admin, one: admin.network.delete_port(one),
    ("network", "network"): lambda admin, one: admin.network.delete_network(one),
    ("network", "subnet"): lambda admin, one: admin.network.delete_subnet(one),
    ("network", "router"): lambda admin, one: admin.network.delete_router(one),
    ("network", "floating_ip"): lambda admin, one: admin.network.delete_ip(one),
    ("network", "security_group"): lambda admin, one: admin.network.delete_security_group(one),
    ("network", "trunk"): lambda admin, one: admin.network.delete_trunk(one),
    ("load-balancer", "load_balancer"): lambda admin, one: admin.load_balancer.delete_load_balancer(one, cascade=True),
}


def remove(admin: Connection, resource: FoundResource, environment: str) -> None:
    """Remove one leftover; the cloud may still be at it when this returns, so list again."""
    removal = REMOVALS.get((resource.service, resource.type))
    if removal is None:
        raise OperationFailedError(
            f"{resource.type} {resource.name or resource.id} of {environment} is not removed by machine",
            detail=f"it is in the service {resource.service}, its id is {resource.id}",
            hint="look at it and remove it by hand",
        )
    removal(admin, resource.id)
