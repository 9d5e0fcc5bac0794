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
    from orchestrator.bootstrap import Installation

WARM_CHILDREN = 1
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def server(
    listen: Annotated[str, typer.Option(help="Address of the web server; default TENURE_LISTEN.")] = "",
    json: JsonFlag = False,
) -> None:
    """Serve the hook and carry out operations, in one process tree, until SIGTERM or Ctrl-C."""
    use_json(json)
    asked = _stop_on_signals()
    from orchestrator.adapters.clock import real_now
    from orchestrator.bootstrap import open_installation
    from orchestrator.bootstrap_forge import hook_readers
    from orchestrator.web.app import create_app
    from orchestrator.web.feed import DeadlineFeed
    from orchestrator.web.forge import ForgeDoor
    from orchestrator.web.gate import hook_gate
    from orchestrator.web.plans import PlanDoor
    from orchestrator.web.server import run_web

    installation = open_installation(WARM_CHILDREN)
    address = listen or installation.settings.listen
    ports = installation.ports
    feed = DeadlineFeed(installation.records, ports.library, ports.clock, installation.vault)
    gate = hook_gate(ports, installation.verifier, real_now)
    forges = ForgeDoor(installation.records, hook_readers(installation.settings), gate.tally, real_now)
    plans = PlanDoor(installation.records, installation.vault)
    app = create_app(gate, feed=feed, forges=forges, plans=plans)
    with _working(installation):
        if not asked.is_set():
            _say_started(address)
            run_web(app, address, asked)


def worker(json: JsonFlag = False) -> None:
    """Carry out operations without a web server, until SIGTERM or Ctrl-C."""
    use_json(json)
    asked = _stop_on_signals()
    from orchestrator.bootstrap import open_installation

    installation = open_installation(WARM_CHILDREN)
    with _working(installation):
        if not asked.is_set():
            _say_started("")
            asked.wait()


def _stop_on_signals() -> threading.Event:
    """Give an event that SIGTERM and Ctrl-C set; so a signal that comes early ends what has begun in order."""
    asked = threading.Event()
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: asked.set())
    return asked


@contextmanager
def _working(installation: Installation) -> Iterator[None]:
    """Run a worker around the block; what cannot let go in time goes on at the next start."""
    from orchestrator.bootstrap_git import pull_watch
    from orchestrator.bootstrap_notices import postman

    post = postman(installation)
    worker = installation.worker()
    watch = pull_watch(installation, worker.executor)
    worker.start()
    post.start()
    if watch is not None:
        watch.start()
    try:
        yield
    finally:
        if watch is not None:
            watch.stop()
        post.stop()
        left = worker.stop()
        if left:
            _say_stopped(left)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ExitCode.DONE)  # threads of theirs still wait for their children, which end with this process
        installation.close()
    _say_stopped(())


def _say_started(address: str) -> None:
    if is_json():
        emit("started", {"listen": address, "pid": os.getpid()})
    else:
        tell(f"worker started{f', hook at http://{address}/hooks/approvals' if address else ''}; stop with Ctrl-C")


def _say_stopped(left: tuple[str, ...]) -> None:
    if is_json():
        emit("stopped", {"left": list(left)})
    else:
        tell(f"stopped; these operations go on at the next start: {', '.join(left)}" if left else "stopped")
