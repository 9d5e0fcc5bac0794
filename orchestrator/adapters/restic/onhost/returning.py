"""Bringing a backup back: into its places on a host, or as a stream that is only read and compared."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import IO, Any, NamedTuple

from orchestrator.adapters.openstack.onhost.manifest import CHUNK_BYTES
from orchestrator.adapters.restic.onhost import databases
from orchestrator.adapters.restic.onhost.faults import HostFaultError
from orchestrator.adapters.restic.onhost.restic import Child, Restic
from orchestrator.adapters.restic.onhost.seals import nearest, sealed
from orchestrator.adapters.restic.onhost.trees import Line, content_of

DIFFERENCES_TOLD = 100
FILES_AT_ONCE = 512
BITS = 0o7777
STREAMED = frozenset({stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK})
"""What a stream of restic's holds; pipes and devices come back by a restore only."""


OVERWRITTEN = frozenset({stat.S_IFREG, stat.S_IFDIR})
"""What restic writes over when it is there already."""


class Found(NamedTuple):
    """What is there now, or came in a stream: ``mode`` with the kind, ``content`` as in a manifest."""

    size: int
    mode: int
    content: str | None


class Told:
    """Gathers differences, and counts files."""

    def __init__(self) -> None:
        self.files = 0
        self.differences: list[str] = []
        self._more = 0

    def add(self, difference: str) -> None:
        """Take in one more."""
        if len(self.differences) < DIFFERENCES_TOLD:
            self.differences.append(difference)
        else:
            self._more += 1

    def compare(self, place: str, line: Line, found: Found | None) -> None:
        """Compare one thing: size, mode with kind, and content; None when it is not there."""
        mode = int(line.mode, 8)
        self.files += stat.S_ISREG(mode)
        shown = os.fsencode(place).decode("utf-8", "backslashreplace")
        if found is None:
            self.add(f"{shown}: missing")
            return
        names = ("size", "mode", "content")
        changed = [name for name, was, now in zip(names, (line.size, mode, line.content), found) if was != now]  # noqa: B905
        if changed:
            self.add(f"{shown}: {' and '.join(changed)} differs")

    def answer(self, notes: list[str]) -> dict[str, Any]:
        """Give it as JSON."""
        more = [f"and {self._more} more"] if self._more else []
        return {"files": self.files, "differences": self.differences + more, "notes": notes}


def restore(request: dict[str, Any], restic: Restic) -> dict[str, Any]:
    """Bring files back into their places, look at each of them, then load the databases; what is not in it stays."""
    manifest, path, told = nearest(restic, request), request["path"], Told()
    for tree in manifest.trees:
        if tree.mount and not os.path.ismount(tree.path):
            raise HostFaultError("place", f"{tree.path} is not mounted")
    if path and not any(True for _ in manifest.below(path)):
        return {**told.answer([]), "absent": True}
    _make_room(place for place, line in manifest.below(path) if stat.S_IFMT(int(line.mode, 8)) not in OVERWRITTEN)
    chosen = ["--include", path] if path else []
    restic.run("restore", request["snapshot"], "--target", "/", *chosen)
    for place, line, found in _looked_at(manifest.below(path)):
        told.compare(place, line, found)
    for kind in request["databases"]:
        if not path or path.rstrip("/") == os.path.join(databases.DUMPS, kind):
            for difference in databases.restore(kind):
                told.add(f"{kind}: {difference}")
    return told.answer(restic.notes)


def _make_room(places: Iterator[str]) -> None:
    """Remove links, pipes and devices that come back: restic makes them anew, and stumbles over old ones."""
    for place in places:
        if os.path.lexists(place) and stat.S_IFMT(os.lstat(place).st_mode) not in OVERWRITTEN:
            os.unlink(place)


def _looked_at(wanted: Iterator[tuple[str, Line]]) -> Iterator[tuple[str, Line, Found | None]]:
    """Look at what is on the disk, several files at a time: digests use every processor, and the disk is kept busy."""
    with ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as readers:
        while some := list(islice(wanted, FILES_AT_ONCE)):
            places = [place for place, _ in some]
            for (place, line), found in zip(some, readers.map(_on_disk, places)):  # noqa: B905  Python 3.7 knows no strict
                yield place, line, found


def _on_disk(place: str) -> Found | None:
    try:
        status = os.lstat(place)
    except FileNotFoundError:
        return None
    size = status.st_size if stat.S_ISREG(status.st_mode) else 0
    return Found(size, status.st_mode, content_of(place))


def compare(request: dict[str, Any], restic: Restic) -> dict[str, Any]:
    """Have restic give back every byte of a backup as a stream, and compare it; no room on any disk is needed."""
    manifest, told = sealed(restic, request), Told()
    expected = {place: line for place, line in manifest.below("") if stat.S_IFMT(int(line.mode, 8)) in STREAMED}
    stream = Child(restic, ["dump", "--archive", "tar", request["snapshot"], "/"], stdout=subprocess.PIPE)
    try:
        pipe = stream.process.stdout
        assert pipe is not None  # noqa: S101  it was asked for
        with tarfile.open(fileobj=pipe, mode="r|", encoding="utf-8", errors="surrogateescape") as archive:
            for member in archive:
                place = "/" + member.name.strip("/")
                line = expected.pop(place, None)
                if line is not None:
                    told.compare(place, line, _in_stream(archive, member))
        while pipe.read(CHUNK_BYTES):  # what follows the archive's end; restic ends by itself once it is read
            pass
    except tarfile.TarError as error:
        stream.wait()
        raise HostFaultError("damaged", f"the stream of {request['snapshot'][:8]} is broken: {error}") from error
    except BaseException:
        stream.stop()
        raise
    stream.wait()
    for place, line in expected.items():
        told.compare(place, line, None)
    return told.answer(restic.notes)


def _in_stream(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Found:
    bits = member.mode & BITS
    if member.issym():
        return Found(0, stat.S_IFLNK | bits, hashlib.sha256(os.fsencode(member.linkname)).hexdigest())
    if member.isdir():
        return Found(0, stat.S_IFDIR | bits, "")
    file = archive.extractfile(member)
    return Found(member.size, stat.S_IFREG | bits, "" if file is None else _digest(file))


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()
