"""Who manages an environment: git or the approval system, on record, and the conflict that tells the other one.

An environment that was founded at the command line has no manager until a file of it is merged; the command line binds
nobody, and is never refused by this.
"""

from __future__ import annotations

from typing import Final

from orchestrator.domain.errors import ConflictError
from orchestrator.domain.names import ManagedBy
from orchestrator.domain.records import Actor, Environment, Kind
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports

MANAGED_RULE: Final = "git/managed-by"
BY_THE_MANAGER: Final = frozenset({Kind.CHANGE, Kind.PRODUCTION, Kind.TERMINATE})
"""What a file says of an environment that is there. Periods, suspensions and their ends stand in no file."""

NAMES: Final = {ManagedBy.GIT: "git", ManagedBy.HOOK: "the hook"}
HINTS: Final = {
    ManagedBy.GIT: "change its file by a pull request; one that sets managed_by: hook hands it to the approval system",
    ManagedBy.HOOK: "ask through the approval system; a pull request of its own with managed_by: git and nothing else "
    "takes it over",
}


def refuse_other_manager(environment: Environment, kind: Kind, door: ManagedBy | None) -> None:
    """Raise ConflictError when a door asks for what the other one manages."""
    manager = environment.managed_by
    if kind in BY_THE_MANAGER and door is not None and manager is not None and manager is not door:
        raise ConflictError(
            f"{environment.name} is managed by {NAMES[manager]}; {NAMES[door]} may not ask for: {kind}",
            field="managed_by",
            rule=MANAGED_RULE,
            hint=HINTS[manager],
        )


def hand_over(ports: Ports, tx: Transaction, name: str, manager: ManagedBy, by: Actor) -> None:
    """Let somebody manage an environment from now on; nothing when he does already, or when it is not on record."""
    environment = tx.environments.find(name)
    if environment is None or environment.managed_by is manager:
        return
    tx.environments.put(environment.model_copy(update={"managed_by": manager}))
    facts = {"from": str(environment.managed_by or ""), "to": str(manager)}
    tx.audit.append(ports.clock.now(), by, "environment.handed-over", name, facts)
