"""Empties the data volumes of a host of a throw-away environment, and of no other host."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

PRINCIPALS = Path("/etc/ssh/tenure_principals")
THROW_AWAY = "-drill"
DUMPS = Path("/var/lib/tenure/dumps")
SPARED = frozenset({"lost+found"})


def main(argument: str) -> None:
    """Look that the host belongs to the environment, then empty its volumes and the dumps beside them."""
    environment, paths = json.loads(argument)
    refuse_other_hosts(environment)
    volumes = [Path(path) for path in paths]
    for volume in volumes:
        if not volume.is_mount():
            sys.exit(f"{volume} is not mounted")
    for folder in (*volumes, DUMPS):
        empty(folder)


def refuse_other_hosts(environment: str, principals: Path = PRINCIPALS) -> None:
    """End unless the host's first boot wrote down that it trusts certificates of this throw-away environment."""
    known = {word for file in principals.glob("*") for word in file.read_text(encoding="utf-8").split()}
    if not environment.endswith(THROW_AWAY) or environment not in known:
        sys.exit(f"this host is none of the throw-away environment {environment}; nothing was removed")


def empty(folder: Path) -> None:
    """Remove everything in a folder; harmless when there is none."""
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if entry.name in SPARED:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


if __name__ == "__main__":
    main(sys.argv[1])
