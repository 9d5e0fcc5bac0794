"""Snapshots, volumes and their attachments; every step waits until the cloud has done it, with a bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from orchestrator.adapters.openstack.cloud import Cloud
from orchestrator.adapters.openstack.faults import ask_unless, asking
from orchestrator.adapters.openstack.patience import Patience
from orchestrator.domain.errors import OperationFailedError

if TYPE_CHECKING:
    from openstack.block_storage.v3._proxy import Proxy as BlockStorage
    from openstack.block_storage.v3.snapshot import Snapshot
    from openstack.block_storage.v3.volume import Volume
    from openstack.compute.v2._proxy import Proxy as Compute
    from openstack.connection import Connection

NOT_FOUND = 404
FAILED = frozenset({"error", "error_deleting", "error_extending", "error_managing"})


@dataclass(frozen=True)
class Storage:
    """Block storage as one connection sees it; what it makes belongs to the project of the connection."""

    cloud: Cloud
    connection: Connection
    patience: Patience

    @property
    def _volumes(self) -> BlockStorage:
        return cast("BlockStorage", self.connection.block_storage)

    @property
    def _compute(self) -> Compute:
        return self.connection.compute

    def snapshots_named(self, name: str) -> list[Snapshot]:
        """Give the snapshots of a name, in any project."""
        with asking("volume", self.cloud.name):
            return [one for one in self._volumes.snapshots(all_projects=True, name=name) if one.name == name]

    def volumes_named(self, name: str) -> list[Volume]:
        """Give the volumes of a name, in any project."""
        with asking("volume", self.cloud.name):
            return [one for one in self._volumes.volumes(all_projects=True, name=name) if one.name == name]

    def volumes_of(self, project_id: str) -> list[Volume]:
        """Give the volumes of a project."""
        with asking("volume", self.cloud.name):
            listed = self._volumes.volumes(details=True, all_projects=True, project_id=project_id)
            return [one for one in listed if one.project_id in {None, project_id}]

    def own_volumes(self) -> list[Volume]:
        """Give the volumes of the connection's project."""
        with asking("volume", self.cloud.name):
            return list(self._volumes.volumes())

    def own_snapshots(self) -> list[Snapshot]:
        """Give the snapshots of the connection's project."""
        with asking("volume", self.cloud.name):
            return list(self._volumes.snapshots())

    def add_snapshot(self, volume: str, name: str, metadata: dict[str, str]) -> Snapshot:
        """Make a snapshot of a volume that may be in use."""
        with asking("volume", self.cloud.name):
            made = self._volumes.create_snapshot(volume_id=volume, name=name, is_forced=True, metadata=metadata)
        return self.patience.until(lambda: self._ready(self._snapshot(made.id)), f"snapshot {name}")

    def mark_snapshot(self, snapshot: str, metadata: dict[str, str]) -> None:
        """Add to a snapshot's metadata."""
        with asking("volume", self.cloud.name):
            self._volumes.set_snapshot_metadata(snapshot, **metadata)

    def remove_snapshot(self, snapshot: str) -> None:
        """Remove a snapshot; harmless when it is gone."""
        with asking("volume", self.cloud.name):
            self._volumes.delete_snapshot(snapshot)
        self.patience.until(lambda: self._gone(self._snapshot(snapshot)), f"the removal of snapshot {snapshot}")

    def add_volume(self, name: str, metadata: dict[str, str], source: dict[str, str], size_gib: int) -> Volume:
        """Make a volume from a snapshot (``snapshot_id``) or from another volume (``source_volume_id``)."""
        with asking("volume", self.cloud.name):
            made = self._volumes.create_volume(name=name, size=size_gib, metadata=metadata, **source)
        return self.patience.until(lambda: self._ready(self._volume(made.id)), f"volume {name}")

    def mark_volume(self, volume: str, metadata: dict[str, str]) -> None:
        """Add to a volume's metadata."""
        with asking("volume", self.cloud.name):
            self._volumes.set_volume_metadata(volume, **metadata)

    def make_read_only(self, volume: str) -> None:
        """Let a volume be attached for reading only."""
        with asking("volume", self.cloud.name):
            self._volumes.set_volume_readonly(volume, readonly=True)

    def attach(self, volume: str, server: str) -> str:
        """Attach a volume to a server; give the name of the device as the cloud believes it."""
        with asking("compute", self.cloud.name):
            self._compute.create_volume_attachment(server, volume)
        found = self.patience.until(lambda: self._status(volume, "in-use"), f"the attachment of volume {volume}")
        return next((str(one.get("device") or "") for one in found.attachments or []), "")

    def detach(self, volume: str, server: str) -> None:
        """Take a volume off a server; harmless when nothing has it."""
        found = self._volume(volume)
        if found is not None and found.attachments:
            with asking("compute", self.cloud.name):
                self._compute.delete_volume_attachment(server, volume)
            self.patience.until(lambda: self._detached(volume), f"the detachment of volume {volume}")

    def revert(self, volume: str, snapshot: str) -> None:
        """Lead a volume that nothing has back to its newest snapshot."""
        with asking("volume", self.cloud.name):
            self._volumes.revert_volume_to_snapshot(volume, snapshot)
        self.patience.until(lambda: self._ready(self._volume(volume)), f"volume {volume} led back")

    def remove_volume(self, volume: str) -> None:
        """Detach a volume from whatever has it, and remove it; harmless when it is gone."""
        found = self._volume(volume)
        if found is None:
            return
        for attachment in found.attachments or []:
            with asking("compute", self.cloud.name):
                self._compute.delete_volume_attachment(attachment["server_id"], volume)
        if found.attachments:
            self.patience.until(lambda: self._detached(volume), f"the detachment of volume {volume}")
        with asking("volume", self.cloud.name):
            self._volumes.delete_volume(volume)
        self.patience.until(lambda: self._gone(self._volume(volume)), f"the removal of volume {volume}")

    def _snapshot(self, snapshot: str) -> Snapshot | None:
        return self._get(lambda: self._volumes.get_snapshot(snapshot))

    def _volume(self, volume: str) -> Volume | None:
        return self._get(lambda: self._volumes.get_volume(volume))

    def _get[Thing](self, ask: Callable[[], Thing]) -> Thing | None:
        return ask_unless({NOT_FOUND}, "volume", self.cloud.name, ask)

    def _status(self, volume: str, status: str) -> Volume | None:
        found = self._ready(self._volume(volume), status)
        return found if found is not None and found.attachments else None

    def _detached(self, volume: str) -> Volume | bool | None:
        found = self._volume(volume)
        return True if found is None else self._ready(found)

    def _ready[Thing: (Snapshot, Volume)](self, found: Thing | None, status: str = "available") -> Thing | None:
        """Give the thing once it has the status; OperationFailedError when it failed or vanished."""
        if found is None:
            raise OperationFailedError("the volume service lost what it was making")
        if found.status in FAILED:
            raise OperationFailedError(
                f"the volume service could not make {found.name}",
                detail=f"{found.id} is {found.status}",
                hint="look into its logs, then `tenure operation retry`",
            )
        return found if found.status == status else None

    def _gone(self, found: Snapshot | Volume | None) -> bool | None:
        if found is not None and found.status in FAILED:
            raise OperationFailedError(
                f"the volume service could not remove {found.name}", detail=f"{found.id} is {found.status}"
            )
        return True if found is None else None
