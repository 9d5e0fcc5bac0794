"""One script on one host, as root: bounded in time on both sides, bounded in output, and cancellable."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.adapters.ssh.login import LOOK_SECONDS, TRANSPORT_FAILED, Answer, end, marked
from orchestrator.adapters.ssh.readiness import BOUND_REACHED
from orchestrator.domain.errors import CancelledError, ConflictError, OperationFailedError
from orchestrator.ports import Job

OUTPUT_BYTES = 1024 * 1024
GRACE_SECONDS = 15.0
"""How much longer than its bound on the host an errand may take here."""
TOLD_CHARACTERS = 600


@dataclass(frozen=True)
class Errand:
    """What is to be run where.

    Attributes:
        config: The ssh_config.
        host: Alias in it.
        script: Shell text; runs as root by sudo, which the hosts' administrator may use without a password.
        seconds: How long it may take on the host.
        secret: What the script reads from its standard input; it stands in no process's arguments.
    """

    config: Path
    host: str
    script: str
    seconds: float
    secret: str = field(default="", repr=False)

    def done(self, job: Job, folder: Path) -> str:
        """Run it and give what it printed.

        OperationFailedError with what the host said when it was not entered, ended with an error, took too long or
        printed too much; CancelledError when somebody asked to stop; ConflictError when the lease has ended.
        """
        output, errors = folder / "output", folder / "errors"
        with _said(self.secret) as said, output.open("wb") as printed, errors.open("wb") as complained:
            child = subprocess.Popen(
                ("ssh", "-F", str(self.config), self.host, self._command()),
                stdin=said,
                stdout=printed,
                stderr=complained,
                env=marked(job.operation),
                start_new_session=True,
            )
            code = self._wait(child, job, output)
        answer = Answer(code, output.read_text(errors="replace"), errors.read_text(errors="replace"))
        if code != 0:
            raise self._failure(answer)
        return answer.output

    def _command(self) -> str:
        bounded = f"timeout --kill-after=5 {max(1, int(self.seconds))}"
        return f"sudo -n {bounded} sh -c {shlex.quote(self.script)}"

    def _wait(self, child: subprocess.Popen[bytes], job: Job, output: Path) -> int:
        until = time.monotonic() + self.seconds + GRACE_SECONDS
        try:
            while True:
                try:
                    return child.wait(LOOK_SECONDS)
                except subprocess.TimeoutExpired:
                    self._may_go_on(job, until, output)
        finally:
            if child.poll() is None:
                end(child)

    def _may_go_on(self, job: Job, until: float, output: Path) -> None:
        if job.control.cancelled():
            raise CancelledError(f"the work on host {self.host} has stopped")
        if time.monotonic() >= job.control.valid_until():
            raise ConflictError("the lease has ended", hint="`tenure operation retry` goes on")
        if time.monotonic() > until:
            raise OperationFailedError(f"host {self.host} did not answer in {self.seconds:g} seconds")
        if output.stat().st_size > OUTPUT_BYTES:
            raise OperationFailedError(f"host {self.host} printed more than {OUTPUT_BYTES} bytes")

    def _failure(self, answer: Answer) -> OperationFailedError:
        if answer.code == TRANSPORT_FAILED:
            return OperationFailedError(
                f"host {self.host} was not entered: {answer.reason}",
                detail=answer.telling_line,
                hint="see `tenure env show` for its address, and the security groups and the console log of the server",
            )
        if answer.code == BOUND_REACHED:
            return OperationFailedError(f"the work on host {self.host} took more than {self.seconds:g} seconds")
        said = " ".join((answer.errors.strip() or answer.output.strip()).split())[-TOLD_CHARACTERS:]
        return OperationFailedError(f"the work on host {self.host} failed", detail=said)


@contextmanager
def _said(secret: str) -> Iterator[int]:
    """Give what a child reads: an unnamed file in memory, which no other process finds and no disk keeps."""
    descriptor = os.memfd_create("said", os.MFD_CLOEXEC) if secret else os.open(os.devnull, os.O_RDONLY)
    try:
        if secret:
            os.write(descriptor, secret.encode())
            os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)
