"""Restoring one volume of a backup beside the original, reading it whole, and removing it again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from orchestrator.adapters.openstack.host_program import HostProgram
from orchestrator.adapters.openstack.originals import RUNS, servers_of
from orchestrator.adapters.openstack.volumes import Storage
from orchestrator.domain.errors import OperationFailedError, RefusedError
from orchestrator.domain.records import Backup, BackupItem, Comparison, Environment
from orchestrator.ports import HostAccess, Job

PROJECT = "project"
"""What :attr:`orchestrator.domain.records.Backup.place` calls the environment's own project."""
SERIAL_CHARACTERS = 20
"""What fits of a volume's id into the serial number of a virtual disk."""
LOOK_SECONDS = 30.0


def copy_name(backup: Backup, item: BackupItem) -> str:
    """Give the name of the restored copy of one volume."""
    return f"{backup.id}-{item.volume}-compare"


@dataclass(frozen=True)
class Comparing:
    """One comparison.

    Attributes:
        storage: Makes the copies, in the escrow project: a unit's quota has no room for them.
    """

    storage: Storage
    access: HostAccess
    environment: Environment
    job: Job

    def running_servers(self, project_id: str) -> dict[str, str]:
        """Give the servers that run, ids by names of hosts; OperationFailedError when none can be entered."""
        servers = servers_of(self.storage.cloud, project_id)
        running = {str(one.name): key for key, one in servers.items() if one.status == RUNS}
        known = {host.name for host in self.environment.outputs.hosts}
        found = {name: key for name, key in running.items() if name in known}
        if not found:
            raise OperationFailedError(
                f"no host of {self.environment.name} runs",
                detail="a restored copy is read on a host of its environment",
                hint=f"`tenure env start {self.environment.name}`",
            )
        self._enter(next(iter(found)))
        return found

    def _enter(self, host: str) -> None:
        """Look whether hosts can be entered at all, before anything is restored."""
        try:
            self.access.run(self.environment, host, "true", self.job, seconds=LOOK_SECONDS)
        except RefusedError as refusal:
            raise OperationFailedError(
                f"no backup of {self.environment.name} can be compared: {refusal.diagnostic.summary}",
                detail=refusal.diagnostic.detail,
                hint=refusal.diagnostic.hint,
            ) from refusal

    def compare(self, backup: Backup, item: BackupItem, servers: dict[str, str]) -> Comparison:
        """Compare one volume; on the host that it came from, else on any that runs."""
        name = copy_name(backup, item)
        self.remove_copies(name)
        host = item.host if item.host in servers else min(servers)
        field = "snapshot_id" if backup.place == PROJECT else "source_volume_id"
        marks = {"environment": backup.environment, "backup": backup.id, "purpose": "compare"}
        try:
            copy = str(self.storage.add_volume(name, marks, {field: item.reference}, item.size_gib).id)
            self.storage.make_read_only(copy)
            device = self.storage.attach(copy, servers[host])
            program = HostProgram(self.access, self.environment, host, self.job)
            found = program.compare([copy[:SERIAL_CHARACTERS], device], f"{backup.id}-{item.volume}", item.manifest)
        finally:
            self.remove_copies(name)
        differences = tuple(f"{item.volume}: {difference}" for difference in found["differences"])
        return Comparison(backup=backup.id, files=int(found["files"]), differences=differences)

    def remove_copies(self, name: str) -> None:
        """Remove the copies of a name to the end, also when somebody asked to stop: they hold a unit's data."""
        storage = replace(self.storage, patience=replace(self.storage.patience, job=None))
        for copy in storage.volumes_named(name):
            storage.remove_volume(str(copy.id))
