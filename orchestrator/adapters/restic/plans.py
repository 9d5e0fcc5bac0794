"""What of each host is to be backed up, as its role has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orchestrator.adapters.restic.onhost.databases import DUMPS
from orchestrator.domain.blueprint_care import BlueprintCare, Hooks
from orchestrator.domain.records import BackupItem, Environment
from orchestrator.domain.spec import VolumeSpec

TOOLS_VERSION = "1"
"""Counts changes of the roles ``restic`` and ``dump``: a host with another number is set up again."""
TOOLS = "/var/lib/tenure/backup-tools"


@dataclass(frozen=True)
class HostPlan:
    """One host with something to lose.

    Attributes:
        databases: Kinds of databases that are dumped first.
    """

    host: str
    volumes: tuple[VolumeSpec, ...]
    databases: tuple[str, ...]
    hooks: Hooks

    @property
    def installed(self) -> str:
        """The file on the host that says: restic and the programs for these databases are there."""
        return f"{TOOLS}/{'-'.join((TOOLS_VERSION, *self.databases))}"

    def request(self) -> dict[str, Any]:
        """Give what the host has to know to take a backup."""
        return {
            "host": self.host,
            "trees": [[f"{self.host}-{one.name}", one.mount, True] for one in self.volumes],
            "databases": list(self.databases),
            "before": self.hooks.before,
            "after": self.hooks.after,
        }

    def item(self, tree: dict[str, Any], reference: str) -> BackupItem:
        """Give the record of one tree of a backup; dumps have no volume of their own."""
        sizes = {f"{self.host}-{one.name}": one.size_gib for one in self.volumes}
        return BackupItem(
            volume=tree["name"],
            host=self.host,
            mount=tree["path"],
            size_gib=sizes.get(tree["name"], 0),
            reference=reference,
            files=tree["files"],
            manifest=tree["manifest"],
        )


def is_dump(item: BackupItem) -> bool:
    """Whether an item holds dumps of databases."""
    return item.mount == DUMPS


def host_plans(environment: Environment, care: BlueprintCare) -> tuple[HostPlan, ...]:
    """Give a plan for every host whose role has volumes or databases, in the order of names."""
    plans = []
    for host in sorted(environment.outputs.hosts, key=lambda one: one.name):
        role, known = environment.spec.role(host.role), care.of(host.role)
        if role.volumes or known.databases:
            kinds = tuple(sorted(str(kind) for kind in known.databases))
            plans.append(HostPlan(host.name, role.volumes, kinds, known.hooks))
    return tuple(plans)
