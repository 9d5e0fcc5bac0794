"""Finding and ending the processes that work for an operation."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.adapters.pulumi import marks
from orchestrator.adapters.pulumi.marks import ENVIRONMENT_MARK, MARK, end_marked, environment_value, marked


def test_marked_processes_are_found_and_ended_wherever_they_were_moved_to() -> None:
    """A process in a session of its own, whose parent is gone, still carries the mark of its operation."""
    operation = f"op-{uuid.uuid4().hex}"
    script = "sleep 300 </dev/null >/dev/null 2>&1 & echo $!"
    launched = subprocess.run(
        ["setsid", "sh", "-c", script],
        env={**os.environ, MARK: operation},
        check=True,
        capture_output=True,
        text=True,
        timeout=10,
    )
    orphan = int(launched.stdout)
    assert marked(MARK, operation) == (orphan,)
    assert end_marked(MARK, operation) == 1
    assert marked(MARK, operation) == ()


def test_another_operations_processes_are_left_alone() -> None:
    """A mark is compared whole: op-1 is not op-10."""
    operation = f"op-{uuid.uuid4().hex}"
    with subprocess.Popen(["sleep", "300"], env={**os.environ, MARK: f"{operation}0"}) as other:
        assert end_marked(MARK, operation) == 0
        assert other.poll() is None
        assert end_marked(MARK, f"{operation}0") == 1


def test_two_installations_leave_each_others_environments_alone(tmp_path: Path) -> None:
    """Equal names in two homes are two environments; one home is the same by whatever path it is reached."""
    name = f"water-gauge{uuid.uuid4().hex[:8]}-test"
    one, other = (environment_value(tmp_path / home, name) for home in ("one", "other"))
    assert environment_value(tmp_path / "other" / ".." / "one", name) == one != other
    with subprocess.Popen(["sleep", "300"], env={**os.environ, ENVIRONMENT_MARK: one}) as worker:
        assert end_marked(ENVIRONMENT_MARK, other) == 0
        assert worker.poll() is None
        assert end_marked(ENVIRONMENT_MARK, one) == 1


def test_whoever_is_in_the_middle_of_its_exec_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a process shows no environment yet; the processes here are pictures of some in /proc, which nobody kills."""
    monkeypatch.setattr(marks, "PROC", tmp_path)
    begun = _pictured(tmp_path, 4_000_001, environ=b"", cmdline=b"", exe="/usr/bin/plugin")
    _pictured(tmp_path, 4_000_002, environ=b"", cmdline=b"", exe=None)
    _pictured(tmp_path, 4_000_003, environ=b"", cmdline=b"emptied\0", exe="/usr/bin/emptied")
    pauses: Iterator[int] = iter(range(1000))

    def pause(_seconds: float) -> None:
        if next(pauses) == 4:
            (begun / "environ").write_bytes(f"{MARK}=op-1".encode())
            (begun / "cmdline").write_bytes(b"plugin\0")

    def kill(pid: int) -> None:
        (tmp_path / str(pid) / "environ").unlink()

    monkeypatch.setattr("time.sleep", pause)
    monkeypatch.setattr(marks, "_kill", kill)
    assert end_marked(MARK, "op-1") == 1
    assert marked(MARK, "op-1") == ()


def _pictured(proc: Path, pid: int, environ: bytes, cmdline: bytes, exe: str | None) -> Path:
    """Make a process's folder as /proc shows it; the kernel's threads and zombies have no program."""
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "environ").write_bytes(environ)
    (folder / "cmdline").write_bytes(cmdline)
    if exe:
        (folder / "exe").symlink_to(exe)
    return folder
