"""Running the programs of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestrator.domain.errors import OperationFailedError

TAIL_LINES = 12
NO_SUCH_PROGRAM = 127
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def search_path() -> str:
    """PATH with the administrator's folders, which a user's own often lacks."""
    return os.environ.get("PATH", "") + ":" + SYSTEM_PATH


def which(program: str) -> str | None:
    """Where a program is, also in the administrator's folders."""
    return shutil.which(program, path=search_path())


def attempt(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command whose failure means that there was nothing to do; a program that is not there fails with 127."""
    command = [program, *map(str, arguments)]
    if which(program) is None:
        return subprocess.CompletedProcess(command, NO_SUCH_PROGRAM, "", f"{program} is not on this machine")
    return subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, "PATH": search_path()}
    )


def run_logged(
    what: str, command: Sequence[str | Path], log: Path, *, environment: Mapping[str, str] | None = None
) -> None:
    """Run a long command that writes to ``log`` and dies with this process.

    Raises:
        OperationFailedError: It failed; the detail holds the last lines of its log.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    tied = ["setpriv", "--pdeathsig", "KILL", *map(str, command)]
    surroundings = dict(os.environ if environment is None else environment)
    with log.open("ab") as output:
        done = subprocess.run(
            tied,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**surroundings, "PATH": search_path()},
        )
    if done.returncode:
        raise OperationFailedError(f"{what} failed", detail=tail(log), hint=f"the whole log is in {log}")


def tail(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-TAIL_LINES:]) if log.exists() else ""
