"""Restic, run once: its secrets in its environment only, its complaints read as they come."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import IO, Any

from orchestrator.adapters.restic.onhost.faults import HostFaultError, fault, is_hopeless

PROGRAM = "restic"
CACHE = "/var/cache/tenure-restic"
PATIENCE_SECONDS = 120.0
"""How long a store may be out of reach before the work ends; restic by itself would wait for 15 minutes."""
PAUSE_SECONDS = 90.0
"""Longer than restic waits between two tries."""
SOME_UNREAD = 3
"""Restic's exit code for a snapshot that lacks files which could not be read."""
KEPT_LINES = 200
GARBAGE_PERCENT = 200
"""Restic collects garbage at 50 by itself, which takes time from the host's work; measured in docs/performance.md."""
MEMORY_SHARE = 4
"""Part of the host's memory from which on it collects as often as it must instead; Go before 1.19 does not know it."""


class Trouble:
    """How long restic has been trying again without a pause; a single retry after hours of work is no trouble."""

    def __init__(self) -> None:
        self._since = self._last = float("-inf")

    def lasts(self, now: float) -> bool:
        """Take in a retry, and say whether it has been going on for too long."""
        if now - self._last > PAUSE_SECONDS:
            self._since = now
        self._last = now
        return now - self._since > PATIENCE_SECONDS


class Child:
    """One restic that runs.

    Args:
        restic: Repository and secrets.
        arguments: Of the command.
        stdin: What it reads, if anything.
        stdout: Where its output goes; collected when not given.
    """

    def __init__(
        self, restic: Restic, arguments: Sequence[str], stdin: int | None = None, stdout: int | None = None
    ) -> None:
        self.process = subprocess.Popen(
            [restic.program, "--cache-dir", CACHE, *arguments],
            env=restic.environment,
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE if stdout is None else stdout,
            stderr=subprocess.PIPE,
        )
        RUNNING.append(self.process)
        self.lines: list[str] = []
        self.output = b""
        self._trouble = Trouble()
        self._readers = [threading.Thread(target=self._listen, daemon=True)]
        if stdout is None:
            self._readers.append(threading.Thread(target=self._collect, daemon=True))
        for reader in self._readers:
            reader.start()

    def _listen(self) -> None:
        """End a restic that complains of what will not change by trying again."""
        for raw in _pipe(self.process.stderr):
            line = raw.decode("utf-8", "replace").rstrip()
            self.lines.append(line)
            del self.lines[:-KEPT_LINES]
            if "retrying after" in line and (is_hopeless(line) or self._trouble.lasts(time.monotonic())):
                self.stop()

    def _collect(self) -> None:
        self.output = _pipe(self.process.stdout).read()

    def stop(self) -> None:
        """Interrupt it: at this signal, and no other, it takes its lock away."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)

    def wait(self, fine: tuple[int, ...] = (0,)) -> bytes:
        """Give its output; HostFaultError with what it complained of when it ended otherwise than well."""
        code = self.process.wait()
        for reader in self._readers:
            reader.join()
        RUNNING.remove(self.process)
        if code not in fine:
            raise fault(self.said() or f"restic ended with {code}")
        return self.output

    def said(self) -> str:
        """Give what it complained of."""
        return "\n".join(self.lines)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101  both were asked for as pipes
    return stream


RUNNING: list[subprocess.Popen[bytes]] = []
"""Every child of this program that has not ended: whoever ends the program ends these first."""


class Restic:
    """One repository.

    Args:
        repository: As restic names it, ``s3:https://…``.
        secrets: ``password`` of the repository; ``key``, ``secret`` and ``token`` of the store.
        region: The store's region.
    """

    def __init__(self, repository: str, secrets: dict[str, str], region: str) -> None:
        program = shutil.which(PROGRAM)
        if program is None:
            raise HostFaultError("lacking", "restic is not installed")
        self.program = program
        self.environment = {
            "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            "HOME": "/root",
            "RESTIC_REPOSITORY": repository,
            "RESTIC_PASSWORD": secrets["password"],
            "AWS_ACCESS_KEY_ID": secrets["key"],
            "AWS_SECRET_ACCESS_KEY": secrets["secret"],
            "AWS_DEFAULT_REGION": region,
            "GOGC": str(GARBAGE_PERCENT),
            "GOMEMLIMIT": str(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEMORY_SHARE),
        }
        if secrets.get("token"):
            self.environment["AWS_SESSION_TOKEN"] = secrets["token"]
        self.notes: list[str] = []

    def run(self, *arguments: str, fine: tuple[int, ...] = (0,)) -> bytes:
        """Run it to its end; a lock that a dead job left is removed once, and told."""
        try:
            return Child(self, arguments).wait(fine)
        except HostFaultError as found:
            if found.kind != "locked":
                raise
            self.unlock()
            return Child(self, arguments).wait(fine)

    def unlock(self) -> None:
        """Remove locks whose process is known to be dead: restic looks at their host, process and age."""
        Child(self, ["unlock"]).wait()
        self.notes.append("a lock that a dead job had left was looked for and removed")

    def snapshot(self, *arguments: str) -> dict[str, Any]:
        """Run ``backup``; give its summary with the paths that it could not read."""
        return summary(self.run("backup", "--json", "--quiet", *arguments, fine=(0, SOME_UNREAD)))


def summary(output: bytes) -> dict[str, Any]:
    """Find the summary in what ``restic backup --json`` printed."""
    found: dict[str, Any] = {}
    for line in output.splitlines():
        told = json.loads(line)
        if told.get("message_type") == "summary":
            found = told
    if not found.get("snapshot_id"):
        raise HostFaultError("failed", "restic named no snapshot")
    return found


def unread(child: Child) -> list[str]:
    """Give the paths that a ``backup`` could not read."""
    paths = []
    for line in child.lines:
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if told.get("message_type") == "error" and told.get("item"):
            paths.append(str(told["item"]))
    return paths
