"""Child programs of the toolchain: bounded in time, in their own process group, read line by line."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

from orchestrator.adapters.toolchain.part import WayFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

LAST_LINES = 3


def run_bounded(
    command: Sequence[str],
    *,
    timeout_seconds: float,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    on_line: Callable[[str], None] | None = None,
) -> str:
    """Run a program to its end and give all that it wrote (both streams).

    Args:
        command: Program and arguments; never a shell.
        timeout_seconds: After this the program and all its children are killed.
        environment: Laid over this process's environment.
        folder: Where it runs.
        on_line: Takes each line while it runs.

    Raises:
        WayFailedError: It can't be started, did not end in time, or ended with an error; its last lines say why.
    """
    lines: list[str] = []
    with started(command, environment=environment, folder=folder) as (child, output):
        late = threading.Event()
        timer = threading.Timer(timeout_seconds, _give_up, (child, late))
        timer.start()
        try:
            for line in output:
                lines.append(line.rstrip())
                if on_line is not None:
                    on_line(lines[-1])
            code = child.wait()
        finally:
            timer.cancel()
    if late.is_set():
        raise WayFailedError(f"{command[0]} gave no result within {timeout_seconds:g} s")
    if code != 0:
        last = " | ".join([line for line in lines if line][-LAST_LINES:])
        raise WayFailedError(f"{command[0]} ended with code {code}: {last}")
    return "\n".join(lines)


@contextmanager
def started(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """A program that runs while the context lasts, with its output; its whole group is dead afterwards."""
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            cwd=folder,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    except OSError as error:
        raise WayFailedError(f"{command[0]} can't be started: {error.strerror}") from error
    with child:
        try:
            assert child.stdout is not None  # noqa: S101 - asked for above; tells the type checker
            yield child, child.stdout
        finally:
            _kill_group(child)


def _give_up(child: subprocess.Popen[str], late: threading.Event) -> None:
    late.set()
    _kill_group(child)


def _kill_group(child: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
