"""Negative controls of a drill: a wrong key and a flipped bit have to be told, or a good restore proves nothing.

Each control is an experiment: first it has to go well, then one thing is changed, then it has to fail for that reason.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from typing import Any

from orchestrator.adapters.restic.onhost.faults import HostFaultError
from orchestrator.adapters.restic.onhost.restic import Restic

LARGEST_BYTES = 256 * 1024 * 1024
"""A larger backup is tried by its seal, which is a snapshot of the same repository under the same key."""


def wrong_key(request: dict[str, Any], restic: Restic) -> dict[str, Any]:
    """Open the repository, and open it again with a key of chance."""
    del request
    restic.run("cat", "config")
    return _refused(lambda: _with(restic, RESTIC_PASSWORD=secrets.token_hex(32)).run("cat", "config"), "wrong-key")


def flipped_bit(request: dict[str, Any], restic: Restic) -> dict[str, Any]:
    """Copy a snapshot into a repository on this host, flip one bit of it there, and have restic read all of it."""
    # /var/tmp is on the disk: /tmp may be in memory.
    folder = tempfile.mkdtemp(prefix="tenure-control-", dir="/var/tmp")
    try:
        copy = _copied(request, restic, os.path.join(folder, "repository"))
        copy.run("check", "--read-data")
        where = _flip(os.path.join(folder, "repository", "data"))
        answer = _refused(lambda: copy.run("check", "--read-data"), "damaged")
        return {**answer, "said": f"{where}: {answer['said']}"}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copied(request: dict[str, Any], restic: Restic, place: str) -> Restic:
    """Give a repository on this host that holds the backup's snapshot, or its seal where the snapshot is large."""
    stats = json.loads(restic.run("stats", "--json", "--mode", "raw-data", request["snapshot"]))
    chosen = request["snapshot"] if stats["total_size"] <= LARGEST_BYTES else request["seal"]
    copy = _with(restic, RESTIC_REPOSITORY=place)
    copy.run("init")
    source = {"RESTIC_FROM_REPOSITORY": restic.environment["RESTIC_REPOSITORY"]}
    source["RESTIC_FROM_PASSWORD"] = restic.environment["RESTIC_PASSWORD"]
    _with(copy, **source).run("copy", chosen)
    return copy


def _flip(data: str) -> str:
    """Flip one bit in the middle of the largest file below a folder; says where."""
    packs = [os.path.join(folder, name) for folder, _, names in os.walk(data) for name in names]
    pack = max(packs, key=os.path.getsize)
    os.chmod(pack, 0o600)
    with open(pack, "r+b") as file:
        place = os.path.getsize(pack) // 2
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1]))
    return f"pack {os.path.basename(pack)[:8]}, byte {place}"


def _refused(attempt: Any, kind: str) -> dict[str, Any]:  # noqa: ANN401  a function without arguments, for Python 3.7
    """Say whether an attempt fails, and for the reason for which it has to."""
    try:
        attempt()
    except HostFaultError as found:
        return {"refused": found.kind == kind, "said": found.detail}
    return {"refused": False, "said": "it went through"}


def _with(restic: Restic, **variables: str) -> Restic:
    """Give the same restic with other variables."""
    other = object.__new__(Restic)
    other.program, other.notes = restic.program, []
    other.environment = {**restic.environment, **variables}
    return other
