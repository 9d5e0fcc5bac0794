"""The parent's side of a play: starts its child in namespaces of its own, beats, listens, and ends it."""

from __future__ import annotations

import json
import math
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import StrEnum
from typing import IO, Any

from orchestrator.adapters.ansible.place import FOLDER, MARGIN_SECONDS, REACHING_SECONDS
from orchestrator.domain.errors import MissingPartError
from orchestrator.ports import RunControl

BEAT_SECONDS = 0.5
LONGEST_BEAT_SECONDS = 3600.0
ENDING_SECONDS = 4 * REACHING_SECONDS
"""How long a child may take to end what runs on the hosts."""
CHILD = "orchestrator.adapters.ansible.child"
MEMORY = "256m"


class Stopped(StrEnum):
    """Why a play was stopped from here."""

    CANCELLED = "cancelled"
    LEASE = "lease"
    TIME = "time"


class PlayProcess:
    """One child with its own processes, its own file system in memory, and a pipe for orders.

    Attributes:
        stopped: Why it was stopped from here, if it was.
        ended: Whether it ended by itself; one that died did not.
        complaints: What it complained of, once it is over.

    Args:
        environment: The child's environment variables; nothing else of ours reaches it.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self._complaints = os.memfd_create("complaints", os.MFD_CLOEXEC)
        try:
            self._process = subprocess.Popen(
                isolated(sys.executable, "-m", CHILD),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                env=environment,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise MissingPartError(
                "unshare is not installed", hint="install util-linux: plays run in namespaces of their own"
            ) from error
        self._input = _pipe(self._process.stdin)
        self._output = _pipe(self._process.stdout)
        self._rest = b""
        self.stopped: Stopped | None = None
        self.ended = False
        self.complaints = ""

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def begin(self, order: dict[str, Any]) -> None:
        """Give the order; the child begins."""
        self._send(order)

    def messages(self, control: RunControl, seconds: float, tick: Callable[[], None]) -> Iterator[dict[str, Any]]:
        """Give what the child tells until it has ended, by itself or because it had to stop; :attr:`stopped` says why.

        Args:
            control: Cancellation and lease, asked twice a second.
            seconds: Bound of the whole play.
            tick: Called twice a second.
        """
        until = time.monotonic() + seconds
        given_up = math.inf
        with selectors.DefaultSelector() as selector:
            selector.register(self._output, selectors.EVENT_READ)
            while True:
                if selector.select(BEAT_SECONDS):
                    chunk = os.read(self._output.fileno(), 1 << 16)
                    if not chunk:
                        return
                    yield from self._lines(chunk)
                tick()
                if self.stopped is None:
                    self._beat(control, until)
                    given_up = math.inf if self.stopped is None else time.monotonic() + ENDING_SECONDS
                if time.monotonic() > given_up:
                    return

    def end(self) -> None:
        """Kill what is left; unshare's death kills the namespace's first process, which takes the others along."""
        with suppress(BrokenPipeError):
            self._input.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._output.close()
        with os.fdopen(self._complaints, "rb") as file:
            file.seek(0)
            self.complaints = file.read().decode(errors="replace")

    def _beat(self, control: RunControl, until: float) -> None:
        """Keep the child's lease alive, or tell it to stop."""
        remaining = lease_seconds(control)
        if remaining <= MARGIN_SECONDS:
            self.stopped = Stopped.LEASE
        elif control.cancelled():
            self.stopped = Stopped.CANCELLED
        elif time.monotonic() > until:
            self.stopped = Stopped.TIME
        self._send({"stop": True} if self.stopped else {"lease_seconds": remaining})

    def _lines(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if message["event"] == "ended":
                self.ended = True
            else:
                yield message

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._input.write(json.dumps(message).encode() + b"\n")
            self._input.flush()
        except BrokenPipeError:
            return


def lease_seconds(control: RunControl) -> float:
    """Give how long the lease is good for from now on, but never more than an hour at once."""
    return min(control.valid_until() - time.monotonic(), LONGEST_BEAT_SECONDS)


def isolated(*program: str) -> tuple[str, ...]:
    """Give the command that runs a program in namespaces of processes and mounts, with memory over a play's folder."""
    rights = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    mount = f'mount -t tmpfs -o mode=0700,size={MEMORY},nosuid,nodev tenure {FOLDER} && exec "$@"'
    spaces = ("unshare", *rights, "--pid", "--fork", "--kill-child=KILL", "--mount", "--mount-proc")
    return (*spaces, "sh", "-c", mount, "sh", *program)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("a child was started without pipes")
    return pipe
