"""From what Ansible tells of tasks to step events and to what came of each host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.domain.records import StepEvent, StepStatus
from orchestrator.ports import HostOutcome, Watch

HIDDEN = "******"
SHORTEST_SECRET = 4
"""Shorter values would be found everywhere."""
TOLD_CHARACTERS = 600
COUNTS = {"ok": "ok", "changed": "changed", "failed": "failures", "skipped": "skipped", "rescued": "rescued"}
"""Our names of Ansible's counts."""


class Mask:
    """Hides secret values wherever they turn up.

    Args:
        secrets: The values.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in (secret, *secret.splitlines())}
        self._hidden = sorted((one for one in forms if len(one) >= SHORTEST_SECRET), key=len, reverse=True)

    def text(self, text: str) -> str:
        """Give a text without them."""
        for secret in self._hidden:
            text = text.replace(secret, HIDDEN)
        return text

    def value(self, value: Any) -> Any:  # noqa: ANN401  JSON
        """Give a JSON value without them."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.value(one) for one in value]
            case dict():
                return {self.text(str(name)): self.value(one) for name, one in value.items()}
            case _:
                return value


@dataclass
class Narration:
    """Takes what the child tells of a play.

    Attributes:
        playbook: Its name, the phase of every event.
        watch: Takes the events.
        mask: Hides secrets.
        outcomes: What came of each host, once Ansible has counted.
        said: What Ansible said outside of tasks: faults of the playbook, mostly.
    """

    playbook: str
    watch: Watch
    mask: Mask
    outcomes: tuple[HostOutcome, ...] = ()
    said: list[str] = field(default_factory=list)
    _errors: dict[str, str] = field(default_factory=dict)
    _told: dict[str, dict[str, Any]] = field(default_factory=dict)

    def take(self, message: Mapping[str, Any]) -> None:
        """Take one message."""
        match message["event"]:
            case "runner_on_ok":
                self._done(message)
            case "runner_on_failed" | "runner_on_unreachable":
                self._failed(message)
            case "playbook_on_stats":
                self.outcomes = tuple(self._outcomes(message["stats"]))
            case "verbose" | "error" | "warning":
                self.said.append(self.mask.text(message["said"]))

    def _done(self, message: Mapping[str, Any]) -> None:
        result = message.get("result", {})
        stats = result.get("ansible_stats")
        if isinstance(stats, dict) and stats.get("per_host"):
            self._told.setdefault(message["host"], {}).update(self.mask.value(stats.get("data", {})))
        self._tell(message, StepStatus.DONE, "changed" if result.get("changed") else "")

    def _failed(self, message: Mapping[str, Any]) -> None:
        why = self.mask.text(_reason(message.get("result", {})))[:TOLD_CHARACTERS]
        if message.get("ignored"):
            self._tell(message, StepStatus.NOTE, f"failed, which is ignored: {why}")
            return
        self._errors.setdefault(message["host"], f"{message.get('task', '')}: {why}")
        self._tell(message, StepStatus.FAILED, why)

    def _tell(self, message: Mapping[str, Any], status: StepStatus, detail: str) -> None:
        seconds = message.get("duration")
        self.watch(
            StepEvent(
                phase=self.playbook,
                status=status,
                resource=message["host"],
                action=self.mask.text(message.get("task") or ""),
                detail=detail,
                seconds=None if seconds is None else round(seconds, 2),
            )
        )

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


def _reason(result: Mapping[str, Any]) -> str:
    """Give why a task failed: its message and what the program behind it said, in one line."""
    failed = [one for one in result.get("results") or [] if isinstance(one, dict) and one.get("failed")]
    if failed:
        return _reason(failed[0])
    said = (result.get("msg"), result.get("stderr") or result.get("module_stderr") or result.get("censored"))
    return " ".join(" ".join(str(part).split()) for part in said if part) or "it gave no reason"
