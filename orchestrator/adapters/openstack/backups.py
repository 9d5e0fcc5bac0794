"""Backups by the cloud's volume snapshots, with manifests made on the hosts (Art. 16, 22, 30)."""

from __future__ import annotations

from datetime import UTC, datetime

from orchestrator.adapters.openstack.cloud import Cloud, at_once
from orchestrator.adapters.openstack.comparing import PROJECT, Comparing, copy_name
from orchestrator.adapters.openstack.making import Making
from orchestrator.adapters.openstack.originals import originals_of, project_of, refuse_containers
from orchestrator.adapters.openstack.patience import Patience
from orchestrator.adapters.openstack.telling import Telling
from orchestrator.adapters.openstack.tenancies import escrow, inside
from orchestrator.adapters.openstack.volumes import Storage
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import OperationFailedError, RefusedError
from orchestrator.domain.records import Backup, BackupItem, Comparison, Environment
from orchestrator.ports import BackupKey, Examination, HostAccess, Job, RestoreOrder

TIMEOUT_SECONDS = 1800.0
"""How long the cloud may take for one snapshot, volume or attachment."""
ESCROW_PROJECT = "tenure-escrow"
PHASE = "backup"
VOLUME_TYPE = "openstack:blockstorage/volume:Volume"


class OpenStackBackups:
    """Implements :class:`orchestrator.ports.Backups`; docs/adr/0009 has the reasons and the figures.

    Args:
        cloud: The cloud, as its administrator.
        access: Enters the hosts for the manifests.
        escrow_project: The office's project for last backups; made when it is missing.
    """

    def __init__(self, cloud: Cloud, access: HostAccess, escrow_project: str = ESCROW_PROJECT) -> None:
        self._cloud = cloud
        self._access = access
        self._escrow_project = escrow_project

    def take(self, environment: Environment, backup_id: str, job: Job) -> Backup:
        """Make a snapshot of every data volume inside the project.

        A volume without a manifest, and one that no specification declares, is told as a note.
        """
        telling = Telling(job, PHASE, "snapshot", VOLUME_TYPE)
        project = project_of(self._cloud, environment.name)
        refuse_containers(self._cloud, project)
        with inside(self._cloud, project) as connection:
            storage = Storage(self._cloud, connection, _patience(job, environment))
            found = originals_of(self._cloud, storage, project)
            for stray in found.strays:
                telling.note(stray, "not in the backup: no specification declares this volume")
            making = Making(storage, self._access, environment, backup_id, job, telling)
            items = making.snapshots(found.originals)
        return _backup(environment, backup_id, PROJECT, items)

    def escrow(self, environment: Environment, backup_id: str, job: Job) -> Backup:
        """Copy every data volume into the office's escrow project.

        OperationFailedError when a volume is there that no specification declares, or one whose files could not be
        read while they stood still: nothing is lost silently.
        """
        project = project_of(self._cloud, environment.name)
        refuse_containers(self._cloud, project)
        storage = self._in_escrow(environment, job)
        found = originals_of(self._cloud, storage, project)
        if found.strays:
            raise OperationFailedError(
                f"volume {found.strays[0]} of {environment.name} is declared nowhere",
                detail=f"it would be lost, since nobody knows its host and mount point: {', '.join(found.strays)}",
                hint="let the unit look at it and remove it, then `tenure operation retry`",
            )
        telling = Telling(job, PHASE, "escrow", VOLUME_TYPE)
        making = Making(storage, self._access, environment, backup_id, job, telling)
        items = making.into_escrow(found.originals)
        return _backup(environment, backup_id, self._escrow_project, items)

    def strays(self, environment: Environment) -> tuple[str, ...]:
        """Give the names of volumes that no specification declares; OperationFailedError when containers hold data."""
        project = project_of(self._cloud, environment.name)
        refuse_containers(self._cloud, project)
        with inside(self._cloud, project) as connection:
            storage = Storage(
                self._cloud, connection, Patience(None, f"the backup of {environment.name}", TIMEOUT_SECONDS)
            )
            return originals_of(self._cloud, storage, project).strays

    def compare(self, environment: Environment, backup: Backup, job: Job) -> Comparison:
        """Restore every volume beside the original, read it whole on a host, and remove it again."""
        _refuse_unread(environment, backup)
        if not backup.items:
            return Comparison(backup=backup.id, files=0)
        project = project_of(self._cloud, environment.name)
        comparing = Comparing(self._in_escrow(environment, job), self._access, environment, job)
        servers = comparing.running_servers(str(project.id))
        telling = Telling(job, PHASE, "compare", VOLUME_TYPE)
        results = at_once(
            lambda item: telling.timed(item.volume, lambda: comparing.compare(backup, item, servers)), backup.items
        )
        return Comparison(
            backup=backup.id,
            files=sum(result.files for result in results),
            differences=tuple(difference for result in results for difference in result.differences),
        )

    def restore(self, backup: Backup, into: Environment, order: RestoreOrder, job: Job) -> Comparison:
        """Refuse: a snapshot can only become another volume; files come back from an object store's backups."""
        del order, job
        raise RefusedError(
            f"backup {backup.id} is a set of snapshots and is not restored onto the hosts of {into.name}",
            detail="this installation has no object store for backups",
            hint="set TENURE_BACKUP_STORE; the backups that are taken from then on can be restored",
        )

    def examine(self, environment: Environment, job: Job) -> Examination:
        """Look that the cloud still holds every snapshot as usable; only a restore reads their bytes."""
        project = project_of(self._cloud, environment.name)
        with inside(self._cloud, project) as connection:
            storage = Storage(self._cloud, connection, _patience(job, environment))
            found = tuple(storage.own_snapshots())
        faults = tuple(f"snapshot {one.name} is {one.status}" for one in found if one.status != "available")
        return Examination(snapshots=len(found), place=PROJECT, faults=faults)

    def keys(self, environment: Environment) -> tuple[BackupKey, ...]:
        """Give none: who may read the project's volumes may read its snapshots."""
        del environment
        return ()

    def unlock(self, environment: Environment) -> int:
        """Find none: snapshots have no locks."""
        del environment
        return 0

    def remove(self, backup: Backup, job: Job | None = None) -> None:
        """Remove a backup and what an interrupted comparison of it left; harmless when it is gone."""
        patience = Patience(job, f"the removal of backup {backup.id}", TIMEOUT_SECONDS)
        storage = Storage(self._cloud, self._cloud.admin(), patience)
        remove = storage.remove_snapshot if backup.place == PROJECT else storage.remove_volume
        for item in backup.items:
            for copy in storage.volumes_named(copy_name(backup, item)):
                storage.remove_volume(str(copy.id))
            remove(item.reference)

    def _in_escrow(self, environment: Environment, job: Job) -> Storage:
        return Storage(self._cloud, escrow(self._cloud, self._escrow_project), _patience(job, environment))


def _patience(job: Job, environment: Environment) -> Patience:
    return Patience(job, f"the backup of {environment.name}", TIMEOUT_SECONDS)


def _backup(environment: Environment, backup_id: str, place: str, items: tuple[BackupItem, ...]) -> Backup:
    return Backup(
        id=backup_id,
        subject=subject_of(environment),
        environment=environment.name,
        final=place != PROJECT,
        taken_at=datetime.now(UTC),
        place=place,
        items=items,
    )


def _refuse_unread(environment: Environment, backup: Backup) -> None:
    lacking = [item.volume for item in backup.items if not item.manifest]
    if lacking:
        raise OperationFailedError(
            f"backup {backup.id} of {environment.name} cannot be compared",
            detail=f"it was made without a manifest of {', '.join(lacking)}, since the host could not be entered",
            hint="on real hosts: start them and make another backup",
        )
