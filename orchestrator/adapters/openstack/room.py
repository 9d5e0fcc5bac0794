"""How much room the cloud has, as placement and block storage tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.adapters.openstack.cloud import at_once
from orchestrator.domain.spec import FlavorSize

if TYPE_CHECKING:
    from openstack.connection import Connection

UNITS = {"VCPU": "vCPU", "MEMORY_MB": "MiB of memory", "volumes": "GiB of volumes", "addresses": "external addresses"}
CANDIDATES_TOLD = 1000


@dataclass(frozen=True)
class Room:
    """What there is of one resource, over-commitment included, and what of it is in use.

    Attributes:
        resource: Placement's resource class, ``volumes`` or ``addresses``.
        total: What may be given out, in :attr:`unit`.
        used: What is given out.
        where: Whose room it is, for people.
    """

    resource: str
    total: float
    used: float
    where: str

    @property
    def free(self) -> float:
        """What is left, never below zero."""
        return max(0.0, self.total - self.used)

    @property
    def unit(self) -> str:
        """The unit in which people count the resource."""
        return UNITS[self.resource]


def compute_room(admin: Connection) -> tuple[Room, ...]:
    """Sum vCPUs and memory over all providers of placement: (total − reserved) × allocation ratio."""
    totals, used = dict.fromkeys(("VCPU", "MEMORY_MB"), 0.0), dict.fromkeys(("VCPU", "MEMORY_MB"), 0.0)
    providers = list(admin.placement.resource_providers())
    for inventory, usages in at_once(lambda one: _provider(admin, one.id), providers):
        for resource in totals:
            totals[resource] += inventory.get(resource, 0.0)
            used[resource] += usages.get(resource, 0) if resource in inventory else 0
    return tuple(Room(resource, totals[resource], used[resource], "the compute hosts") for resource in totals)


def _provider(admin: Connection, provider: str) -> tuple[dict[str, float], dict[str, int]]:
    inventory = {
        str(one.resource_class): (one.total - one.reserved) * one.allocation_ratio
        for one in admin.placement.resource_provider_inventories(provider)
    }
    usages: dict[str, int] = admin.placement.fetch_resource_provider_usages(provider).usages or {}
    return inventory, usages


def hosts_that_fit(admin: Connection, size: FlavorSize) -> int:
    """Count the compute hosts that have room for one server of the size now, up to a thousand."""
    resources = f"VCPU:{size.vcpus},MEMORY_MB:{size.ram_mib}"
    candidates = admin.placement.allocation_candidates(resources=resources, limit=CANDIDATES_TOLD)
    return len({frozenset(one.allocations) for one in candidates})


def volume_pools(admin: Connection) -> list[dict[str, Any]]:
    """Give what every pool of the block storage tells about itself."""
    return [dict(pool.capabilities or {}) for pool in admin.block_storage.backend_pools(detail=True)]


def volume_room(pools: list[dict[str, Any]]) -> Room | None:
    """Sum the pools of the block storage; None when one of them has no bound or does not tell it.

    A pool that provisions thinly may give out its ratio times what it has; what is given out is ``provisioned``.
    """
    total = used = 0.0
    for facts in pools:
        size, free = facts.get("total_capacity_gb"), facts.get("free_capacity_gb")
        if not isinstance(size, int | float) or not isinstance(free, int | float):
            return None
        if facts.get("thin_provisioning_support"):
            total += size * float(facts.get("max_over_subscription_ratio") or 1)
            used += float(facts.get("provisioned_capacity_gb") or facts.get("allocated_capacity_gb") or 0)
        else:
            total, used = total + size, used + size - free
    return Room("volumes", total, used, "the block storage") if total else None
