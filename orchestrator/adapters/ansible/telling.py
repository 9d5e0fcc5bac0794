"""What a play's child tells of ansible-runner's events: a few fields, never a task's arguments."""

from __future__ import annotations

from typing import Any, Final

HOST_EVENTS: Final = frozenset(
    {"runner_on_start", "runner_on_ok", "runner_on_failed", "runner_on_unreachable", "runner_on_skipped"}
)
SAID_EVENTS: Final = frozenset({"verbose", "error"})
STATS_EVENT: Final = "playbook_on_stats"
KEPT: Final = (
    "changed",
    "msg",
    "stderr",
    "stdout",
    "module_stderr",
    "module_stdout",
    "rc",
    "diff",
    "results",
    "failed",
    "ansible_stats",
    "censored",
)
"""Of a task's result."""
COUNTS: Final = ("ok", "changed", "failures", "skipped", "rescued", "dark", "processed")


def trimmed(event: dict[str, Any]) -> dict[str, Any] | None:
    """Give what is told of an event, or None."""
    name, data = event.get("event", ""), event.get("event_data", {})
    if name in SAID_EVENTS:
        return {"event": "said", "said": event.get("stdout", "")}
    if name == STATS_EVENT:
        return {"event": name, "stats": {count: data.get(count, {}) for count in COUNTS}}
    if name not in HOST_EVENTS:
        return None
    told = {field: data[field] for field in ("host", "task", "duration") if field in data}
    result = data.get("res")
    return {
        "event": name,
        **told,
        "ignored": bool(data.get("ignore_errors")),
        "result": _kept(result) if isinstance(result, dict) else {},
    }


def _kept(result: dict[str, Any]) -> dict[str, Any]:
    """Give the fields that are kept, those of a loop's rounds too."""
    kept: dict[str, Any] = {name: result[name] for name in KEPT if name in result}
    if isinstance(kept.get("results"), list):
        kept["results"] = [_kept(one) for one in kept["results"] if isinstance(one, dict)]
    return kept
