"""The commands on drift: leave one alone for a reason and a time, care for it again, and mend an environment."""

from __future__ import annotations

from datetime import datetime

from orchestrator.domain.calendar import local_date
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError
from orchestrator.domain.records import Actor, Drift, Operation, OperationKind, Suppression
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.drift_responses import facts_of
from orchestrator.workflows.drift_work import refuse_loss
from orchestrator.workflows.moves import queue_operation, under_way
from orchestrator.workflows.permissions import Command, permit
from orchestrator.workflows.readiness import refuse_unfit


def suppress(ports: Ports, drift_id: str, reason: str, until: datetime, actor: Actor) -> Drift:
    """Leave a drift alone until an instant: nobody is told of it and nothing is mended meanwhile.

    Raises:
        RefusedError: The actor may not, or the time is longer than the rulebook allows.
        BadInputError: There is no reason, or the time is over already.
        ConflictError: The drift is gone.
    """
    permit(Command.SUPPRESS_DRIFT, actor)
    with ports.records.transaction() as tx:
        drift, now = _standing(tx, drift_id), ports.clock.now()
        if not reason.strip():
            raise BadInputError("a drift is left alone for a reason", field="reason", hint="--reason TEXT")
        _refuse_times(ports, now, until)
        word = Suppression(by=actor, reason=reason, at=now, until=until)
        return _store(tx, drift.model_copy(update={"suppression": word}), actor, now, "drift.suppressed")


def lift(ports: Ports, drift_id: str, actor: Actor) -> Drift:
    """Care for a drift again that was left alone.

    Raises:
        RefusedError: The actor may not.
        ConflictError: The drift is gone.
    """
    permit(Command.SUPPRESS_DRIFT, actor)
    with ports.records.transaction() as tx:
        drift, now = _standing(tx, drift_id), ports.clock.now()
        return _store(tx, drift.model_copy(update={"suppression": None}), actor, now, "drift.lifted")


def mend(ports: Ports, name: str, actor: Actor) -> Operation:
    """Queue the mend of an environment: it becomes again what its approved specification says.

    Raises:
        RefusedError: The actor may not, data would be lost, or a drift is left alone that the mend would undo.
        ConflictError: The environment is in no state for it, or another operation is under way.
    """
    permit(Command.MEND_DRIFT, actor)
    with ports.records.transaction() as tx:
        environment, now = tx.environments.get(name), ports.clock.now()
        refuse_unfit(environment, OperationKind.MEND)
        standing = tuple(drift for drift in tx.drifts.of(subject_of(environment)) if drift.gone_at is None)
        refuse_loss(standing, name)
        _refuse_undoing(standing, now)
        _refuse_while_busy(tx, name)
        operation = queue_operation(ports, tx, OperationKind.MEND, name, None, actor)
        facts = {"operation": operation.id, "drifts": [drift.id for drift in standing]}
        tx.audit.append(now, actor, "drift.mend-asked", name, facts)
        return operation


def _standing(tx: Transaction, drift_id: str) -> Drift:
    drift = tx.drifts.get(drift_id)
    if drift.gone_at is not None:
        raise ConflictError(f"{drift_id} is gone: the cloud is again as it was made", hint="tenure drift list")
    return drift


def _refuse_times(ports: Ports, now: datetime, until: datetime) -> None:
    if until <= now:
        raise BadInputError("that time is over already", field="until", hint="--until YYYY-MM-DD")
    rule = ports.library.rulebook().drift.suppression_longest
    latest = rule.after(local_date(now), ports.library.calendar()).instant
    if until > latest:
        raise RefusedError(
            f"a drift is left alone until {local_date(latest).isoformat()} at the latest",
            rule=rule.article,
            field="until",
            hint="mend it, or ask for a change that makes it part of the environment",
        )


def _refuse_undoing(standing: tuple[Drift, ...], now: datetime) -> None:
    meant = [drift for drift in standing if drift.suppressed(now)]
    if meant:
        raise RefusedError(
            "a mend would undo what somebody vouched for",
            rule="suppression",
            detail=", ".join(f"{drift.kind} {drift.name} ({drift.id})" for drift in meant),
            hint=f"tenure drift lift {meant[0].id}",
        )


def _refuse_while_busy(tx: Transaction, name: str) -> None:
    """Refuse beside other work; a look waits for nobody, and the mend comes after it by itself."""
    others = [operation for operation in under_way(tx, name) if operation.kind is not OperationKind.DIFFERENCE]
    if others:
        raise ConflictError(
            f"{name} is busy: {others[0].kind} is {others[0].state}",
            rule="one operation at a time",
            hint=f"tenure operation watch {others[0].id}",
        )


def _store(tx: Transaction, drift: Drift, actor: Actor, now: datetime, action: str) -> Drift:
    tx.drifts.put(drift)
    word = drift.suppression
    said = {} if word is None else {"reason": word.reason, "until": word.until.isoformat()}
    tx.audit.append(now, actor, action, drift.environment, {**facts_of(drift), **said})
    return drift
