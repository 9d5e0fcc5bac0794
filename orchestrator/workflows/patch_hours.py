"""The patch window of one environment: its own hours where somebody decided so, with a reason (Art. 30, 32)."""

from __future__ import annotations

from datetime import datetime

from orchestrator.domain.blueprint_care import PatchHours
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ConflictError
from orchestrator.domain.lifecycle import ENVIRONMENT
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Actor, DeadlineKind, Environment, PatchWindow
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.filing import set_deadline
from orchestrator.workflows.notices import tell
from orchestrator.workflows.permissions import Command, permit
from orchestrator.workflows.windows import TOLD, next_window

ARTICLE = "Art. 30, 32"


def decide(ports: Ports, name: str, hours: PatchHours | None, reason: str, actor: Actor) -> datetime:
    """Give a live environment hours of its own, or the usual ones again; gives when the next window opens.

    A run that waits already keeps the end of the window for which it was begun.

    Raises:
        RefusedError: The actor may not.
        BadInputError: No reason.
        ConflictError: The environment has no windows: a test, or one whose life is over.
    """
    permit(Command.SET_WINDOW, actor)
    if not reason.strip():
        raise BadInputError("a window states its reason", field="reason", rule=ARTICLE)
    with ports.records.transaction() as tx:
        environment, now = tx.environments.get(name), ports.clock.now()
        _refuse_without_windows(environment)
        decided = PatchWindow(
            id=ports.ids.new("win"),
            environment=name,
            subject=subject_of(environment),
            hours=hours,
            reason=reason.strip(),
            by=actor,
            at=now,
        )
        tx.patch_windows.put(decided)
        opens = _move_date(ports, tx, environment, now)
        facts = decided.model_dump(mode="json", include={"id", "hours", "reason"}) | {"next": opens.isoformat()}
        tx.audit.append(now, actor, "patch.window-set", name, facts)
        tell(tx, "patch-window-set", decided.id, name, TOLD, facts, now)
    return opens


def _refuse_without_windows(environment: Environment) -> None:
    if environment.stage is Stage.TEST or environment.state in ENVIRONMENT.last:
        raise ConflictError(
            f"{environment.name} has no patch windows",
            detail=f"stage {environment.stage}, {environment.state}; live environments have them",
            rule=ARTICLE,
        )


def _move_date(ports: Ports, tx: Transaction, environment: Environment, now: datetime) -> datetime:
    """Let the date of the next window be that of the hours that count from now on."""
    for known in tx.deadlines.of(subject_of(environment)):
        if known.kind is DeadlineKind.PATCH and known.met_at is None:
            tx.deadlines.put(known.model_copy(update={"met_at": now}))
    following = next_window(ports, tx, environment, now)
    set_deadline(tx, following)
    return following.due_at
