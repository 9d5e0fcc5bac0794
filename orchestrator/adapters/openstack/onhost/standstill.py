"""Reading a file system that is in use so that its manifest is that of one instant, and freezing it for that long."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from typing import Any

from orchestrator.adapters.openstack.onhost.manifest import TooSlowError, entries, read, write
from orchestrator.adapters.openstack.onhost.places import STATE, mounted, state_file

FREEZE, THAW = 0xC0045877, 0xC0045878
"""FIFREEZE and FITHAW of linux/fs.h."""
LIVE_PASSES = 4
QUICK_SECONDS = 2.0
"""A pass over the living file system that took no longer than this is the last one before the freeze."""


def read_living(root: str, known: str) -> None:
    """Read a file system that is in use, again and again until little changes meanwhile; ``known`` takes what is known.

    The sync before each reading writes mapped pages back, so that later writes to them show in the file's times.
    """
    fresh = known + ".new"
    for _ in range(LIVE_PASSES):
        begun = time.monotonic()
        subprocess.run(["sync", "-f", root], check=True)
        write(entries(root, read(known), time.time_ns(), float("inf")), fresh)
        os.replace(fresh, known)
        if time.monotonic() - begun < QUICK_SECONDS:
            return


def record(mount: str, name: str, freeze_seconds: float, thaw_after_seconds: float) -> dict[str, Any]:
    """Write the manifest of a mounted file system and leave it frozen.

    What is read while it stands still is only what changed since the last pass over the living file system. When that
    takes longer than ``freeze_seconds`` it is thawed and there is no manifest. Unless somebody thaws it the watchdog
    does, ``thaw_after_seconds`` after the freeze.
    """
    state = state_file(name)
    if not os.path.ismount(mount):
        return {"reason": f"{mount} is not mounted"}
    if os.path.exists(_watchdog_file(mount)):  # what a killed attempt froze
        thaw(mount)
    if os.stat(mount).st_dev == os.stat(STATE).st_dev:
        return {"reason": f"{STATE} is on the same file system"}
    known = state + ".known"
    with mounted("--bind", mount) as root:
        try:
            read_living(root, known)
            # Whoever started this may be gone: then this line cannot be written, and nothing is frozen for nobody.
            print(flush=True)
            frozen = _frozen(root, mount, thaw_after_seconds)
            try:
                return _still(root, known, state, time.monotonic() + freeze_seconds)
            except TooSlowError as error:
                _thaw(frozen, mount)
                return {"reason": f"more of {mount} changed than can be read in {freeze_seconds:g} seconds: {error}"}
            except BaseException:
                _thaw(frozen, mount)
                raise
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(known)


def _still(root: str, known: str, state: str, until: float) -> dict[str, Any]:
    """Read what changed since the last pass, while nothing can change."""
    begun = time.monotonic()
    fresh = state + ".new"
    result = write(entries(root, read(known), 0, until), fresh)
    os.replace(fresh, state)
    return dict(result, seconds=round(time.monotonic() - begun, 3))


def _frozen(root: str, mount: str, thaw_after_seconds: float) -> int:
    """Freeze a file system, with a watchdog that was started before; give the descriptor that thaws it."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    watchdog = os.fork()
    if watchdog == 0:
        os.setsid()
        for inherited in (0, 1, 2):
            os.close(inherited)
        time.sleep(thaw_after_seconds)
        with contextlib.suppress(OSError):
            os.unlink(_watchdog_file(mount))
            fcntl.ioctl(descriptor, THAW, 0)
        os._exit(0)
    with open(_watchdog_file(mount), "w", encoding="ascii") as file:
        file.write(str(watchdog))
    fcntl.ioctl(descriptor, FREEZE, 0)
    return descriptor


def _thaw(descriptor: int, mount: str) -> bool:
    """Thaw; false when it was not frozen any more. The watchdog goes first, so that it never thaws a later freeze."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
        with open(_watchdog_file(mount), encoding="ascii") as file:
            os.kill(int(file.read()), signal.SIGKILL)
        os.unlink(_watchdog_file(mount))
    try:
        fcntl.ioctl(descriptor, THAW, 0)
    except OSError:
        return False
    return True


def thaw(mount: str) -> dict[str, Any]:
    """End the freeze; say whether it had lasted until now."""
    descriptor = os.open(mount, os.O_RDONLY | os.O_DIRECTORY)
    return {"thawed": _thaw(descriptor, mount)}


def _watchdog_file(mount: str) -> str:
    return "/run/tenure-thaw" + mount.replace("/", "-")
