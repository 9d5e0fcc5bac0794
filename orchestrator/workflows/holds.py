"""Holds (Art. 46; 2017 measures, Art. 27): no further resources for a system that misses its targets."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ValidationError

from orchestrator.domain.errors import BadInputError, ConflictError
from orchestrator.domain.faults import faults_of
from orchestrator.domain.model import Model
from orchestrator.domain.names import SystemId, UnitId
from orchestrator.domain.records import Actor, Hold, Role
from orchestrator.domain.texts import Lines
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.notices import tell
from orchestrator.workflows.permissions import Command, permit

ARTICLE = "Art. 46"
TOLD = (Role.UNIT, Role.PROVIDER)


class Scope(Model):
    """What a hold is about: one system, or every system of a unit when ``system`` is empty; and the reason."""

    unit: UnitId
    system: SystemId | Literal[""]
    reason: Lines


def hold(ports: Ports, unit: str, system: str, reason: str, actor: Actor) -> Hold:
    """Decide that a system, or a whole unit when ``system`` is empty, gets no further resources; the unit is told.

    What runs goes on. Requests for more are refused as long as the hold stands.

    Raises:
        RefusedError: Only the office decides this.
        BadInputError: No reason, or no id of a unit or system.
        ConflictError: The same hold is in force.
    """
    permit(Command.HOLD, actor)
    scope = _scope(unit, system, reason)
    with ports.records.transaction() as tx:
        _refuse_second(tx, scope)
        now = ports.clock.now()
        made = Hold(
            id=ports.ids.new("hold"), unit=scope.unit, system=scope.system, reason=scope.reason, by=actor, at=now
        )
        tx.holds.put(made)
        facts = _facts(made, made.reason)
        tx.audit.append(now, actor, "hold.added", subject_of(made), facts)
        tell(tx, "hold-added", made.id, scope_of(made), TOLD, facts, now)
    return made


def lift(ports: Ports, hold_id: str, reason: str, actor: Actor) -> Hold:
    """End a hold; the unit is told.

    Raises:
        RefusedError: Only the office decides this.
        BadInputError: No reason.
        NotFoundError: There is no such hold.
        ConflictError: It was lifted already.
    """
    permit(Command.LIFT, actor)
    with ports.records.transaction() as tx:
        found = tx.holds.get(hold_id)
        if found.lifted_at is not None:
            raise ConflictError(f"{hold_id} was lifted already", rule=ARTICLE, hint="tenure hold list --all")
        scope = _scope(found.unit, found.system, reason)
        now = ports.clock.now()
        lifted = found.model_copy(update={"lifted_at": now, "lifted_by": actor})
        tx.holds.put(lifted)
        facts = _facts(lifted, scope.reason)
        tx.audit.append(now, actor, "hold.lifted", subject_of(lifted), facts)
        tell(tx, "hold-lifted", lifted.id, scope_of(lifted), TOLD, facts, now)
    return lifted


def scope_of(held: Hold) -> str:
    """Give what a hold is about, as the names of environments begin: ``unit`` or ``unit-system``."""
    return "-".join(part for part in (held.unit, held.system) if part)


def subject_of(held: Hold) -> str:
    """Give the subject of a hold's audit entries."""
    return f"hold/{scope_of(held)}"


def _scope(unit: str, system: str, reason: str) -> Scope:
    try:
        scope = Scope(unit=unit, system=system, reason=reason)
    except ValidationError as error:
        diagnostics = tuple(fault.diagnostic for fault in faults_of(error, Scope))
        raise BadInputError(diagnostics[0].summary, diagnostics=diagnostics) from None
    if not scope.reason:
        raise BadInputError("a decision about a hold states its reason", field="reason", rule=ARTICLE)
    return scope


def _refuse_second(tx: Transaction, scope: Scope) -> None:
    for held in tx.holds.on(scope.unit, scope.system):
        if held.system == scope.system:
            raise ConflictError(
                f"{scope_of(held)} is held already",
                detail=f"{held.id}: {held.reason}",
                rule=ARTICLE,
                hint=f"tenure hold lift {held.id} ends it",
            )


def _facts(held: Hold, reason: str) -> dict[str, Any]:
    return {"hold": held.id, "unit": held.unit, "system": held.system, "reason": reason}
