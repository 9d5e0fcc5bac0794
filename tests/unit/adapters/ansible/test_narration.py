"""What people and records are told of a play, from what its child tells."""

from __future__ import annotations

from typing import Any

from orchestrator.adapters.ansible.masking import Mask
from orchestrator.adapters.ansible.narration import Narration
from orchestrator.adapters.ansible.telling import trimmed
from orchestrator.domain.records import StepEvent, StepStatus
from orchestrator.domain.tasks import RECAP, TaskState

NO_COUNTS: dict[str, dict[str, int]] = {
    "ok": {},
    "changed": {},
    "failures": {},
    "skipped": {},
    "rescued": {},
    "dark": {},
}


class Play:
    """A play whose events a test makes up, as ansible-runner gives them."""

    def __init__(self, *secrets: str) -> None:
        self.events: list[StepEvent] = []
        self.narration = Narration("patch", self.events.append, Mask(secrets))

    def hear(self, event: str, now: float = 0.0, **data: Any) -> None:  # noqa: ANN401  whatever Ansible tells
        """Have the child tell an event."""
        told = trimmed({"event": event, "event_data": {"host": "web-1", "task": "Upgrade", **data}, "stdout": "…"})
        if told is not None:
            self.narration.take(told, now)

    def count(self, **counts: dict[str, int]) -> None:
        """Have Ansible count."""
        self.narration.take({"event": "playbook_on_stats", "stats": NO_COUNTS | counts}, 0.0)

    def states(self) -> list[str]:
        """Give the type of every event."""
        return [event.type for event in self.events]


def test_every_end_of_a_task_is_an_event() -> None:
    """Each state has its type and its status; what is over has its seconds."""
    play = Play()
    play.hear("runner_on_ok", res={"changed": False}, duration=0.514)
    play.hear("runner_on_ok", res={"changed": True})
    play.hear("runner_on_skipped", res={})
    play.hear("runner_on_failed", res={"msg": "no"}, ignore_errors=True)
    play.hear("runner_on_failed", res={"msg": "no"})
    play.hear("runner_on_unreachable", res={"msg": "Connection timed out"})
    wanted = ["ok", "changed", "skipped", "ignored", "failed", "unreachable"]
    assert play.states() == [f"ansible:{state}" for state in wanted]
    assert (play.events[0].phase, play.events[0].resource, play.events[0].action) == ("patch", "web-1", "Upgrade")
    assert play.events[0].seconds == 0.51
    assert [event.status for event in play.events[3:]] == [StepStatus.NOTE, StepStatus.FAILED, StepStatus.FAILED]
    assert play.events[5].detail.startswith("the host was not entered: no answer")


def test_arguments_of_tasks_are_never_told() -> None:
    """What a task was called with stays in the child: it may hold anything."""
    told = trimmed({"event": "runner_on_ok", "event_data": {"res": {"invocation": {"module_args": {"a": "b"}}}}})
    assert told is not None
    assert "module_args" not in str(told)
    assert trimmed({"event": "playbook_on_task_start", "event_data": {"task_args": "x"}}) is None


def test_a_slow_task_is_told_of_when_it_runs() -> None:
    """After a second, once; a quick one is told of at its end alone."""
    play = Play()
    play.hear("runner_on_start", now=10.0)
    play.narration.look(10.9)
    assert play.states() == []
    play.narration.look(11.1)
    play.narration.look(12.0)
    assert play.states() == [TaskState.RUNNING.token]
    play.hear("runner_on_ok", res={})
    play.narration.look(20.0)
    assert play.states() == [TaskState.RUNNING.token, TaskState.OK.token]


def test_what_came_of_each_host() -> None:
    """Ansible's own counts; the first failure's words with its task; what was told, the later value in force."""
    play = Play()
    for number in (1, 2):
        stats = {"data": {"pending": number}, "per_host": True}
        play.hear("runner_on_ok", res={"ansible_stats": stats})
    play.hear("runner_on_ok", res={"ansible_stats": {"data": {"run": 1}, "per_host": False}})
    play.hear("runner_on_failed", res={"msg": "Failed", "stderr": "E: dpkg was\ninterrupted"})
    play.hear("runner_on_failed", task="Later", res={"msg": "as well"})
    play.count(ok={"web-1": 3}, failures={"web-1": 2}, dark={"web-2": 1})
    one, two = play.narration.outcomes
    assert (one.ok, one.failed, one.reached, one.told) == (3, 2, True, {"pending": 2})
    assert one.error == "Upgrade: Failed E: dpkg was interrupted"
    assert (two.host, two.reached, two.succeeded) == ("web-2", False, False)
    recap = [(event.resource, event.status, event.detail) for event in play.events if event.type == RECAP]
    assert recap == [
        ("web-1", StepStatus.FAILED, "3 ok, 0 changed, 2 failed"),
        ("web-2", StepStatus.FAILED, "0 ok, 0 changed, 0 failed, not reached"),
    ]


def test_the_failing_round_of_a_loop_gives_the_reason() -> None:
    """A loop's own message says only that something in it failed."""
    play = Play()
    rounds = [{"changed": True}, {"failed": True, "msg": "no space left"}]
    play.hear("runner_on_failed", res={"msg": "One or more items failed", "results": rounds})
    assert play.events[0].detail == "no space left"


def test_secrets_are_hidden_everywhere() -> None:
    """Names, lines, reasons, told facts and what Ansible says beside tasks."""
    play = Play("s3cret")
    play.hear("runner_on_ok", task="with s3cret", res={"changed": True, "diff": {"before": "", "after": "k=s3cret\n"}})
    play.hear("runner_on_ok", res={"ansible_stats": {"per_host": True, "data": {"s3cret": ["s3cret"]}}})
    play.hear("runner_on_failed", res={"msg": "bad s3cret"})
    play.narration.take({"event": "said", "said": "ERROR s3cret"}, 0.0)
    play.count(failures={"web-1": 1})
    told = f"{play.events} {play.narration.outcomes} {play.narration.said}"
    assert "s3cret" not in told
    assert play.events[0].lines == ("+k=******",)
