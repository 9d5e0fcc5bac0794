"""One login on one host by the ``ssh`` program: bounded, cancellable, and with a reason when it fails."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

LOOK_SECONDS = 0.1
TRANSPORT_FAILED = 255
"""ssh's own exit code when it, and not the remote command, failed."""


class Reason(StrEnum):
    """Why a host was not entered, in words for people."""

    NO_ROUTE = "no route to the host"
    REFUSED = "connection refused"
    TIMED_OUT = "no answer"
    DENIED = "permission denied: the host does not take the certificate"
    UNPROVEN = "the host does not prove that it is the one that was certified"
    UNPRINTED = "it is not certified yet, and its server has printed no host key on its console"
    BOOTING = "the host is still booting"
    UNKNOWN_NAME = "the name cannot be resolved"
    CLOSED = "the connection was closed"
    OTHER = "ssh failed"


PATTERNS: tuple[tuple[str, Reason], ...] = (
    (r"REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed", Reason.UNPROVEN),
    (r"no host key on the console", Reason.UNPRINTED),
    (r"No route to host|Network is unreachable", Reason.NO_ROUTE),
    (r"Connection refused", Reason.REFUSED),
    (r"timed out|Timeout, server .* not responding", Reason.TIMED_OUT),
    (r"System is booting up|pam_nologin|not permitted to log in yet", Reason.BOOTING),
    (r"Permission denied|Too many authentication failures", Reason.DENIED),
    (r"Could not resolve hostname", Reason.UNKNOWN_NAME),
    (r"Connection (closed|reset)|kex_exchange_identification|Broken pipe|refused by peer", Reason.CLOSED),
)
"""What OpenSSH prints, the most telling first: a jump that fails prints its own cause before the outer one's."""


@dataclass(frozen=True)
class Answer:
    """What one login gave.

    Attributes:
        code: Exit code of the remote command, or 255 when the host was not entered.
        output: What the command printed.
        errors: What ssh and the command printed as errors.
    """

    code: int
    output: str
    errors: str

    @property
    def entered(self) -> bool:
        """Whether the remote command ran."""
        return self.code != TRANSPORT_FAILED

    @property
    def reason(self) -> Reason:
        """Why the host was not entered."""
        return reason(self.errors)

    @property
    def telling_line(self) -> str:
        """The line that gave the reason, or the last one: what people search for."""
        lines = [line.strip() for line in self.errors.splitlines() if line.strip()]
        return next((line for line in lines if reason(line) is self.reason), lines[-1] if lines else "")


def reason(errors: str) -> Reason:
    """Find why ssh failed in what it printed."""
    return next((why for pattern, why in PATTERNS if re.search(pattern, errors)), Reason.OTHER)


def log_in(
    config: Path,
    host: str,
    command: str,
    *,
    until: float,
    operation: str,
    stopped: Callable[[], bool],
    options: tuple[str, ...] = (),
) -> Answer:
    """Run one command on a host.

    Args:
        config: The ssh_config.
        host: Alias in it.
        command: Shell text that runs on the host.
        until: When to give up, on ``time.monotonic``'s scale; the child and its jump are killed then.
        operation: Marks the processes (``TENURE_OPERATION``).
        stopped: Asked ten times a second whether to go on.
        options: Further options of ssh.
    """
    child = start(("ssh", "-F", str(config), *options, host, command), operation)
    while True:
        try:
            output, errors = child.communicate(timeout=LOOK_SECONDS)
            return Answer(child.returncode, output, errors)
        except subprocess.TimeoutExpired:
            if stopped() or time.monotonic() > until:
                output, errors = end(child)
                return Answer(TRANSPORT_FAILED, output, f"{errors}\ntimed out")


def start(arguments: tuple[str, ...], operation: str) -> subprocess.Popen[str]:
    """Start ssh in a process group of its own, marked as working for an operation."""
    return subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=marked(operation),
        start_new_session=True,
    )


def marked(operation: str) -> dict[str, str]:
    """Give the environment of a process that works for an operation; messages in English, since they are parsed."""
    return {**os.environ, "TENURE_OPERATION": operation, "LC_ALL": "C"}


def end[Text: (str, bytes)](child: subprocess.Popen[Text]) -> tuple[Text, Text]:
    """Kill a child with its jumps; give what it had printed."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    return child.communicate()
