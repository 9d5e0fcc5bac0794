"""Fakes of what keeps copies: backups and files."""

from __future__ import annotations

import hashlib
import io
from typing import BinaryIO

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import (
    BadInputError,
    NotFoundError,
)
from orchestrator.domain.records import (
    Backup,
    BackupItem,
    Comparison,
    Environment,
)
from orchestrator.ports import (
    BackupKey,
    Blob,
    Clock,
    Examination,
    Job,
    RestoreOrder,
)
from tests.fakes.cloud import FakeCloud


class FakeBackups:
    """Implements :class:`orchestrator.ports.Backups`: a backup is the names of the volumes.

    Attributes:
        differs: Paths that a comparison finds to be different.
        faults: What an examination of the store finds.
        locks: How many locks dead jobs have left.
    """

    def __init__(self, cloud: FakeCloud, clock: Clock) -> None:
        self._cloud = cloud
        self._clock = clock
        self.differs: tuple[str, ...] = ()
        self.faults: tuple[str, ...] = ()
        self.locks = 0

    def take(self, environment: Environment, backup_id: str, job: Job) -> Backup:
        """Copy the names of the volumes."""
        return self._copy(environment, backup_id, job, "project")

    def escrow(self, environment: Environment, backup_id: str, job: Job) -> Backup:
        """Copy them to where they outlive the project."""
        return self._copy(environment, backup_id, job, "escrow")

    def compare(self, environment: Environment, backup: Backup, job: Job) -> Comparison:
        """Find the differences that the test set."""
        del job
        self._cloud.points.reach("compare")
        assert backup.id in self._cloud.of(environment.name).backups
        return Comparison(backup=backup.id, files=3 * len(backup.items), differences=self.differs)

    def restore(self, backup: Backup, into: Environment, order: RestoreOrder, job: Job) -> Comparison:
        """Find the differences that the test set."""
        del into, order, job
        self._cloud.points.reach("restore")
        return Comparison(backup=backup.id, files=3 * len(backup.items), differences=self.differs)

    def examine(self, environment: Environment, job: Job) -> Examination:
        """Find the faults that the test set."""
        del job
        self._cloud.points.reach("examine")
        return Examination(snapshots=len(self._cloud.of(environment.name).backups), place="project", faults=self.faults)

    def keys(self, environment: Environment) -> tuple[BackupKey, ...]:
        """Give a key that opens nothing."""
        return (BackupKey(place="project", repository=f"repository of {environment.name}", password="a password"),)

    def unlock(self, environment: Environment) -> int:
        """Remove the locks that the test set."""
        del environment
        self._cloud.points.reach("unlock")
        found, self.locks = self.locks, 0
        return found

    def remove(self, backup: Backup, job: Job | None = None) -> None:
        """Forget it."""
        del job
        self._cloud.points.reach("backup-removed")
        with self._cloud.change(backup.environment) as project:
            project.backups.pop(backup.id, None)

    def _copy(self, environment: Environment, backup_id: str, job: Job, place: str) -> Backup:
        with self._cloud.working(environment.name, job.operation):
            self._cloud.points.reach("backup")
            with self._cloud.change(environment.name) as project:
                volumes = [thing for thing in project.things if thing.type == "volume"]
                project.backups[backup_id] = [thing.name for thing in volumes]
            self._cloud.points.reach("backed-up")
        return Backup(
            id=backup_id,
            subject=subject_of(environment),
            environment=environment.name,
            final=place == "escrow",
            taken_at=self._clock.now(),
            place=place,
            items=tuple(
                BackupItem(
                    volume=thing.name,
                    host=thing.name.removesuffix("-data"),
                    mount="/srv",
                    size_gib=1,
                    reference=thing.id,
                    files=3,
                    manifest="0" * 64,
                )
                for thing in volumes
            ),
        )


class FakeBlobs:
    """Implements :class:`orchestrator.ports.Blobs` in memory."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def put(self, stream: BinaryIO, limit_bytes: int) -> Blob:
        """Store what the stream gives."""
        content = stream.read()
        if len(content) > limit_bytes:
            raise BadInputError(f"more than {limit_bytes} bytes", field="file")
        digest = hashlib.sha256(content).hexdigest()
        self._files[digest] = content
        return Blob(sha256=digest, size=len(content))

    def has(self, sha256: str) -> bool:
        """Whether it is here."""
        return sha256 in self._files

    def open(self, sha256: str) -> BinaryIO:
        """Open it."""
        if sha256 not in self._files:
            raise NotFoundError(f"no file {sha256}")
        return io.BytesIO(self._files[sha256])
