"""Tenure's commands as processes of their own, forked from a program that has imported it.

Importing takes a command seconds of the processor: a test that runs fifty of them, or starts a server thirty times,
spends most of its time so. That commands start by themselves is shown elsewhere.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

LONGEST = 1 << 10


@dataclass
class Running:
    """A process that was forked.

    Attributes:
        pid: Its id.
        code: Its exit code, negative for a signal; None as long as nobody has seen its end.
    """

    pid: int
    connection: socket.socket
    code: int | None = None

    def poll(self) -> int | None:
        """Give the exit code if it is over."""
        return self._end(0.0)

    def wait(self, seconds: float | None = None) -> int:
        """Wait for the end, and give the exit code."""
        code = self._end(seconds)
        assert code is not None, f"process {self.pid} runs on after {seconds} s"
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it is over."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self.send_signal(signal.SIGKILL)

    def _end(self, seconds: float | None) -> int | None:
        if self.code is None:
            self.connection.settimeout(seconds)
            try:
                self.code = int(self.connection.recv(LONGEST))
            except (BlockingIOError, TimeoutError):
                return None
            self.connection.close()
        return self.code


@dataclass
class WarmTenure:
    """What runs commands.

    Attributes:
        orders: Where the program takes orders.
        started: Every process that it was asked for.
    """

    orders: socket.socket
    started: list[Running] = field(default_factory=list)

    def start(
        self, arguments: tuple[str, ...], environment: Mapping[str, str], said: IO[Any], errors: IO[Any]
    ) -> Running:
        """Start a command; it has no standard input."""
        mine, told = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        order = json.dumps({"arguments": arguments, "environment": dict(environment)}).encode()
        with told, Path(os.devnull).open("rb") as nothing:
            streams = [each.fileno() for each in (told, nothing, said, errors)]
            socket.send_fds(self.orders, [order], streams)
        made = Running(int(mine.recv(LONGEST)), mine)
        self.started.append(made)
        return made

    def run(self, arguments: tuple[str, ...], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        with tempfile.TemporaryFile("w+", encoding="utf-8") as said, tempfile.TemporaryFile("w+") as errors:
            code = self.start(arguments, environment, said, errors).wait()
            said.seek(0)
            errors.seek(0)
            return subprocess.CompletedProcess(("tenure", *arguments), code, said.read(), errors.read())


@contextmanager
def warm_tenure() -> Iterator[WarmTenure]:
    """Run the program around the block; what it was asked for and has not ended is killed."""
    mine, orders = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with orders:
        command = [sys.executable, "-m", "tests.warm_program", str(orders.fileno())]
        # A Ctrl+C is for whoever waits here: the program has to live until it has told of everybody's end.
        program = subprocess.Popen(command, pass_fds=(orders.fileno(),), start_new_session=True)
    with program, mine:
        made = WarmTenure(mine)
        try:
            yield made
        finally:
            for each in made.started:
                each.kill()
                each.wait()
