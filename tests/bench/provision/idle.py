"""``tenure server`` with nothing to do: its memory and its CPU."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import psutil

from tests.bench.provision.memory import cpu_seconds, memory_mib, tree
from tests.bench.server import running_server

SETTLE_SECONDS: Final = 6.0


def idle_figures(home: Path, seconds: float) -> dict[str, float]:
    """Start a server of its own, let it settle, and look at its process tree for a while."""
    with running_server(home) as server:
        time.sleep(SETTLE_SECONDS)
        processes = tree(psutil.Process(server.pid))
        before = cpu_seconds(processes)
        time.sleep(seconds)
        used = cpu_seconds(processes) - before
        return {
            "server_idle_mib": round(memory_mib(processes[:1]), 1),
            "server_idle_with_waiting_child_mib": round(memory_mib(processes), 1),
            "server_idle_cpu_percent": round(100 * used / seconds, 2),
        }
