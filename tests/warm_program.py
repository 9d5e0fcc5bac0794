"""A program that has imported Tenure, and forks: what it is asked to run is a process of its own without that time.

An order is one message of the socket that it was given: JSON with ``arguments`` and ``environment``, and four
descriptors: a socket that is told the process id and, later, the exit code, then standard input, output and error. The
program ends when the other end of its socket is closed; what it has forked goes on.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

from orchestrator.cli.main import run

LOADED_LATER = (
    "orchestrator.adapters.engine.worker",
    "orchestrator.adapters.pulumi.cloud_api",
    "orchestrator.adapters.pulumi.previews",
    "orchestrator.adapters.restic",
    "orchestrator.bootstrap_forge",
    "orchestrator.bootstrap_git",
    "orchestrator.web.app",
    "orchestrator.web.feed",
    "orchestrator.web.forge",
    "orchestrator.web.plans",
    "orchestrator.web.server",
    "orchestrator.workflows.execution",
)
"""What commands import when they run."""

LONGEST = 1 << 17

type Order = tuple[dict[str, Any], list[int]]
"""Arguments and environment, and the descriptors of standard input, output and error."""


class Program:
    """Takes orders from a socket, one process each.

    Args:
        orders: Where orders come in.
    """

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._waiting: dict[int, socket.socket] = {}
        self._ended, self._told = socket.socketpair()
        for end in (self._ended, self._told):
            end.settimeout(0)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._told.fileno())

    def serve(self) -> Order | None:
        """Take orders; returns in each process that was forked for one, and here, with None, at the end."""
        with selectors.DefaultSelector() as look:
            for source in (self._orders, self._ended):
                look.register(source, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in look.select()}
                if self._ended in ready:
                    self._tell_ends()
                if self._orders in ready:
                    message, descriptors, _, _ = socket.recv_fds(self._orders, LONGEST, 4)
                    if not message:
                        return None
                    if self._fork(socket.socket(fileno=descriptors[0]), descriptors[1:]):
                        return json.loads(message), descriptors[1:]

    def _fork(self, asker: socket.socket, descriptors: list[int]) -> bool:
        process = os.fork()
        if process == 0:
            self._leave(asker)
            return True
        for descriptor in descriptors:
            os.close(descriptor)
        self._waiting[process] = asker
        asker.send(str(process).encode())
        return False

    def _leave(self, asker: socket.socket) -> None:
        """Let go of all that is the program's own."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for mine in (asker, self._orders, self._ended, self._told, *self._waiting.values()):
            mine.close()

    def _tell_ends(self) -> None:
        self._ended.recv(LONGEST)
        with suppress(ChildProcessError):
            while (end := os.waitpid(-1, os.WNOHANG))[0]:
                with self._waiting.pop(end[0]) as asker, suppress(OSError):
                    asker.send(str(os.waitstatus_to_exitcode(end[1])).encode())


def become(order: dict[str, Any], descriptors: list[int]) -> None:
    """Be the process that was asked for."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["tenure", *order["arguments"]]


def main(descriptor: int) -> None:
    """Import what commands need, and serve."""
    for name in LOADED_LATER:
        importlib.import_module(name)
    gc.freeze()
    order = Program(socket.socket(fileno=descriptor)).serve()
    if order:
        become(*order)
        run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
