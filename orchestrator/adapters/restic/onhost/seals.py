"""The seal of a backup: its manifest in the store, of which its host keeps a copy while it is the newest."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from orchestrator.adapters.openstack.onhost.places import state_file
from orchestrator.adapters.restic.onhost.faults import HostFaultError
from orchestrator.adapters.restic.onhost.restic import Restic
from orchestrator.adapters.restic.onhost.trees import Account, Line, Tree

SEAL_FILE = "tenure-manifest.jsonl"
COPY = "newest.seal"


class Manifest:
    """What a seal says, read whole and checked against the digests that are on record elsewhere.

    Args:
        text: Its lines.
        request: ``snapshot``, and ``expected``: the digest of each tree by its name.

    HostFaultError: the seal is not that of this snapshot, was cut, or says something else than what is on record.
    """

    def __init__(self, text: list[str], request: dict[str, Any]) -> None:
        self.trees: list[Tree] = []
        self.lines: dict[str, list[Line]] = {}
        head = json.loads(text[0]) if text else {}
        if not str(request["snapshot"]).startswith(str(head.get("snapshot", "-"))):
            raise HostFaultError("damaged", "the seal belongs to another snapshot")
        if json.loads(text[-1]) != {"end": len(request["expected"])}:
            raise HostFaultError("damaged", "the seal is cut")
        self._read(text[1:-1])
        self._check(request["expected"])

    def _read(self, text: list[str]) -> None:
        for line in text:
            said = json.loads(line)
            if isinstance(said, dict):
                self.trees.append(Tree(said["tree"], said["path"], said["mount"]))
                self.lines[said["path"]] = []
            else:
                self.lines[self.trees[-1].path].append(Line(*said))

    def _check(self, expected: dict[str, str]) -> None:
        if {tree.name for tree in self.trees} != set(expected):
            raise HostFaultError("damaged", "the seal is of other trees than those on record")
        for tree in self.trees:
            account = Account()
            for line in self.lines[tree.path]:
                account.add(line)
            if account.told()["manifest"] != expected.get(tree.name):
                raise HostFaultError("damaged", f"the manifest of {tree.name} is not the one on record")

    def below(self, path: str) -> Iterator[tuple[str, Line]]:
        """Give absolute paths with their lines: those of a file or folder, or all when ``path`` is empty."""
        for tree in self.trees:
            for line in self.lines[tree.path]:
                place = tree.path if line.path == "." else os.path.join(tree.path, line.path)
                if line.content is not None and (not path or place == path or place.startswith(path.rstrip("/") + "/")):
                    yield place, line


def sealed(restic: Restic, request: dict[str, Any]) -> Manifest:
    """Read the seal that the store has."""
    return Manifest(restic.run("dump", request["seal"], "/" + SEAL_FILE).decode("ascii").splitlines(), request)


def nearest(restic: Restic, request: dict[str, Any]) -> Manifest:
    """Read the host's own copy if it is exactly what is on record, else the seal that the store has.

    To open the repository once more costs half a second at least. Who only wants to know whether the store is whole
    has to read the store's.
    """
    try:
        with open(state_file(COPY), encoding="ascii") as file:
            return Manifest(file.read().splitlines(), request)
    except (OSError, ValueError, TypeError, LookupError, HostFaultError):  # another backup's, or not a seal at all
        return sealed(restic, request)
