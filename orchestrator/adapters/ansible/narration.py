"""From what Ansible tells of tasks to step events and to what came of each host."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from orchestrator.adapters.ansible.changes import changed_lines
from orchestrator.adapters.ansible.masking import Mask
from orchestrator.adapters.ssh.login import reason
from orchestrator.domain.records import StepEvent, StepStatus
from orchestrator.domain.tasks import RECAP, TaskState
from orchestrator.ports import HostOutcome, Watch

TOLD_CHARACTERS: Final = 600
SAID_KEPT: Final = 40
SLOW_SECONDS: Final = 1.0
"""A task that takes longer is told of when it begins, too."""
COUNTS: Final = {"ok": "ok", "changed": "changed", "failed": "failures", "skipped": "skipped", "rescued": "rescued"}
"""Our names of Ansible's counts."""


@dataclass
class Begun:
    """A task that runs on a host; whether that was told."""

    task: str
    at: float
    told: bool = False


@dataclass
class Narration:
    """Takes what the child tells of a play.

    Attributes:
        playbook: Its name, the phase of every event.
        watch: Takes the events.
        mask: Hides secrets.
        outcomes: What came of each host, once Ansible has counted.
        said: What Ansible said last outside of tasks: faults of the playbook, mostly.
    """

    playbook: str
    watch: Watch
    mask: Mask
    outcomes: tuple[HostOutcome, ...] = ()
    said: deque[str] = field(default_factory=lambda: deque(maxlen=SAID_KEPT))
    _running: dict[str, Begun] = field(default_factory=dict)
    _errors: dict[str, str] = field(default_factory=dict)
    _told: dict[str, dict[str, Any]] = field(default_factory=dict)

    def take(self, message: Mapping[str, Any], now: float) -> None:
        """Take one message of the child.

        Args:
            message: What :func:`orchestrator.adapters.ansible.telling.trimmed` gave.
            now: On ``time.monotonic``'s scale.
        """
        match message["event"]:
            case "runner_on_start":
                self._running[message["host"]] = Begun(self._task(message), now)
            case "runner_on_ok":
                self._done(message)
            case "runner_on_skipped":
                self._end(message, TaskState.SKIPPED)
            case "runner_on_failed":
                self._failed(message, self._reason(message["result"]))
            case "runner_on_unreachable":
                self._unreachable(message)
            case "playbook_on_stats":
                self.outcomes = tuple(self._outcomes(message["stats"]))
                self._recapitulate()
            case "said":
                self.said.append(self.mask.text(message["said"]))

    def look(self, now: float) -> None:
        """Tell which tasks have been running for a while."""
        for host, begun in self._running.items():
            if not begun.told and now - begun.at >= SLOW_SECONDS:
                begun.told = True
                self._tell(host, begun.task, TaskState.RUNNING)

    def _done(self, message: Mapping[str, Any]) -> None:
        result = message["result"]
        stats = result.get("ansible_stats")
        if isinstance(stats, dict) and stats.get("per_host"):
            self._told.setdefault(message["host"], {}).update(self.mask.value(stats.get("data", {})))
        if result.get("changed"):
            self._end(message, TaskState.CHANGED, lines=tuple(map(self.mask.text, changed_lines(result))))
        else:
            self._end(message, TaskState.OK)

    def _failed(self, message: Mapping[str, Any], why: str) -> None:
        if message["ignored"]:
            self._end(message, TaskState.IGNORED, why)
            return
        self._errors.setdefault(message["host"], f"{self._task(message)}: {why}")
        self._end(message, TaskState.FAILED, why)

    def _unreachable(self, message: Mapping[str, Any]) -> None:
        said = self._reason(message["result"])
        why = f"the host was not entered: {reason(said)}; {said}"[:TOLD_CHARACTERS]
        self._errors.setdefault(message["host"], f"{self._task(message)}: {why}")
        self._end(message, TaskState.UNREACHABLE, why)

    def _end(self, message: Mapping[str, Any], state: TaskState, detail: str = "", lines: tuple[str, ...] = ()) -> None:
        self._running.pop(message["host"], None)
        seconds = message.get("duration")
        took = None if seconds is None else round(seconds, 2)
        self._tell(message["host"], self._task(message), state, detail, lines, took)

    def _tell(  # the fields of one event
        self,
        host: str,
        task: str,
        state: TaskState,
        detail: str = "",
        lines: tuple[str, ...] = (),
        seconds: float | None = None,
    ) -> None:
        event = StepEvent(
            phase=self.playbook,
            status=state.status,
            resource=host,
            type=state.token,
            action=task,
            detail=detail,
            lines=lines,
            seconds=seconds,
        )
        self.watch(event)

    def _recapitulate(self) -> None:
        """Tell what came of each host."""
        for one in self.outcomes:
            status = StepStatus.DONE if one.succeeded else StepStatus.FAILED
            counts = f"{one.ok} ok, {one.changed} changed, {one.failed} failed"
            told = (
                counts + (f", {one.rescued} rescued" if one.rescued else "") + ("" if one.reached else ", not reached")
            )
            self.watch(StepEvent(phase=self.playbook, status=status, resource=one.host, type=RECAP, detail=told))

    def _outcomes(self, stats: Mapping[str, Mapping[str, int]]) -> Iterator[HostOutcome]:
        for host in sorted({host for counts in stats.values() for host in counts}):
            counts = {ours: stats[theirs].get(host, 0) for ours, theirs in COUNTS.items()}
            yield HostOutcome(
                host=host,
                reached=host not in stats["dark"],
                error=self._errors.get(host, ""),
                told=self._told.get(host, {}),
                **counts,
            )

    def _task(self, message: Mapping[str, Any]) -> str:
        return self.mask.text(message.get("task") or "")

    def _reason(self, result: Mapping[str, Any]) -> str:
        return self.mask.text(said(result))[:TOLD_CHARACTERS]


def said(result: Mapping[str, Any]) -> str:
    """Give why a task failed: its message and what the program behind it said, in one line."""
    failed = [one for one in result.get("results") or [] if one.get("failed")]
    if failed:
        return said(failed[0])
    parts = (result.get("msg"), result.get("stderr") or result.get("module_stderr") or result.get("censored"))
    return " ".join(" ".join(str(part).split()) for part in parts if part) or "it gave no reason"
