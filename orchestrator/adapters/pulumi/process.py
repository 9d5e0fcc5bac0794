"""The parent's side of a child process: orders and heartbeats go in, events and one answer come out."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from orchestrator.adapters.pulumi.confinement import Confinement
from orchestrator.adapters.pulumi.marks import MARK, end_marked
from orchestrator.adapters.pulumi.messages import (
    TO_PARENT,
    Answer,
    CancelOrder,
    Ended,
    Happened,
    LeaseBeat,
    Order,
    Ready,
)
from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.records import StepEvent
from orchestrator.ports import RunControl

CHILD = (sys.executable, "-m", "orchestrator.adapters.pulumi.child")
BEAT_SECONDS = 0.5
LONGEST_BEAT_SECONDS = 3600.0
POLITE_SECONDS = 30.0
"""How long a cancelled child may take to end the steps that are under way."""


class ChildProcess:
    """One child: started, perhaps kept warm, given orders one after the other, ended.

    Args:
        log: Where it complains.
        environment: Its environment.
        confinement: What it does not see; None when it sees what this process does.
    """

    def __init__(self, log: Path, environment: dict[str, str], confinement: Confinement | None = None) -> None:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with log.open("ab") as stderr:
            self._process = subprocess.Popen(
                CHILD if confinement is None else confinement.command(*CHILD),
                cwd=None if confinement is None else confinement.folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=environment,
                start_new_session=True,
            )
        self._input = _pipe(self._process.stdin)
        self._output = _pipe(self._process.stdout)
        self._log = log
        self._rest = b""
        self._cancelled_at: float | None = None

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id, which is its process group's too."""
        return self._process.pid

    def work(self, order: Order, control: RunControl, watch: Callable[[StepEvent], None], seconds: float) -> Answer:
        """Give an order and wait for its answer; a child that dies, dawdles or loses its lease answers by us.

        Args:
            order: What to do.
            control: Cancellation and lease, asked twice a second.
            watch: Takes the events.
            seconds: Bound of the whole order.
        """
        deadline = time.monotonic() + seconds
        self._cancelled_at = None
        self._send(order)
        with selectors.DefaultSelector() as selector:
            selector.register(self._output, selectors.EVENT_READ)
            while True:
                for message in self._receive(selector):
                    if isinstance(message, Answer):
                        return message
                    if isinstance(message, Happened):
                        watch(message.event)
                verdict = self._verdict(control, deadline)
                if verdict is not None:
                    return verdict

    def _verdict(self, control: RunControl, deadline: float) -> Answer | None:
        """Keep the child's lease alive, pass a cancellation on, and judge whether it is over."""
        if not self.alive:
            return _failed(
                f"the Pulumi child died with code {self._process.returncode}; its last words are in {self._log}"
            )
        now = time.monotonic()
        remaining = lease_seconds(control)
        if remaining <= 0:
            return _failed("the lease of the environment is lost")
        if now > deadline:
            return _failed("the operation took longer than its bound")
        if self._cancelled_at is None and control.cancelled():
            self._cancelled_at = now
            self._send(CancelOrder())
        if self._cancelled_at is not None and now > self._cancelled_at + POLITE_SECONDS:
            return Answer(ended=Ended.CANCELLED)
        self._send(LeaseBeat(seconds=remaining))
        return None

    def end(self, operation: str = "") -> None:
        """Kill the child and everything that carries the operation's mark; returns when all are dead.

        Its log stays if it says anything.
        """
        if self.alive:
            _kill_group(self.pid)
        self._process.wait()
        self._input.close()
        self._output.close()
        if self._log.exists() and self._log.stat().st_size == 0:
            self._log.unlink()
        if operation:
            end_marked(MARK, operation)

    def _send(self, message: Order | LeaseBeat | CancelOrder) -> None:
        try:
            self._input.write(message.model_dump_json().encode() + b"\n")
            self._input.flush()
        except BrokenPipeError:
            self._process.wait()

    def _receive(self, selector: selectors.BaseSelector) -> list[Ready | Happened | Answer]:
        if not selector.select(BEAT_SECONDS):
            return []
        chunk = os.read(self._output.fileno(), 1 << 16)
        if not chunk:
            self._process.wait()
            return []
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return [TO_PARENT.validate_json(line) for line in lines]


def lease_seconds(control: RunControl) -> float:
    """Give how long the lease is good for from now on, but never more than an hour at once."""
    return min(control.valid_until() - time.monotonic(), LONGEST_BEAT_SECONDS)


def _failed(summary: str) -> Answer:
    return Answer(ended=Ended.FAILED, diagnostics=(Diagnostic(summary=summary, hint="tenure operation retry"),))


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("a child was started without pipes")
    return pipe


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
