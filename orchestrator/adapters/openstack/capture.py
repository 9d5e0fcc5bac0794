"""One volume at one instant: a snapshot, and the manifest of the files that it holds."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.adapters.openstack.host_program import HostProgram
from orchestrator.adapters.openstack.originals import Original
from orchestrator.adapters.openstack.volumes import Storage
from orchestrator.domain.errors import NotFoundError, OperationFailedError, RefusedError

SEALED = "tenure-sealed"
"""Key of the metadata that says: this was brought to its end, and what it says of the manifest holds."""
NO_HOSTS = "no-hosts"
METADATA_CHARACTERS = 255


@dataclass(frozen=True)
class Manifest:
    """What the host wrote.

    Attributes:
        files: Number of files.
        digest: SHA-256 of the manifest; empty when there is none.
        reason: Why there is none.
        no_hosts: There is none since servers of this cloud cannot be entered at all.
    """

    files: int = 0
    digest: str = ""
    reason: str = ""
    no_hosts: bool = False

    @property
    def settled(self) -> bool:
        """Whether another attempt could not do better."""
        return bool(self.digest) or self.no_hosts

    def metadata(self) -> dict[str, str]:
        """Give what is kept of it beside the copy."""
        facts = {SEALED: "yes", "files": str(self.files), "manifest": self.digest, "reason": self.reason}
        facts |= {NO_HOSTS: "yes"} if self.no_hosts else {}
        return {key: value[:METADATA_CHARACTERS] for key, value in facts.items()}


def manifest_in(metadata: dict[str, str]) -> Manifest:
    """Read a manifest's facts from the metadata of a snapshot or volume."""
    return Manifest(
        int(metadata.get("files", 0)), metadata.get("manifest", ""), metadata.get("reason", ""), NO_HOSTS in metadata
    )


@dataclass(frozen=True)
class Captured:
    """A snapshot, by its id, with its manifest."""

    snapshot: str
    manifest: Manifest


@dataclass(frozen=True)
class Capture:
    """Takes one volume.

    Attributes:
        storage: Makes the snapshot in the project where it should be.
        program: The program on the volume's host.
        marks: Metadata of the snapshot.
    """

    storage: Storage
    program: HostProgram
    marks: dict[str, str]

    def take(self, original: Original, name: str, manifest_name: str) -> Captured:
        """Give the sealed snapshot of that name, or make it.

        While it is made the file system is frozen, so that snapshot and manifest show the same instant: writers wait
        for it. Where a host cannot be entered there is a snapshot without a manifest, which says why.
        """
        kept = self._kept(original, name)
        if kept is not None:
            return kept
        manifest = self._freeze(original, manifest_name)
        still = True
        try:
            snapshot = str(self.storage.add_snapshot(original.id, name, self.marks).id)
        finally:
            if manifest.digest:
                still = self.program.thaw(original.mount)
        if not still:
            manifest = Manifest(reason="the snapshot took longer than the host's file system stood still")
        self.storage.mark_snapshot(snapshot, manifest.metadata())
        return Captured(snapshot, manifest)

    def _kept(self, original: Original, name: str) -> Captured | None:
        """Find what an earlier attempt made; what it did not bring to its end is removed."""
        for one in self.storage.snapshots_named(name):
            metadata = dict(one.metadata or {})
            manifest = manifest_in(metadata)
            if one.volume_id == original.id and SEALED in metadata and manifest.settled and one.status == "available":
                return Captured(str(one.id), manifest)
            self.storage.remove_snapshot(str(one.id))
        return None

    def _freeze(self, original: Original, manifest_name: str) -> Manifest:
        if not original.runs:
            return Manifest(reason=f"host {original.host} does not run, or does not have the volume")
        try:
            result = self.program.record(original.mount, manifest_name)
        except RefusedError as refusal:
            return Manifest(reason=refusal.diagnostic.detail, no_hosts=True)
        except (OperationFailedError, NotFoundError) as failure:
            return Manifest(reason=f"{failure.diagnostic.summary}: {failure.diagnostic.detail}")
        if "reason" in result:
            return Manifest(reason=str(result["reason"]))
        return Manifest(int(result["files"]), str(result["manifest"]))
