"""Kills of what works for an environment, at a chosen step."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from orchestrator.adapters.pulumi.marks import ENVIRONMENT_MARK, PROC, environment_value, marked
from orchestrator.domain.plan import Action
from orchestrator.domain.records import StepEvent
from orchestrator.domain.spec import EnvironmentSpec

DELAYS = (0.0, 0.05, 0.15, 0.4)
"""Seconds from the begin of a step to the kill, in turn: before the request, while it is answered, after it."""


def at_work(home: Path, spec: EnvironmentSpec) -> tuple[int, ...]:
    """Give the processes that work for an environment of an installation."""
    return marked(ENVIRONMENT_MARK, environment_value(home, spec.name))


def kill_cli(workers: tuple[int, ...]) -> None:
    """Kill the CLI and its plugins, as an out-of-memory killer would."""
    for pid in workers:
        os.kill(pid, signal.SIGKILL)


def kill_child(workers: tuple[int, ...]) -> None:
    """Kill the process between us and the CLI."""
    parents = {_parent(pid) for pid in workers} - set(workers) - {1, 0}
    for pid in parents:
        os.kill(pid, signal.SIGKILL)


def _parent(pid: int) -> int:
    try:
        stat = (PROC / str(pid) / "stat").read_text(encoding="utf-8")
    except OSError:
        return 0
    return int(stat.rsplit(")", 1)[1].split()[1])


class Killer:
    """Kills once, when a step of its list begins that was not struck yet.

    Args:
        home: The installation.
        spec: The environment.
        steps: Names of resources; none means any.
        action: What has to happen to the resource.
    """

    def __init__(
        self, home: Path, spec: EnvironmentSpec, steps: tuple[str, ...], action: Action = Action.CREATE
    ) -> None:
        self._home = home
        self._spec = spec
        self._steps = steps
        self._action = action
        self.struck: list[str] = []
        self._armed = True

    def arm(self) -> None:
        """Be ready for the next step."""
        self._armed = True

    def watch(self, event: StepEvent) -> None:
        """Strike, alternating between the two kinds of kills and the delays."""
        begins = (event.phase, str(event.status), event.action) == ("up", "started", str(self._action))
        wanted = event.resource in self._steps or not self._steps
        if not (begins and self._armed and wanted) or event.resource in self.struck:
            return
        self._armed = False
        self.struck.append(event.resource)
        time.sleep(DELAYS[len(self.struck) % len(DELAYS)])
        kill = (kill_cli, kill_child)[len(self.struck) % 2]
        kill(at_work(self._home, self._spec))
