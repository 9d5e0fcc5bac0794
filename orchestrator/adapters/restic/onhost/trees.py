"""The manifest of trees of files: what stood still while restic read them, with the SHA-256 of every content."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from typing import Any, NamedTuple

from orchestrator.adapters.openstack.onhost.manifest import Entry, content, entries, key, read, walk, write

CLOCK_NS = 20_000_000
"""The times of files may lag behind the clock by a tick of the kernel; this is more."""


class Tree(NamedTuple):
    """One tree in a backup.

    Attributes:
        name: Of the volume, or of what else it holds.
        path: Absolute, on the host.
        mount: Whether a file system of its own is mounted there.
    """

    name: str
    path: str
    mount: bool


class Line(NamedTuple):
    """One thing in a manifest; ``content`` is None for what changed while it was read, of which nothing is said."""

    path: str
    size: int
    mode: str
    content: str | None


def first_look(root: str, known: str, begun_ns: int) -> None:
    """Read a tree whole; what an earlier look knows and has not changed since keeps its content without being read."""
    fresh = known + ".new"
    write(entries(root, read(known), begun_ns, float("inf")), fresh)
    os.replace(fresh, known)


def settled(root: str, known: str, begun_ns: int) -> Iterator[Line]:
    """Compare the first look with how the tree is after restic has read it.

    What was changed last before the backup began, and is the same in both looks, is what restic has. The status change
    time of a file cannot be set back by programs. Sockets are left out: no backup holds them.
    """
    before = read(known)
    earlier = next(before, None)
    for path, status in walk(root):
        while earlier is not None and key(earlier.path) < key(path):
            yield _open(earlier)
            earlier = next(before, None)
        if earlier is None or earlier.path != path:
            yield Line(path, 0, "", None)
            continue
        if not stat.S_ISSOCK(status.st_mode):
            yield _line(os.path.join(root, path), earlier, status, begun_ns)
        earlier = next(before, None)
    while earlier is not None:
        yield _open(earlier)
        earlier = next(before, None)


def _open(entry: Entry) -> Line:
    return Line(entry.path, 0, "", None)


def _line(place: str, entry: Entry, status: os.stat_result, begun_ns: int) -> Line:
    size = status.st_size if stat.S_ISREG(status.st_mode) else 0
    now = (size, oct(status.st_mode), status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
    was = (entry.size, entry.mode, entry.inode, entry.modified_ns, entry.changed_ns)
    if now != was or status.st_ctime_ns >= begun_ns - CLOCK_NS:
        return _open(entry)
    if not entry.calm and content_of(place) != entry.content:  # a mapped page takes writes that no time shows
        return _open(entry)
    return Line(*entry[:4])


def content_of(place: str) -> str | None:
    """Give the SHA-256 of a file's content or of a link's target, the number of a device; None when it is not there."""
    try:
        return content(place, os.lstat(place), float("inf"))
    except FileNotFoundError:
        return None


class Account:
    """Counts what goes into the manifest of one tree, and its digest."""

    def __init__(self) -> None:
        self.files = 0
        self.bytes = 0
        self.moving: list[str] = []
        self._digest = hashlib.sha256()

    def add(self, line: Line) -> None:
        """Take in one more."""
        self._digest.update((json.dumps(line) + "\n").encode())
        if line.content is None:
            self.moving.append(line.path)
        elif stat.S_ISREG(int(line.mode, 8)):
            self.files += 1
            self.bytes += line.size

    def told(self) -> dict[str, Any]:
        """Give it as JSON."""
        facts = {"files": self.files, "bytes": self.bytes, "manifest": self._digest.hexdigest()}
        return {**facts, "moving": len(self.moving), "examples": [_shown(path) for path in self.moving[:5]]}


def _shown(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")
