"""Which repository an environment's backups go to, and the account of those that are whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestrator.adapters.restic.keys import SEALED_KEY, sealed_for
from orchestrator.adapters.restic.store import Purpose, Store
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Backup
from orchestrator.ports import BackupKey

SCHEME = "s3:"
DOUBTED = "tenure/doubted/"
ACCOUNT = "tenure/backups/"


@dataclass(frozen=True)
class Repository:
    """One restic repository: a bucket of its own for an environment's life, and a generation in it."""

    bucket: str
    prefix: str

    @property
    def place(self) -> str:
        """What :attr:`orchestrator.domain.records.Backup.place` calls it."""
        return f"{SCHEME}{self.bucket}/{self.prefix}"

    @property
    def snapshots(self) -> str:
        """Where its snapshots are."""
        return f"{self.prefix}/snapshots/"


def repository_of(backup: Backup) -> Repository:
    """Give the repository in which a backup is."""
    bucket, _, prefix = backup.place.removeprefix(SCHEME).partition("/")
    return Repository(bucket, prefix)


def is_stored(backup: Backup) -> bool:
    """Whether it is in an object store at all."""
    return backup.place.startswith(SCHEME)


def bucket_name(environment: str, subject: str, *, final: bool) -> str:
    """Give the bucket of one life of an environment, or that of its last backup, which is the office's."""
    life = hashlib.sha256(subject.encode()).hexdigest()[:8]
    return f"{'escrow' if final else 'tenure'}-{environment}-{life}"


def references(backup: Backup) -> set[str]:
    """Give the snapshots of a backup, data and seals."""
    return {part for item in backup.items for part in item.reference.split("/")}


class Repositories:
    """The repositories of an installation, as the store knows them.

    Args:
        store: Holds them.
        password: Gives the password of a bucket's repositories.
        office: The office's certificate, for which passwords are sealed; None where none is set.
    """

    def __init__(self, store: Store, password: Callable[[str], str], office: Path | None = None) -> None:
        self.store = store
        self.password = password
        self._office = office

    def provide(self, bucket: str) -> Repository:
        """Give the repository for new backups: the newest generation that nobody doubts; makes its bucket."""
        self.store.provide(bucket)
        known = self.store.sizes(bucket, "tenure/")
        if self._office is not None and SEALED_KEY not in known:
            self.store.put(bucket, SEALED_KEY, sealed_for(self._office, self.password(bucket)))
        return Repository(bucket, f"r{1 + sum(key.startswith(DOUBTED) for key in known)}")

    def is_new(self, repository: Repository) -> bool:
        """Whether it has to be made first; OperationFailedError when it has lost what it is opened by."""
        held = self.store.sizes(repository.bucket, f"{repository.prefix}/")
        if f"{repository.prefix}/config" in held:
            return False
        if held:
            raise OperationFailedError(
                f"the repository {repository.place} has lost its configuration",
                detail=f"it holds {len(held)} objects and no config: somebody removed it",
                rule="Art. 30",
                hint="nothing was written; bring the object `config` back from an older version in the store",
            )
        return True

    def doubt(self, repository: Repository) -> None:
        """Let no new backup build on it: it is left as it is, and the next backup begins another generation."""
        self.store.put(repository.bucket, DOUBTED + repository.prefix, b"")

    def secrets(self, repository: Repository, purpose: Purpose, session: str) -> str:
        """Give what restic needs on a host, as one line."""
        given = self.store.credentials(repository.bucket, repository.prefix, purpose, session)
        return json.dumps({"password": self.password(repository.bucket), **given}) + "\n"

    def has(self, repository: Repository, short: str) -> bool:
        """Whether the store has a snapshot."""
        return bool(self.store.sizes(repository.bucket, repository.snapshots + short))

    def whole(self, repository: Repository, short: str) -> str:
        """Give the full name of a snapshot; OperationFailedError when the store does not have it."""
        found = list(self.store.sizes(repository.bucket, repository.snapshots + short))
        if len(found) != 1:
            raise OperationFailedError(
                f"snapshot {short} is not in {repository.place}",
                detail="the host has written it, and the store does not list it",
                rule="Art. 30",
                hint="nothing counts as a backup; `tenure operation retry`",
            )
        return found[0].rpartition("/")[2]

    def account_for(self, backup: Backup) -> None:
        """Note a whole backup in its bucket: what should be there is looked for by every examination."""
        facts = {"place": backup.place, "snapshots": sorted(references(backup))}
        self.store.put(repository_of(backup).bucket, ACCOUNT + backup.id, json.dumps(facts).encode())

    def lost(self, repository: Repository) -> tuple[tuple[str, ...], int]:
        """Give the backups that should be there and lack a snapshot, in sentences, and how many there should be."""
        held = self.store.sizes(repository.bucket)
        noted = {
            key.removeprefix(ACCOUNT): json.loads(self.store.get(repository.bucket, key))
            for key in held
            if key.startswith(ACCOUNT)
        }
        here = {backup: facts["snapshots"] for backup, facts in noted.items() if facts["place"] == repository.place}
        faults = (
            f"backup {backup}: the store has lost snapshot {one[:8]}"
            for backup, snapshots in here.items()
            for one in snapshots
            if repository.snapshots + one not in held
        )
        return tuple(faults), len(here)

    def keys_of(self, bucket: str) -> tuple[BackupKey, ...]:
        """Give what opens the repositories of a bucket; nothing when there are none."""
        held = self.store.sizes(bucket)
        found = sorted(key.partition("/")[0] for key in held if key.endswith("/config"))
        return tuple(
            BackupKey(
                place=Repository(bucket, prefix).place,
                repository=self.store.repository_url(bucket, prefix),
                password=self.password(bucket),
            )
            for prefix in found
        )

    def unlock(self, bucket: str) -> int:
        """Remove the locks of every repository of a bucket; gives how many there were."""
        locks = tuple(key for key in self.store.sizes(bucket) if key.split("/")[1:2] == ["locks"])
        self.store.remove(bucket, locks)
        return len(locks)

    def remove(self, backup: Backup) -> None:
        """Drop a backup's snapshots; the bucket goes with the last backup in it. Harmless when it is gone."""
        repository = repository_of(backup)
        held = self.store.sizes(repository.bucket)
        if not held:
            return
        named = {repository.snapshots + one for one in references(backup)} | {ACCOUNT + backup.id}
        if any(key.startswith(ACCOUNT) and key not in named for key in held):
            self.store.remove(repository.bucket, tuple(sorted(named & held.keys())))
        else:
            self.store.remove_bucket(repository.bucket)
