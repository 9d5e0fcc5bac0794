"""Making the copies of one backup, volume by volume."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.adapters.openstack.capture import SEALED, Capture, Captured, Manifest, manifest_in
from orchestrator.adapters.openstack.host_program import HostProgram
from orchestrator.adapters.openstack.originals import Original
from orchestrator.adapters.openstack.telling import Telling
from orchestrator.adapters.openstack.volumes import Storage
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import BackupItem, Environment
from orchestrator.ports import HostAccess, Job


@dataclass(frozen=True)
class Making:
    """One backup while it is made.

    Attributes:
        storage: Makes things in the project where the backup belongs.
    """

    storage: Storage
    access: HostAccess
    environment: Environment
    backup_id: str
    job: Job
    telling: Telling

    def name(self, original: Original) -> str:
        """Give the name of a volume's copy, and of its manifest on the host."""
        return f"{self.backup_id}-{original.name}"

    def snapshot(self, original: Original) -> BackupItem:
        """Make a snapshot; one without a manifest is told as such."""
        return self.telling.timed(original.name, lambda: self._snapshot(original))

    def _snapshot(self, original: Original) -> BackupItem:
        captured = self._captured(original, self.name(original))
        if captured.manifest.reason:
            self.telling.note(original.name, f"without a manifest: {captured.manifest.reason}")
        return self._item(original, captured.snapshot, captured.manifest)

    def into_escrow(self, original: Original) -> BackupItem:
        """Make a volume of its own from a helper snapshot, which is removed then."""
        return self.telling.timed(original.name, lambda: self._into_escrow(original))

    def _into_escrow(self, original: Original) -> BackupItem:
        name, helper = self.name(original), f"{self.name(original)}-helper"
        item = self._escrowed(original, name)
        if item is None:
            captured = self._captured(original, helper)
            _refuse_unread(original, captured.manifest)
            item = self._copied(original, name, captured)
        for snapshot in self.storage.snapshots_named(helper):
            self.storage.remove_snapshot(str(snapshot.id))
        return item

    def _escrowed(self, original: Original, name: str) -> BackupItem | None:
        """Find the whole copy of an earlier attempt; half a one is removed."""
        for volume in self.storage.volumes_named(name):
            metadata = dict(volume.metadata or {})
            if SEALED in metadata and volume.status == "available":
                return self._item(original, str(volume.id), manifest_in(metadata))
            self.storage.remove_volume(str(volume.id))
        return None

    def _copied(self, original: Original, name: str, captured: Captured) -> BackupItem:
        source = {"snapshot_id": captured.snapshot}
        volume = self.storage.add_volume(name, self._marks(original), source, original.size_gib)
        self.storage.mark_volume(str(volume.id), captured.manifest.metadata())
        return self._item(original, str(volume.id), captured.manifest)

    def _captured(self, original: Original, name: str) -> Captured:
        program = HostProgram(self.access, self.environment, original.host, self.job)
        return Capture(self.storage, program, self._marks(original)).take(original, name, self.name(original))

    def _marks(self, original: Original) -> dict[str, str]:
        return self.environment.spec.marks() | {
            "environment": self.environment.name,
            "request": self.environment.request,
            "backup": self.backup_id,
            "host": original.host,
            "mount": original.mount,
        }

    @staticmethod
    def _item(original: Original, reference: str, manifest: Manifest) -> BackupItem:
        return BackupItem(
            volume=original.name,
            host=original.host,
            mount=original.mount,
            size_gib=original.size_gib,
            reference=reference,
            files=manifest.files,
            manifest=manifest.digest,
        )


def _refuse_unread(original: Original, manifest: Manifest) -> None:
    """Raise when a host that could be entered gave no manifest: a last copy that nobody can compare is none."""
    if manifest.reason and not manifest.no_hosts:
        raise OperationFailedError(
            f"volume {original.name} has no manifest, so its last copy could not be compared",
            detail=manifest.reason,
            hint=f"start host {original.host}, let its services rest, then `tenure operation retry`",
        )
