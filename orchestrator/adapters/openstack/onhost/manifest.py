"""Manifests of file systems: path, size, mode and content of everything, one JSON line each, in one order."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

CHUNK_BYTES = 1024 * 1024
MARGIN_NS = 1_000_000_000
"""Clocks of file systems go in ticks; whatever changed this shortly before a sync counts as changed after it."""


class TooSlowError(Exception):
    """More has changed than can be read while the file system stands still."""


class Entry(NamedTuple):
    """One thing in a file system; the first four fields are the manifest, the others tell whether it changed.

    ``calm`` is false when it had been written to so shortly before that a later write might not show in its times: a
    page that is mapped and dirty takes further writes without them until it is written back.
    """

    path: str
    size: int
    mode: str
    content: str
    inode: int
    modified_ns: int
    changed_ns: int
    calm: bool


def key(path: str) -> tuple[bytes, ...]:
    """Give the place of a path in the one order of all manifests: folder by folder, names as bytes."""
    return () if path == "." else tuple(os.fsencode(path).split(b"/"))


def walk(root: str) -> Iterator[tuple[str, os.stat_result]]:
    """Give everything below a folder in the order of :func:`key`, with its status; other file systems are left out."""
    top = os.lstat(root)
    yield ".", top
    waiting = [iter(_children(root, ""))]
    while waiting:
        entry = next(waiting[-1], None)
        if entry is None:
            waiting.pop()
            continue
        path = os.path.join(root, entry)
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            continue
        if status.st_dev != top.st_dev:
            continue
        yield entry, status
        if stat.S_ISDIR(status.st_mode):
            waiting.append(iter(_children(root, entry)))


def _children(root: str, folder: str) -> list[str]:
    try:
        names = os.listdir(os.path.join(root, folder))
    except FileNotFoundError:
        return []
    return [os.path.join(folder, name) for name in sorted(names, key=os.fsencode)]


def content(path: str, status: os.stat_result, until: float) -> str:
    """Give the SHA-256 of a file or of a link's target, the number of a device, and nothing for anything else."""
    if stat.S_ISLNK(status.st_mode):
        return hashlib.sha256(os.fsencode(os.readlink(path))).hexdigest()
    if stat.S_ISBLK(status.st_mode) or stat.S_ISCHR(status.st_mode):
        return str(status.st_rdev)
    if not stat.S_ISREG(status.st_mode):
        return ""
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while True:
            if time.monotonic() > until:
                raise TooSlowError(path)
            chunk = file.read(CHUNK_BYTES)
            if not chunk:
                return digest.hexdigest()
            digest.update(chunk)


def entries(root: str, earlier: Iterator[Entry], synced_ns: int, until: float) -> Iterator[Entry]:
    """Read a file system; what has not changed since an earlier reading keeps its content without being read again."""
    known = next(earlier, None)
    for path, status in walk(root):
        while known is not None and key(known.path) < key(path):
            known = next(earlier, None)
        same = known if known is not None and known.path == path else None
        entry = _entry(os.path.join(root, path), path, status, same, synced_ns, until)
        if entry is not None:
            yield entry


def _entry(
    place: str, path: str, status: os.stat_result, known: Entry | None, synced_ns: int, until: float
) -> Entry | None:
    regular = stat.S_ISREG(status.st_mode)
    facts = Entry(
        path,
        status.st_size if regular else 0,
        oct(status.st_mode),
        "",
        status.st_ino,
        status.st_mtime_ns,
        status.st_ctime_ns,
        max(status.st_mtime_ns, status.st_ctime_ns) < synced_ns - MARGIN_NS,
    )
    if known is not None and known.calm and known._replace(content="", calm=facts.calm) == facts:
        return facts._replace(content=known.content)
    try:
        return facts._replace(content=content(place, status, until))
    except FileNotFoundError:
        return None


def write(found: Iterator[Entry], path: str) -> dict[str, Any]:
    """Write entries as JSON lines; give the number of files and the digest of the manifest."""
    digest, files = hashlib.sha256(), 0
    with open(path, "w", encoding="ascii") as file:
        for entry in found:
            file.write(json.dumps(entry) + "\n")
            digest.update((json.dumps(entry[:4]) + "\n").encode())
            files += stat.S_ISREG(int(entry.mode, 8))
    return {"files": files, "manifest": digest.hexdigest()}


def read(path: str) -> Iterator[Entry]:
    """Give the entries of a file; nothing when there is none."""
    if os.path.exists(path):
        with open(path, encoding="ascii") as file:
            for line in file:
                yield Entry(*json.loads(line))


def differences(before: Iterator[Entry], now: Iterator[Entry]) -> Iterator[str]:
    """Compare two manifests line by line and name every path that differs, and in what."""
    old, new = next(before, None), next(now, None)
    while old is not None or new is not None:
        if new is None or (old is not None and key(old.path) < key(new.path)):
            yield _shown(old) + ": missing"
            old = next(before, None)
        elif old is None or key(new.path) < key(old.path):
            yield _shown(new) + ": was not there"
            new = next(now, None)
        else:
            changed = [field for field in ("size", "mode", "content") if getattr(old, field) != getattr(new, field)]
            if changed:
                yield f"{_shown(new)}: {' and '.join(changed)} differs"
            old, new = next(before, None), next(now, None)


def _shown(entry: Entry | None) -> str:
    return "" if entry is None else os.fsencode(entry.path).decode("utf-8", "backslashreplace")
