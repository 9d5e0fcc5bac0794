"""``tenure server`` with nothing to do: its memory and its CPU."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from tests.bench.provision.memory import cpu_seconds, memory_mib, tree

SETTLE_SECONDS: Final = 6.0
START_SECONDS: Final = 60.0


def idle_figures(home: Path, seconds: float) -> dict[str, float]:
    """Start a server of its own, let it settle, and look at its process tree for a while."""
    with _server(home) as server:
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


@contextmanager
def _server(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    port = _free_port()
    kept = {
        name: value for name, value in os.environ.items() if name == "TENURE_CACHE" or not name.startswith("TENURE_")
    }
    environment = kept | {"TENURE_HOME": str(home), "TENURE_LISTEN": f"127.0.0.1:{port}"}
    command = [sys.executable, "-m", "orchestrator.cli.main", "server"]
    home.mkdir(parents=True, exist_ok=True)
    with (home / "server.log").open("wb") as log, subprocess.Popen(command, env=environment, stderr=log) as server:
        try:
            _wait_for(port, server)
            yield server
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
