"""Background processes that outlive the command which started them.

Each holds a lock on a file of its own as long as it lives, and its pid stands in that file: so nothing is ever
mistaken for it, whatever was killed and however pids are used again.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.localcloud.locks import POLL_SECONDS, try_lock

# The child writes its pid itself, before it becomes the program: no moment is left in which only a parent knows it.
ANNOUNCE = 'echo $$ > "$0" && exec "$@"'
START_SECONDS = 2.0


class Process:
    """One background process, known by its lock file."""

    def __init__(self, lock: Path) -> None:
        self.lock = lock

    def pid(self) -> int | None:
        """The pid while it runs, else None."""
        end = time.monotonic() + START_SECONDS
        while self._is_locked():
            text = self.lock.read_text().strip()
            if text or time.monotonic() > end:
                return int(text) if text else None
            time.sleep(POLL_SECONDS)
        return None

    def _is_locked(self) -> bool:
        try:
            descriptor = os.open(self.lock, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def start(self, command: Sequence[str | Path], environment: Mapping[str, str], log: Path) -> None:
        """Start it in a session of its own, unless it runs."""
        descriptor = self._take()
        if descriptor is None:
            return
        os.ftruncate(descriptor, 0)
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - positional by its signature
        try:
            os.posix_spawn(
                "/bin/sh",
                ["sh", "-c", ANNOUNCE, str(self.lock), *map(str, command)],
                dict(environment),
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                    (os.POSIX_SPAWN_DUP2, 1, 2),
                ],
                setsid=True,
            )
        finally:
            os.close(descriptor)

    def _take(self) -> int | None:
        """The lock; a look at the state by someone else holds it for a moment only."""
        end = time.monotonic() + START_SECONDS
        while (descriptor := try_lock(self.lock)) is None and time.monotonic() < end:
            if self.lock.read_text().strip():
                return None
            time.sleep(POLL_SECONDS)
        return descriptor

    def stop(self, grace_seconds: float) -> None:
        """SIGTERM, after the grace SIGKILL; what is left of its session goes, too."""
        pid = self.pid()
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
            self._ended(grace_seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        self._ended(grace_seconds)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)

    def _ended(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while self._is_locked() and time.monotonic() < end:
            time.sleep(POLL_SECONDS)
