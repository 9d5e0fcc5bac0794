"""Memory and CPU of a process tree, as the kernel counts them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import psutil

MIB: Final = 1024 * 1024
PAUSE_SECONDS: Final = 0.2


def tree(root: psutil.Process) -> list[psutil.Process]:
    """Give a process and all that descend from it."""
    try:
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def memory_mib(processes: list[psutil.Process]) -> float:
    """Give the proportional set size of some processes: what they share is counted once."""
    return sum(_pss(process) for process in processes) / MIB


def cpu_seconds(processes: list[psutil.Process]) -> float:
    """Give the CPU time that some processes have used so far."""
    return sum(_cpu(process) for process in processes)


def descendants() -> list[psutil.Process]:
    """Give what descends from this process."""
    return tree(psutil.Process())[1:]


class PeakMemory:
    """Watches processes, while a ``with`` block runs.

    Args:
        watched: Gives them anew for each look.

    Attributes:
        peak_mib: The most that was seen at once.
    """

    def __init__(self, watched: Callable[[], list[psutil.Process]] = descendants) -> None:
        self.peak_mib = 0.0
        self._watched = watched
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="peak-memory", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.is_set():
            self.peak_mib = max(self.peak_mib, memory_mib(self._watched()))
            time.sleep(PAUSE_SECONDS)


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)
