"""Files by the SHA-256 of their content, in a folder: ``aa/bb/<digest>``, each written once and never changed."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import tempfile
import time
from collections.abc import Buffer, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from orchestrator.domain.errors import BadInputError, NotFoundError, OperationFailedError
from orchestrator.ports import Blob

PIECE_BYTES: Final = 1 << 20
UNFINISHED: Final = ".unfinished-"
"""How the name of a file begins that is still being written."""
LONGEST_WRITE_SECONDS: Final = 24 * 60 * 60
"""An unfinished file that is older was left by a writer that died."""
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
BLOBS_RULE: Final = "files by digest"


class FileBlobs:
    """Implements :class:`orchestrator.ports.Blobs` over a folder of its own.

    A file appears under its digest whole and flushed to the disk, or not at all. A writer that dies leaves at most
    an unfinished file, which goes when the folder is opened a day later.

    Args:
        folder: Made with mode 0700 when it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(folder, older_than=time.time() - LONGEST_WRITE_SECONDS)

    def put(self, stream: BinaryIO, limit_bytes: int) -> Blob:
        """Store what a stream gives, piece by piece; the same content again replaces the file by its equal.

        Raises:
            BadInputError: The stream is longer than the limit; nothing is left of it.
            OperationFailedError: The disk is full or fails; nothing is left of it.
        """
        with _unfinished(self._folder) as (file, path):
            blob = _copy(stream, file, limit_bytes)
            with _explained():
                os.fsync(file.fileno())
                self._publish(path, blob.sha256)
        return blob

    def has(self, sha256: str) -> bool:
        """Whether a file is here."""
        return DIGEST.fullmatch(sha256) is not None and self._path(sha256).is_file()

    def open(self, sha256: str) -> BinaryIO:
        """Open a file for reading from its begin to its end; the caller closes it.

        The digest is computed while it is read: of a file whose content was changed on disk the last piece is never
        given, but OperationFailedError raised. NotFoundError when there is no such file.
        """
        if not self.has(sha256):
            raise NotFoundError(f"there is no file with SHA-256 {sha256}", rule=BLOBS_RULE)
        file = self._path(sha256).open("rb", buffering=0)
        return io.BufferedReader(_Checked(file, sha256), PIECE_BYTES)

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def _publish(self, unfinished: Path, sha256: str) -> None:
        """Rename into place, and flush every folder on the way: after a power cut the name is there too."""
        target = self._path(sha256)
        folders = (target.parent.parent, target.parent)
        for folder in folders:
            folder.mkdir(mode=0o700, exist_ok=True)
        unfinished.replace(target)
        for folder in (*reversed(folders), self._folder):
            _flush(folder)


class _Checked(io.RawIOBase):
    """Reads a file forwards and computes its digest on the way; what ends it is given only when the digest is right."""

    def __init__(self, file: io.FileIO, sha256: str) -> None:
        self._file = file
        self._expected = sha256
        self._hash = hashlib.sha256()
        self._left = os.fstat(file.fileno()).st_size

    def readable(self) -> bool:
        """Whether it can be read: it can."""
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """Read the next piece; OperationFailedError instead of the last one when the content is another."""
        with memoryview(buffer) as room:
            count = self._file.readinto(room)
            self._hash.update(room[:count])
        self._left -= count
        if count == 0 or self._left <= 0:
            self._check()
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _check(self) -> None:
        found = self._hash.hexdigest()
        if found != self._expected:
            raise OperationFailedError(
                "a stored file is no longer what was handed in",
                detail=f"stored under SHA-256 {self._expected}, its content has {found}",
                rule=BLOBS_RULE,
                hint="restore the file from the backup of this installation, or hand it in again",
            )


def _copy(stream: BinaryIO, file: io.FileIO, limit_bytes: int) -> Blob:
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(PIECE_BYTES):
        size += len(piece)
        if size > limit_bytes:
            raise BadInputError(
                f"the file is longer than {limit_bytes / 1e6:g} MB",
                detail=f"{limit_bytes} bytes are the most",
                field="file",
                rule="limit of a file",
            )
        digest.update(piece)
        with _explained():
            _write(file, piece)
    return Blob(sha256=digest.hexdigest(), size=size)


def _write(file: io.FileIO, piece: bytes) -> None:
    """Write all of a piece: a disk that is nearly full takes a part of it before it says so."""
    left = memoryview(piece)
    while left:
        left = left[file.write(left) :]


@contextmanager
def _unfinished(folder: Path) -> Iterator[tuple[io.FileIO, Path]]:
    """Give a new file with mode 0600, and its path; whatever goes wrong, it is gone afterwards."""
    with _explained():
        descriptor, name = tempfile.mkstemp(prefix=UNFINISHED, dir=folder)
    path = Path(name)
    try:
        with io.FileIO(descriptor, "w") as file:
            yield file, path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what the disk says into an error that a user can act on."""
    try:
        yield
    except OSError as error:
        full = error.errno in NO_ROOM
        raise OperationFailedError(
            "there is no room for the file" if full else "the file cannot be stored",
            detail=str(error),
            rule=BLOBS_RULE,
            hint="make room where TENURE_HOME is, then hand it in again" if full else "tenure doctor",
        ) from error


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(folder: Path, older_than: float) -> None:
    for path in folder.glob(f"{UNFINISHED}*"):
        with suppress(FileNotFoundError):  # its writer, or another start, was faster
            if path.stat().st_mtime < older_than:
                path.unlink()
