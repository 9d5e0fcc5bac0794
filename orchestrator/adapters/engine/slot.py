"""Executor ids: a numbered place in the home, held by a lock of the operating system.

Whoever holds the lock is the only living process of its executor id. So work that the records show under this id
belongs to a process that is dead, and may be taken over at once instead of after the lease.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
from pathlib import Path
from typing import Final

from orchestrator.domain.errors import ConflictError

PLACES: Final = 64


class ExecutorSlot:
    """One place, held from construction to :meth:`release` or the death of the process.

    Attributes:
        executor: The executor id, unique over machines and installations.

    Raises:
        ConflictError: All places are taken.
    """

    def __init__(self, home: Path) -> None:
        folder = home / "workers"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        number, self._descriptor = _take_first(folder)
        mark = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:8]
        self.executor = f"{socket.gethostname()}-{mark}-{number}"

    def release(self) -> None:
        """Give the place back."""
        os.close(self._descriptor)


def _take_first(folder: Path) -> tuple[int, int]:
    for number in range(PLACES):
        descriptor = os.open(folder / f"{number}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        return number, descriptor
    raise ConflictError(f"{PLACES} workers run in this home already", hint="tenure worker runs more in one process")
