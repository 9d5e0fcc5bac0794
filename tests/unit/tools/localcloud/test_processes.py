"""Background processes are known by the lock that they hold, whatever happened to them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.localcloud.locks import locked, try_lock
from tools.localcloud.processes import Process

PATIENCE_SECONDS = 5


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    """A process that is not started yet and surely ends with the test."""
    made = Process(tmp_path / "sleeper.lock")
    yield made
    made.stop(PATIENCE_SECONDS)


def _start(process: Process, *command: str) -> int:
    process.start(command or ("sleep", "60"), dict(os.environ), process.lock.with_suffix(".log"))
    pid = process.pid()
    assert pid is not None
    return pid


def _wait_until_gone(process: Process) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while process.pid() is not None and time.monotonic() < end:
        time.sleep(0.05)


def test_nothing_runs_before_the_start(process: Process) -> None:
    """Without a lock file there is no process, and stopping it is harmless."""
    assert process.pid() is None
    process.stop(PATIENCE_SECONDS)


def test_a_started_process_is_its_own_session(process: Process) -> None:
    """The pid on record is the program's, which a signal to the caller's group does not reach."""
    pid = _start(process)

    assert os.getsid(pid) == pid
    program, end = Path(f"/proc/{pid}/cmdline"), time.monotonic() + PATIENCE_SECONDS
    while program.read_bytes() != b"sleep\x0060\x00":  # the shell that wrote its pid becomes it a moment later
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_second_start_changes_nothing(process: Process) -> None:
    """Whoever starts a running process again gets the same one."""
    assert _start(process) == _start(process)


def test_a_killed_process_is_seen_as_gone(process: Process) -> None:
    """Kill -9 needs no tidying up: the next start is a new process."""
    first = _start(process)
    os.kill(first, signal.SIGKILL)
    _wait_until_gone(process)

    assert process.pid() is None
    assert _start(process) != first


def test_stopping_ends_what_ignores_the_polite_signal(process: Process) -> None:
    """After the grace the process is killed, with what it has started."""
    _start(process, "sh", "-c", "trap '' TERM; sleep 60 & while true; do sleep 0.1; done")

    process.stop(grace_seconds=0.3)

    assert process.pid() is None


def test_a_pid_that_is_used_again_is_not_mistaken(process: Process, tmp_path: Path) -> None:
    """A lock file that names somebody else's pid, but is not held, means that nothing runs."""
    with subprocess.Popen(["sleep", "60"]) as other:
        (tmp_path / "sleeper.lock").write_text(f"{other.pid}\n")

        assert process.pid() is None
        process.stop(PATIENCE_SECONDS)
        assert other.poll() is None
        other.kill()


def test_a_lock_whose_file_was_removed_is_taken_anew(tmp_path: Path) -> None:
    """After a wipe removed the folder, nobody believes to hold a lock on a file that is gone."""
    path = tmp_path / "cloud.lock"
    with locked(path, lambda: None):
        assert try_lock(path) is None
        path.unlink()
        descriptor = try_lock(path)
        assert descriptor is not None
        os.close(descriptor)
