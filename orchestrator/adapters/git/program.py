"""git's own program, bounded in time and output, without anything that a repository could make it run.

Hooks, file system monitors, external diffs, text conversions, replacement objects, lazy fetches and prompts are off.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.domain.errors import MissingPartError, OperationFailedError, RefusedError

LOCAL_SECONDS = 30.0
MOST_BYTES = 8 * 1024 * 1024
"""Of what git writes for one question; 2,000 environments need 120 KiB."""

SAFE_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.quotePath=false",
    "diff.external=",
    "protocol.ext.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
    "transfer.fsckObjects=true",
    "credential.helper=",
    "http.followRedirects=false",
)
SAFE_ENVIRONMENT = {
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PROTOCOL_FROM_USER": "0",
    "GIT_ASKPASS": "/bin/false",
    "SSH_ASKPASS": "/bin/false",
    "LC_ALL": "C",
}


class GitFailedError(OperationFailedError):
    """git ended with an error; its first line says why."""


@dataclass(frozen=True)
class Git:
    """Runs git in one repository.

    Attributes:
        folder: A repository, bare or with a work tree.
        environment: Further variables; what is secret goes this way, never by arguments.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def text(self, *arguments: str, timeout_seconds: float = LOCAL_SECONDS) -> str:
        """Give what git writes, without the last line's end; see :meth:`read`."""
        return self.read(*arguments, timeout_seconds=timeout_seconds).decode("utf-8", "backslashreplace").strip()

    def read(self, *arguments: str, timeout_seconds: float = LOCAL_SECONDS, most_bytes: int = MOST_BYTES) -> bytes:
        """Give what git writes.

        Raises:
            GitFailedError: It ended with an error, or not in time.
            RefusedError: It had more to say than ``most_bytes``.
            MissingPartError: There is no git.
        """
        with self._started(arguments) as child:
            timer = threading.Timer(timeout_seconds, _end, (child,))
            timer.start()
            errors = _Reader(child)
            try:
                written = child.stdout.read(most_bytes + 1) if child.stdout else b""
                if len(written) > most_bytes:
                    _end(child)
                    raise RefusedError(
                        f"git {arguments[0]} has more to say than {most_bytes} bytes",
                        rule="git/size",
                        hint="the repository is too large, or made to be",
                    )
                code = child.wait()
            finally:
                timed_out = not timer.is_alive()
                timer.cancel()
                errors.join()
        if code != 0:
            late = f"gave no answer within {timeout_seconds:g} s" if timed_out and code < 0 else errors.first_line
            raise GitFailedError(f"git {arguments[0]}: {late}", rule="git")
        return written

    def _started(self, arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
        settings = [part for setting in SAFE_SETTINGS for part in ("-c", setting)]
        command = ["git", "--literal-pathspecs", "--no-pager", *settings, *arguments]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environment = {**kept, **SAFE_ENVIRONMENT, **self.environment}
        try:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except FileNotFoundError:
            if self.folder.is_dir():
                raise MissingPartError("there is no git on this machine", hint="apt install git") from None
            raise GitFailedError(f"there is no folder {self.folder}", rule="git") from None
        except NotADirectoryError:
            raise GitFailedError(f"{self.folder} is no folder", rule="git") from None


def _end(child: subprocess.Popen[bytes]) -> None:
    """End git with the helpers that it started: a fetch's would hold the pipes open."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


class _Reader(threading.Thread):
    """Takes what git complains of, so that a full pipe never holds it up."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        super().__init__(daemon=True)
        self._child = child
        self._said = b""
        self.start()

    def run(self) -> None:
        """Read to the end; only the beginning is kept."""
        if self._child.stderr is None:
            return
        while part := self._child.stderr.read(4096):
            self._said = (self._said + part)[:4096]

    @property
    def first_line(self) -> str:
        """What git said first."""
        lines = self._said.decode("utf-8", "backslashreplace").strip().splitlines()
        return lines[0] if lines else "ended without a word"
