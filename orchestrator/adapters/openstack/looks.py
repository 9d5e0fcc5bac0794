"""Where to look for what a project holds: one entry per kind of thing and service of the catalogue.

openstacksdk's own ``project_cleanup`` covers seven services and of compute only servers, so this table is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from orchestrator.ports import FoundResource

if TYPE_CHECKING:
    from openstack.block_storage.v3._proxy import Proxy as BlockStorage
    from openstack.connection import Connection


@dataclass(frozen=True)
class Scope:
    """What a look works with.

    Attributes:
        admin: The administrator's connection.
        project_id: Whose things are looked for.
        user_ids: The project's own users: those whose default project it is.
        extensions: Aliases of the network service's extensions.
        tenant: Gives a connection inside the project, for services that show a project only to itself.
    """

    admin: Connection
    project_id: str
    user_ids: tuple[str, ...]
    extensions: frozenset[str]
    tenant: Callable[[], Connection]


@dataclass(frozen=True)
class Look:
    """How to list one kind of thing.

    Attributes:
        catalogue: Official type of the service in the catalogue (service-types authority).
        service: Its name in our vocabulary.
        type: The kind of thing.
        items: Lists them; may list more than the project's, which is sorted out here.
        extension: Extension of the network service without which there is no such thing.
        of_users: Whether such things belong to users, and are there even when the project is gone.
    """

    catalogue: str
    service: str
    type: str
    items: Callable[[Scope], Iterable[Any]]
    extension: str = ""
    of_users: bool = False

    def exists(self, scope: Scope) -> bool:
        """Whether the cloud knows such things at all."""
        return not self.extension or self.extension in scope.extensions

    def found(self, scope: Scope) -> Iterator[FoundResource]:
        """List what belongs to the project."""
        for item in self.items(scope):
            if owner(item) in {None, "", scope.project_id}:
                yield FoundResource(
                    service=self.service,
                    type=self.type,
                    id=str(item.id),
                    name=label(item),
                    tenancy=self.type == "security_group" and item.name == "default",
                )


def owner(item: object) -> str | None:
    """Give the project that a thing belongs to, None when the thing does not say."""
    fields = ("project_id", "owner_id", "owner")
    return next((str(value) for field in fields if (value := getattr(item, field, None))), None)


def label(item: object) -> str:
    """Give what people know a thing by: its name, a floating address, a stack's or secret's reference."""
    fields = ("name", "floating_ip_address", "object_type", "description", "type")
    return next((str(value) for field in fields if (value := getattr(item, field, None))), "")


def _of_users(listing: Callable[[Any, str], Iterable[Any]]) -> Callable[[Scope], Iterable[Any]]:
    """List things that belong to users, for each user of the project."""

    def items(scope: Scope) -> Iterator[Any]:
        for user_id in scope.user_ids:
            yield from listing(scope.admin, user_id)

    return items


def _network(kind: str, plural: str, extension: str = "") -> Look:
    def items(scope: Scope) -> Iterable[Any]:
        listed: Iterable[Any] = getattr(scope.admin.network, plural)(project_id=scope.project_id)
        return listed

    return Look("network", "network", kind, items, extension)


def _everywhere(kind: str, plural: str) -> Look:
    """List a kind of the block storage over all projects, narrowed to one."""

    def items(scope: Scope) -> Iterable[Any]:
        listing = getattr(scope.admin.block_storage, plural)
        listed: Iterable[Any] = listing(details=True, all_projects=True, project_id=scope.project_id)
        return listed

    return Look("block-storage", "volume", kind, items)


LOOKS: tuple[Look, ...] = (
    Look("compute", "compute", "server", lambda s: s.admin.compute.servers(all_projects=True, project_id=s.project_id)),
    Look("compute", "compute", "server_group", lambda s: s.admin.compute.server_groups(all_projects=True)),
    Look(
        "compute",
        "compute",
        "keypair",
        _of_users(lambda admin, user: admin.compute.keypairs(user_id=user)),
        of_users=True,
    ),
    _everywhere("volume", "volumes"),
    _everywhere("snapshot", "snapshots"),
    _everywhere("backup", "backups"),
    Look(
        "block-storage",
        "volume",
        "group",
        lambda s: cast("BlockStorage", s.admin.block_storage).groups(all_projects=True),
    ),
    Look("image", "image", "image", lambda s: s.admin.image.images(owner=s.project_id, visibility="all")),
    Look("image", "image", "hidden_image", lambda s: s.admin.image.images(owner=s.project_id, is_hidden=True)),
    _network("port", "ports"),
    _network("network", "networks"),
    _network("subnet", "subnets"),
    _network("router", "routers", "router"),
    _network("floating_ip", "ips", "router"),
    _network("security_group", "security_groups", "security-group"),
    _network("trunk", "trunks", "trunk"),
    _network("address_group", "address_groups", "address-group"),
    _network("subnet_pool", "subnet_pools", "subnet_allocation"),
    _network("qos_policy", "qos_policies", "qos"),
    _network("rbac_policy", "rbac_policies", "rbac-policies"),
    _network("vpn_service", "vpn_services", "vpnaas"),
    _network("firewall_group", "firewall_groups", "fwaas_v2"),
    Look(
        "identity",
        "identity",
        "application_credential",
        _of_users(lambda admin, user: admin.identity.application_credentials(user)),
        of_users=True,
    ),
    Look(
        "identity",
        "identity",
        "credential",
        _of_users(lambda admin, user: admin.identity.credentials(user_id=user)),
        of_users=True,
    ),
    Look(
        "identity",
        "identity",
        "trust",
        _of_users(lambda admin, user: admin.identity.trusts(trustor_user_id=user)),
        of_users=True,
    ),
    Look(
        "load-balancer",
        "load-balancer",
        "load_balancer",
        lambda s: s.admin.load_balancer.load_balancers(project_id=s.project_id),
    ),
    Look("object-store", "object-store", "container", lambda s: s.tenant().object_store.containers()),
    Look("key-manager", "key-manager", "secret", lambda s: s.tenant().key_manager.secrets()),
    Look("key-manager", "key-manager", "secret_container", lambda s: s.tenant().key_manager.containers()),
    Look("dns", "dns", "zone", lambda s: s.tenant().dns.zones()),
    Look("orchestration", "orchestration", "stack", lambda s: s.tenant().orchestration.stacks()),
    Look("shared-file-system", "share", "share", lambda s: s.tenant().shared_file_system.shares()),
    Look("shared-file-system", "share", "share_snapshot", lambda s: s.tenant().shared_file_system.share_snapshots()),
    Look("shared-file-system", "share", "share_network", lambda s: s.tenant().shared_file_system.share_networks()),
)

HOLD_NOTHING = frozenset(
    {
        "cloudformation",
        "ec2-api",
        "event",
        "gnocchi",
        "meter",
        "metering",
        "metric",
        "monitoring",
        "monitoring-events",
        "monitoring-logging",
        "placement",
        "rating",
        "search",
    }
)
"""Services that keep nothing of a project that could be left behind: they count, or show what others hold."""
