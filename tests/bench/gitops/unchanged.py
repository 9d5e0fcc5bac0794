"""How long it takes to follow a branch on which no environment has changed, and to read all of them anew."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from orchestrator.adapters.forge.watch import WatchControl
from orchestrator.bootstrap import Installation
from orchestrator.bootstrap_forge import pull_desk
from orchestrator.bootstrap_git import desired_state
from orchestrator.domain.errors import ExitCode, OperationFailedError
from orchestrator.domain.merges import MergeState
from orchestrator.workflows.following import Rounds
from tests.bench.gitops.city import BRANCH, City
from tests.bench.options import Options
from tests.bench.server import TENURE, tenure_environment

WANTED: Final = {"reconcile_unchanged_seconds": 3.0, "reconcile_command_seconds": 3.0}
NEW_BRANCH: Final = "taken-up"
KIB_PER_MIB: Final = 1024


@dataclass(frozen=True)
class Command:
    """One run of the command.

    Attributes:
        peak_mib: Of its own process; git's children are small.
        found: What it told.
    """

    seconds: float
    peak_mib: float
    found: dict[str, Any]


def unchanged(city: City, options: Options, say: Callable[[str], None]) -> dict[str, float]:
    """Measure three things, seconds are medians.

    - ``reconcile_unchanged``: the whole round of a worker after a commit that changes no environment.
    - ``reconcile_command``: the same by ``tenure reconcile --once --json``, the start of Python included.
    - ``reconcile_taken_up``: the command on a branch that was never followed: every file is read and compared.
    """
    rounds = _rounds(city, options.rounds)
    commands = [_command(city, BRANCH) for _ in range(options.rounds)]
    taken_up = _command(city, NEW_BRANCH)
    _refuse_anything_but_nothing(commands, taken_up, len(city.files))
    say(f"reconcile of {len(city.files)} unchanged: {median(rounds):.2f} s; all read anew: {taken_up.seconds:.2f} s")
    return {
        "reconcile_unchanged_seconds": round(median(rounds), 3),
        "reconcile_command_seconds": round(median(one.seconds for one in commands), 3),
        "reconcile_command_peak_mib": round(max(one.peak_mib for one in commands), 1),
        "reconcile_taken_up_seconds": round(taken_up.seconds, 3),
        "reconcile_taken_up_peak_mib": round(taken_up.peak_mib, 1),
    }


def _rounds(city: City, count: int) -> list[float]:
    installation = Installation(city.settings)
    rounds = Rounds(pull_desk(installation, WatchControl()), desired_state(installation))
    measured = []
    for _ in range(count):
        city.move()
        began = time.monotonic()
        rounds.poll()
        measured.append(time.monotonic() - began)
    rounds.desired.forge.close()
    rounds.desk.forge.close()
    installation.close()
    return measured


def _command(city: City, branch: str) -> Command:
    """Run the command after a commit came to a branch that leaves every file as it is."""
    city.move(branch)
    environment = tenure_environment(city.home, {**city.variables, "TENURE_FORGE_BRANCH": branch})
    output = city.home / "reconciled.jsonl"
    began = time.monotonic()
    with output.open("wb") as file:
        command = [*TENURE, "reconcile", "--once", "--json"]
        child = subprocess.Popen(command, env=environment, stdout=file, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    return Command(seconds, usage.ru_maxrss / KIB_PER_MIB, _told(output, child.returncode))


def _told(output: Path, code: int) -> dict[str, Any]:
    if code != ExitCode.DONE:
        raise OperationFailedError(f"tenure reconcile ended with {code}", detail=output.read_text()[-2000:])
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    return next(line for line in lines if line["type"] == "reconciliation")


def _refuse_anything_but_nothing(commands: list[Command], taken_up: Command, count: int) -> None:
    """Raise OperationFailedError when something was asked for: then it was not the unchanged that was measured."""
    states = [merge["state"] for merge in taken_up.found["merges"]]
    if states != [MergeState.NOTHING] * count or any(one.found["merges"] for one in commands):
        raise OperationFailedError("the bench's environments are not what their files say", detail=str(states[:5]))
