"""What follows from a drift: people are told, the exact difference is looked up, or the environment is mended.

By the rulebook: whether, and not in its quiet hours, in which only what is grave is told. Nothing follows from a drift
that somebody vouched for, and an environment that has one is not mended by itself: the mend would undo it.
"""

from __future__ import annotations

from datetime import datetime

from orchestrator.domain.drift import response, unmendable
from orchestrator.domain.file_fields import as_found
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.records import Actor, Drift, DriftClass, Environment, OperationKind, Role, Severity
from orchestrator.domain.rulebook import DriftRules, Response
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.moves import queue_operation, under_way
from orchestrator.workflows.notices import tell

TOLD = (Role.PROVIDER, Role.OFFICE)
WATCHER = Actor(name="drift-watch", role=Role.SYSTEM, door="worker")


def respond(ports: Ports, tx: Transaction, environment: Environment, standing: tuple[Drift, ...], actor: Actor) -> None:
    """Tell what is new, and queue what the rulebook wants for one environment."""
    now, rules = ports.clock.now(), ports.library.rulebook().drift
    counting = tuple(drift for drift in standing if not drift.suppressed(now))
    for drift in counting:
        tell_once(tx, drift, rules, now)
    if _mends(environment, standing, counting, rules, now):
        _queue(ports, tx, OperationKind.MEND, environment.name, actor)
    elif any(not drift.exact and drift.drift is not DriftClass.EXTRA for drift in counting):
        look_exactly(ports, tx, environment.name, actor)


def look_exactly(ports: Ports, tx: Transaction, name: str, actor: Actor) -> None:
    """Have the engine look at one environment, which names the exact difference and records what was made."""
    _queue(ports, tx, OperationKind.DIFFERENCE, name, actor)


def propose(ports: Ports, tx: Transaction, environment: str, standing: tuple[Drift, ...]) -> None:
    """Put the exact difference before people, where the rulebook leaves the decision to them; once for each drift."""
    now, rules = ports.clock.now(), ports.library.rulebook().drift
    left = [one for one in standing if not one.suppressed(now) and response(one, rules) is Response.PROPOSE]
    found = as_found(tx.environments.get(environment).spec, left)
    in_git = [field.sentence for field in found.fields]
    for drift in left:
        facts = {**facts_of(drift), "mend": drift.exact, "command": f"tenure drift mend {environment}"}
        facts["file"] = "no file can say it" if drift in found.rest else in_git
        tell(tx, "drift-proposed", _occasion(drift), environment, TOLD, facts, now)


def facts_of(drift: Drift) -> dict[str, object]:
    """Give what people are told of a drift."""
    return {
        "drift": drift.id,
        "class": str(drift.drift),
        "thing": f"{drift.kind} {drift.name}",
        "severity": str(drift.severity),
        "differences": [f"{one.name}: {one.expected} -> {one.found}" for one in drift.properties],
    }


def tell_once(tx: Transaction, drift: Drift, rules: DriftRules, now: datetime) -> None:
    """Tell people of a drift that they were not told of; what is not grave waits for the end of the quiet hours."""
    quiet = drift.severity is not Severity.HIGH and rules.quiet_hours.contains(now)
    if drift.told_at is not None or quiet:
        return
    tx.drifts.put(drift.model_copy(update={"told_at": now}))
    tell(tx, "drift-found", _occasion(drift), drift.environment, TOLD, facts_of(drift), now)
    tx.audit.append(now, WATCHER, "drift.found", drift.environment, facts_of(drift))


def _occasion(drift: Drift) -> str:
    """Give the cause of a notice: a drift that came back is told again."""
    return f"{drift.id}@{drift.found_at.isoformat()}"


def _mends(
    environment: Environment,
    standing: tuple[Drift, ...],
    counting: tuple[Drift, ...],
    rules: DriftRules,
    now: datetime,
) -> bool:
    wanted = any(response(drift, rules) is Response.MEND for drift in counting)
    hindered = len(counting) < len(standing) or bool(unmendable(standing)) or rules.quiet_hours.contains(now)
    return wanted and not hindered and environment.state is EnvironmentState.READY


def _queue(ports: Ports, tx: Transaction, kind: OperationKind, name: str, actor: Actor) -> None:
    if not any(operation.kind is kind for operation in under_way(tx, name)):
        queue_operation(ports, tx, kind, name, None, actor)
