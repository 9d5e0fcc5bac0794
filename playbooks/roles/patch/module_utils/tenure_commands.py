"""Commands of the package managers: bounded, in one language, and patient with a lock that somebody else holds."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

from ansible.module_utils.tenure_host.machine import HostError, Machine
from ansible.module_utils.tenure_host.packages import LOCK_POLL_SECONDS, LOCKED, mend

BOUND_SECONDS = 1800
"""How long one command of a package manager may take on the host, whatever became of the controller."""

QUIET = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}


class Fault(Exception):  # noqa: N818 - it is told as a fault of the host, not of a program
    """What went wrong on the host, in one line, with what the command said."""

    def __init__(self, summary: str, said: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.said = said[-2000:]


def attempt(command: list[str], cwd: str = "/", seconds: int = BOUND_SECONDS) -> subprocess.CompletedProcess[str]:
    """Run a command to its end or its bound; whoever started it may be gone meanwhile."""
    bounded = ["timeout", "--kill-after=10", str(seconds), *command]
    return subprocess.run(
        bounded,
        cwd=cwd,
        env={**os.environ, **QUIET},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


def run(command: list[str], cwd: str = "/") -> str:
    """Run a command that should work; give what it said."""
    done = attempt(command, cwd)
    if done.returncode != 0:
        raise Fault(f"{' '.join(command[:3])} ended with {done.returncode}: {last_line(done.stdout)}", done.stdout)
    return done.stdout


def run_unlocked(command: list[str], wait_seconds: float, cwd: str = "/") -> str:
    """Run a command once nobody else holds the package database, and no longer than that.

    Args:
        command: What to run.
        wait_seconds: How long to wait for it in all.
        cwd: Where to run it.
    """
    ends = time.monotonic() + wait_seconds
    while True:
        done = attempt(command, cwd)
        if done.returncode == 0:
            return done.stdout
        if not any(words in done.stdout for words in LOCKED):
            raise Fault(f"{' '.join(command[:2])} ended with {done.returncode}: {last_line(done.stdout)}", done.stdout)
        if time.monotonic() > ends:
            raise Fault(f"the package database is locked: {_line_with(done.stdout, LOCKED)}", done.stdout)
        time.sleep(LOCK_POLL_SECONDS)


def mend_database(wait_seconds: float) -> None:
    """Bring to its end what an interrupted run left half done, once nobody else holds the package database."""
    try:
        mend(Machine(), wait_seconds)
    except HostError as error:
        raise Fault(str(error)) from error


def last_line(said: str) -> str:
    """Give the line that says why: the one that names a package, else the last error, else the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    packages = [line for line in lines if line.startswith("dpkg: error")]
    told = [line for line in lines if line.startswith(("E:", "Error:", "error:"))]
    return (packages or told or lines or ["nothing was said"])[-1][:300]


def _line_with(said: str, words: tuple[str, ...]) -> str:
    return next((line.strip() for line in said.splitlines() if any(word in line for word in words)), "")[:300]


def written(path: Path) -> dict[str, str]:
    """Read versions that :func:`write` kept; empty when there are none."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def write(path: Path, versions: dict[str, str]) -> None:
    """Keep versions in a file, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(versions), encoding="utf-8")
    fresh.replace(path)
