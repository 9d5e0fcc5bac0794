"""The child process: takes orders on stdin, works with Pulumi, answers on stdout.

Run by :class:`orchestrator.adapters.pulumi.provisioner.PulumiProvisioner`, never by people. It waits with its imports
done, so that an operation need not wait for them.
"""

from __future__ import annotations

import os
import queue
import sys
import threading

from orchestrator.adapters.pulumi.command import StoppableCommand
from orchestrator.adapters.pulumi.labour import Labour
from orchestrator.adapters.pulumi.messages import (
    TO_CHILD,
    Answer,
    CancelOrder,
    Happened,
    LeaseBeat,
    Order,
    Ready,
)
from orchestrator.adapters.pulumi.watchdog import Watchdog


class Child:
    """Reads orders in one thread, works in the main one."""

    def __init__(self, answers: int) -> None:
        self._answers = os.fdopen(answers, "w", encoding="utf-8", buffering=1)
        self._writing = threading.Lock()
        self._orders: queue.Queue[tuple[Order, StoppableCommand]] = queue.Queue()
        self._command: StoppableCommand | None = None
        self._watchdog = Watchdog(self._start_nothing_more)

    def serve(self) -> None:
        """Work until the parent closes stdin."""
        threading.Thread(target=self._listen, name="orders", daemon=True).start()
        self._tell(Ready())
        while True:
            self._obey(*self._orders.get())

    def _obey(self, order: Order, command: StoppableCommand) -> None:
        self._watchdog.begin(order.operation, order.lease_seconds)
        answer = Labour(order, command, lambda event: self._tell(Happened(event=event))).answer()
        self._watchdog.end()
        self._tell(answer)

    def _listen(self) -> None:
        for line in sys.stdin:
            self._hear(line)
        self._watchdog.kill()

    def _hear(self, line: str) -> None:
        match TO_CHILD.validate_json(line):
            case Order() as order:
                self._command = StoppableCommand(order.workshop.pulumi, order.workshop.pulumi_version)
                self._orders.put((order, self._command))
            case LeaseBeat(seconds=seconds):
                self._watchdog.extend(seconds)
            case CancelOrder():
                if self._command is not None:
                    self._command.interrupt()

    def _start_nothing_more(self) -> None:
        if self._command is not None:
            self._command.end()

    def _tell(self, message: Ready | Happened | Answer) -> None:
        try:
            with self._writing:
                self._answers.write(message.model_dump_json() + "\n")
        except BrokenPipeError:
            self._watchdog.kill()  # nobody reads any more; leaving by the exception would leave the plugins behind


def main() -> None:
    """Keep stdout for answers alone: whatever prints goes to stderr, which is a log file."""
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Child(answers).serve()


if __name__ == "__main__":
    main()
