"""Ending with whoever asked: when nobody reads the answer any more, nothing of the work goes on."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

from orchestrator.adapters.restic.onhost.faults import HostFaultError
from orchestrator.adapters.restic.onhost.restic import RUNNING

LOCK = "/run/tenure-backup.lock"
LOOK_MILLISECONDS = 500
GRACE_SECONDS = 4.0
"""How long a restic may take to remove its lock from the repository."""
TURN_SECONDS = 60.0


def end_with_reader() -> None:
    """Watch the standard output from now on; when its reader goes away, end restic and this program.

    The same when the time is over that was set for it, of which ``timeout`` tells by a signal.
    """
    signal.signal(signal.SIGTERM, _over)
    threading.Thread(target=_watch, daemon=True).start()


def _over(number: int, frame: FrameType | None) -> None:
    del number, frame
    end_children()
    os._exit(1)


def _watch() -> None:
    poll = select.poll()
    poll.register(1, 0)  # errors and hang-ups are told without being asked for
    while not poll.poll(LOOK_MILLISECONDS):
        pass
    end_children()
    os._exit(1)


def end_children() -> None:
    """Terminate every child, and kill what is left after the grace."""
    children = list(RUNNING)
    for child in children:
        child.send_signal(signal.SIGINT)
    until = time.monotonic() + GRACE_SECONDS
    for child in children:
        while child.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        if child.poll() is None:
            child.kill()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold this host's turn: what an earlier attempt left running ends first, since nobody reads its answer."""
    descriptor = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + TURN_SECONDS
        while not _taken(descriptor):
            if time.monotonic() > until:
                raise HostFaultError("busy", "another backup job runs on this host")
            time.sleep(0.2)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
