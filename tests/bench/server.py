"""A real ``tenure server`` of the bench in a home of its own, and the environment of any Tenure process there."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TENURE: Final = (sys.executable, "-m", "orchestrator.cli.main")
START_SECONDS: Final = 60.0


@dataclass(frozen=True)
class RunningServer:
    """A server that answers.

    Attributes:
        pid: Of its process.
        url: Where it listens.
    """

    pid: int
    url: str


def tenure_environment(home: Path, variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give the variables of a Tenure process in a home: nothing of another installation reaches it but the cache."""
    kept = {
        name: value for name, value in os.environ.items() if name == "TENURE_CACHE" or not name.startswith("TENURE_")
    }
    return kept | {"TENURE_HOME": str(home)} | dict(variables or {})


@contextmanager
def running_server(home: Path, variables: Mapping[str, str] | None = None) -> Iterator[RunningServer]:
    """Give a server, which ends with the block."""
    port = _free_port()
    environment = tenure_environment(home, variables) | {"TENURE_LISTEN": f"127.0.0.1:{port}"}
    home.mkdir(parents=True, exist_ok=True)
    command = [*TENURE, "server"]
    with (home / "server.log").open("wb") as log, subprocess.Popen(command, env=environment, stderr=log) as server:
        try:
            _wait_for(port, server)
            yield RunningServer(server.pid, f"http://127.0.0.1:{port}")
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
