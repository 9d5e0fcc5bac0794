"""``tenure server`` and ``tenure worker``: the processes that serve the hook and carry out operations."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.output import JsonFlag, emit, is_json, tell, use_json
from orchestrator.domain.errors import ExitCode

if TYPE_CHECKING:
    from orchestrator.adapters.engine.worker import Worker
    from orchestrator.bootstrap import Installation

WARM_CHILDREN = 1


def server(
    listen: Annotated[str, typer.Option(help="Address of the web server; default TENURE_LISTEN.")] = "",
    json: JsonFlag = False,
) -> None:
    """Serve the hook and carry out operations, in one process tree, until SIGTERM or Ctrl-C."""
    use_json(json)
    from orchestrator.adapters.clock import real_now
    from orchestrator.bootstrap import open_installation
    from orchestrator.web.app import create_app
    from orchestrator.web.gate import hook_gate
    from orchestrator.web.server import run_web

    installation = open_installation(WARM_CHILDREN)
    address = listen or installation.settings.listen
    app = create_app(hook_gate(installation.ports, installation.verifier, real_now))
    with _working(installation):
        _say_started(address)
        run_web(app, address)


def worker(json: JsonFlag = False) -> None:
    """Carry out operations without a web server, until SIGTERM or Ctrl-C."""
    use_json(json)
    from orchestrator.bootstrap import open_installation

    installation = open_installation(WARM_CHILDREN)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with _working(installation):
        _say_started("")
        stop.wait()


@contextmanager
def _working(installation: Installation) -> Iterator[Worker]:
    """Run a worker around the block; what cannot let go in time goes on at the next start."""
    worker = installation.worker()
    worker.start()
    try:
        yield worker
    finally:
        left = worker.stop()
        installation.close()
        if left:
            tell(f"these operations go on at the next start: {', '.join(left)}")
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ExitCode.DONE)


def _say_started(address: str) -> None:
    if is_json():
        emit("started", {"listen": address, "pid": os.getpid()})
    else:
        tell(f"worker started{f', hook at http://{address}/hooks/approvals' if address else ''}; stop with Ctrl-C")
