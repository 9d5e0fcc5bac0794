"""The parts in the cache: put there whole, stamped with what was verified, and trusted by their stamp."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

STAMP = "stamp.json"
DRAFT = ".draft-"
ABANDONED_SECONDS = 24 * 3600


class FileRecord(BaseModel):
    """One file as it was when it was verified; a link's record is that of the file behind it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: PurePosixPath
    sha256: str
    size_bytes: int
    modified_ns: int


class Stamp(BaseModel):
    """What stands in a part's folder about the part.

    Attributes:
        version: The version that the part itself gave when it was run.
        way: How it came here, in words for ``tenure toolchain status``.
        files: Every file that is run.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    way: str
    files: tuple[FileRecord, ...]


@dataclass(frozen=True)
class Store:
    """Folders of parts under one root, one folder per part and key."""

    root: Path

    def folder(self, key: str) -> Path:
        """Where the part with this key is, or would be."""
        return self.root / key

    def stamp(self, key: str) -> Stamp | None:
        """The stamp, when it and every file of it still look the same (size and time); nothing is run or hashed."""
        folder = self.folder(key)
        try:
            stamp = Stamp.model_validate_json((folder / STAMP).read_bytes())
        except (OSError, ValidationError):
            return None
        return stamp if all(_looks_same(folder, record) for record in stamp.files) else None

    def verified(self, key: str) -> Stamp | None:
        """The stamp, when every file of it still has its recorded SHA-256."""
        stamp = self.stamp(key)
        if stamp is None:
            return None
        folder = self.folder(key)
        same = all(sha256_of(folder / record.path) == record.sha256 for record in stamp.files)
        return stamp if same else None

    @contextmanager
    def locked(self, key: str) -> Iterator[None]:
        """Hold the part alone, across processes of this user; the lock ends with its holder."""
        self.root.mkdir(parents=True, exist_ok=True)
        self._remove_abandoned()
        with (self.root / f".{key}.lock").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """A folder beside the parts to fill; it is removed unless :meth:`put` took it."""
        self.root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=DRAFT, dir=self.root))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _remove_abandoned(self) -> None:
        """Drafts of installs that were killed; no install takes a day."""
        for draft in self.root.glob(f"{DRAFT}*"):
            with suppress(FileNotFoundError):
                if time.time() - draft.stat().st_mtime > ABANDONED_SECONDS:
                    shutil.rmtree(draft, ignore_errors=True)

    def put(self, key: str, draft: Path, *, version: str, way: str, files: tuple[PurePosixPath, ...]) -> Stamp:
        """Stamp a filled draft and move it to its place by renaming; what stood there before is removed."""
        records = tuple(_record(draft, path) for path in files)
        stamp = Stamp(version=version, way=way, files=records)
        (draft / STAMP).write_text(stamp.model_dump_json(indent=2) + "\n", encoding="utf-8")
        draft.chmod(0o755)
        with self.draft() as discarded:
            if self.folder(key).exists():
                self.folder(key).rename(discarded / "old")
            draft.rename(self.folder(key))
        return stamp


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _record(folder: Path, path: PurePosixPath) -> FileRecord:
    facts = (folder / path).stat()
    return FileRecord(
        path=path,
        sha256=sha256_of(folder / path),
        size_bytes=facts.st_size,
        modified_ns=facts.st_mtime_ns,
    )


def _looks_same(folder: Path, record: FileRecord) -> bool:
    try:
        facts = (folder / record.path).stat()
    except OSError:
        return False
    return (facts.st_size, facts.st_mtime_ns) == (record.size_bytes, record.modified_ns)
