"""Runs the Pulumi CLI for the Automation API: stoppable from another thread, and dead when its parent is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from typing import Any

from pulumi import automation
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from orchestrator.domain.errors import OperationFailedError


class StoppableCommand(automation.PulumiCommand):
    """The Automation API's command with three changes.

    It never asks the CLI for its version (the toolchain verified it), it can be interrupted, and where setpriv is
    installed the kernel kills the CLI when this process dies.
    """

    def __init__(self, binary: str, version: str) -> None:  # the base class would run the CLI to ask its version
        self.command = binary
        self.version = VersionInfo.parse(version)
        setpriv = shutil.which("setpriv")
        self._prefix = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self.interrupted = False
        self._ended = False

    def end(self) -> None:
        """Let nothing more begin: whoever calls this ends what is running."""
        with self._lock:
            self._ended = True

    def interrupt(self) -> None:
        """Ask the running CLI to stop after the steps that are under way; what was not begun yet never begins."""
        with self._lock:
            self.interrupted = True
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(signal.SIGINT)

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> automation.CommandResult:
        """Run to the end; raises the Automation API's CommandError or one of its kinds."""
        return self.feed("", args, cwd, additional_env, on_output, on_error)

    def feed(
        self,
        text: str,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> automation.CommandResult:
        """Run with ``text`` on standard input, where secrets may stand."""
        process = self._start(args, cwd, additional_env)
        stdout, stderr = process.communicate(text)
        for callback, output in ((on_output, stdout), (on_error, stderr)):
            if callback is not None:
                for line in output.splitlines():
                    callback(line)
        result = automation.CommandResult(stdout=stdout.rstrip(), stderr=stderr.rstrip(), code=process.returncode)
        if process.returncode != 0:
            raise create_command_error(result)
        return result

    def _start(self, args: list[str], cwd: str, additional_env: Mapping[str, str]) -> subprocess.Popen[str]:
        with self._lock:
            if self._ended:
                raise OperationFailedError("the work was ended before the Pulumi CLI was started")
            if self.interrupted:
                raise InterruptedError("asked to stop before the Pulumi CLI was started")
            self._process = subprocess.Popen(
                [*self._prefix, self.command, "--non-interactive", *args],
                cwd=cwd,
                env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
            )
            return self._process
