"""Making the copies of one backup, volume by volume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.adapters.openstack.capture import SEALED, Capture, Captured, Manifest, manifest_in
from orchestrator.adapters.openstack.cloud import at_once
from orchestrator.adapters.openstack.host_program import HostProgram
from orchestrator.adapters.openstack.originals import Original
from orchestrator.adapters.openstack.telling import Telling
from orchestrator.adapters.openstack.volumes import Storage
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import BackupItem, Environment
from orchestrator.ports import HostAccess, Job

WHOLE = "tenure-whole"
"""Key of the metadata that says: every volume of this backup was copied."""


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

    def snapshots(self, originals: tuple[Original, ...]) -> tuple[BackupItem, ...]:
        """Make a snapshot of every volume; one without a manifest is told as such."""
        return self._all(originals, self._snapshot, self.storage.mark_snapshot)

    def into_escrow(self, originals: tuple[Original, ...]) -> tuple[BackupItem, ...]:
        """Make a volume of its own of every volume, from a helper snapshot, which is removed then."""
        return self._all(originals, self._into_escrow, self.storage.mark_volume)

    def _all(
        self,
        originals: tuple[Original, ...],
        make: Callable[[Original], BackupItem],
        mark: Callable[[str, dict[str, str]], None],
    ) -> tuple[BackupItem, ...]:
        """Make every copy at once, and mark them as one whole backup; what broken attempts left is removed first."""
        self._tidy()
        items = at_once(lambda one: self.telling.timed(one.name, lambda: make(one)), originals)
        for item in items:
            mark(item.reference, {WHOLE: "yes"})
        return tuple(items)

    def _tidy(self) -> None:
        """Remove what attempts under another id left of this environment: a snapshot would hold its volume for ever."""
        for volume in self.storage.own_volumes():
            if self._is_left(dict(volume.metadata or {})):
                self.storage.remove_volume(str(volume.id))
        for snapshot in self.storage.own_snapshots():
            if self._is_left(dict(snapshot.metadata or {})):
                self.storage.remove_snapshot(str(snapshot.id))

    def _is_left(self, metadata: dict[str, str]) -> bool:
        of_others = metadata.get("backup", self.backup_id) != self.backup_id
        return of_others and metadata.get("environment") == self.environment.name and WHOLE not in metadata

    def _snapshot(self, original: Original) -> BackupItem:
        captured = self._captured(original, self.name(original))
        if captured.manifest.reason:
            self.telling.note(original.name, f"without a manifest: {captured.manifest.reason}")
        return self._item(original, captured.snapshot, captured.manifest)

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
