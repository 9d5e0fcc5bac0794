"""Finds and ends the processes that work for an operation, wherever they were re-parented to.

Pulumi's plugins live in process groups of their own, so killing a group does not reach them; but every process
that works for an operation has ``TENURE_OPERATION`` in its environment, and inherits it to its children.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "TENURE_OPERATION"
ENVIRONMENT_MARK = "TENURE_ENVIRONMENT"
"""Carried beside the operation's: a recovery does not know which earlier operations worked for the environment."""

GONE_SECONDS = 10.0
LOOK_SECONDS = 0.02
QUIET_LOOKS = 2
"""One look is not enough: whoever ended while it lasted may have started another that it had no chance to see."""

PROC = Path("/proc")


def environment_value(home: Path, environment: str) -> str:
    """Give the value of ``TENURE_ENVIRONMENT``: two installations of one machine may each have an environment so named.

    Args:
        home: The installation's folder; told as a digest, since a path may be a secret of its owner.
        environment: The environment's name.
    """
    digest = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()
    return f"{environment}@{digest[:16]}"


def marked(name: str, value: str) -> tuple[int, ...]:
    """Give the ids of living processes whose environment holds ``name=value``, but never the caller's own."""
    wanted = f"{name}={value}".encode()
    return tuple(pid for pid in _processes() if pid != os.getpid() and wanted in _environment(pid).split(b"\0"))


def end_marked(name: str, value: str) -> int:
    """Kill them all, new ones too, until none is left; gives how many there were.

    Raises:
        TimeoutError: One is still there after ten seconds (a process in an uninterruptible call).
    """
    killed: set[int] = set()
    quiet = 0
    deadline = time.monotonic() + GONE_SECONDS
    while True:
        found = marked(name, value)
        in_time = time.monotonic() < deadline
        if found and not in_time:
            raise TimeoutError(f"processes {', '.join(map(str, found))} of {value} could not be killed")
        for pid in found:
            _kill(pid)
        killed.update(found)
        quiet = 0 if found or (in_time and _any_nameless()) else quiet + 1
        if quiet == QUIET_LOOKS:
            return len(killed)
        time.sleep(LOOK_SECONDS)


def _processes() -> Iterator[int]:
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            yield int(entry.name)


def _environment(pid: int) -> bytes:
    """Give the environment; zombies and other users' processes have none that we can read."""
    try:
        return (PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return b""


def _any_nameless() -> bool:
    """Whether a process is in the middle of its exec: for some milliseconds it shows neither arguments nor environment.

    The kernel's own threads and zombies show none either, but they have no program that we could read.
    """
    return any(_is_nameless(pid) for pid in _processes())


def _is_nameless(pid: int) -> bool:
    if _environment(pid):
        return False
    process = PROC / str(pid)
    try:
        (process / "exe").readlink()
        return not (process / "cmdline").read_bytes()
    except OSError:
        return False


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
