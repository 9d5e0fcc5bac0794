"""Where a play's files lie, and how its processes are known; for both sides of it, and quick to import."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path("/dev/shm")  # noqa: S108  the play mounts a file system of its own over it, in its own namespace
"""In memory, seen by nobody else, gone with the play; the path is short, because a socket's has to be."""

CONFIG: Final = FOLDER / "ssh" / "config"
SOCKETS: Final = FOLDER / "c"
MARK: Final = "TENURE_PLAY"
"""Variable that every process of a play on a host carries in its environment."""
CONTROLLER_MARK: Final = "TENURE_CONTROLLER"
"""Variable that every process of a play here carries: the id of the process that it works for."""

MARGIN_SECONDS: Final = 8.0
"""What runs on the hosts is ended this long before the lease ends: another worker may come after it."""
REACHING_SECONDS: Final = 6.0
"""How long ending it may take on each host."""
