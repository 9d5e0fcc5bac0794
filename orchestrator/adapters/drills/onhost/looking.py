"""Says which of some mounted volumes hold nothing at all."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

SPARED = frozenset({"lost+found"})
PATIENCE_SECONDS = 120


def main(argument: str) -> None:
    """Wait until every volume is mounted, and print those that are empty as JSON."""
    paths = [Path(path) for path in json.loads(argument)]
    ends = time.monotonic() + PATIENCE_SECONDS
    while not all(path.is_mount() for path in paths):
        if time.monotonic() > ends:
            sys.exit(f"not mounted: {', '.join(str(path) for path in paths if not path.is_mount())}")
        time.sleep(1)
    sys.stdout.write(json.dumps([str(path) for path in paths if is_empty(path)]) + "\n")


def is_empty(path: Path) -> bool:
    """Whether a folder holds nothing but what every file system has."""
    return all(entry.name in SPARED for entry in path.iterdir())


if __name__ == "__main__":
    main(sys.argv[1])
