"""``difference`` and ``mend``: what exactly is no longer as it was made, and making it so again.

A look changes nothing. A mend has no undo but the next change: it makes what the approved specification says, which is
what every other way back leads to; it is refused where data would be lost, or where they are lost already and an empty
thing would take their place.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.drift import unmendable
from orchestrator.domain.errors import OperationFailedError, RefusedError
from orchestrator.domain.plan import Action, PlannedStep
from orchestrator.domain.records import Drift, Made, Outputs, Role, Thing, ThingKind
from orchestrator.ports import Transaction
from orchestrator.workflows import drift_responses
from orchestrator.workflows.drift import keep
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.run import Run

UNTOUCHED = frozenset({Action.SAME, Action.READ})
UNSEEN = "the engine sees no difference in it"
NO_DATA_MADE_ANEW = "drift is mended only where no data is lost"


def difference(run: Run) -> Outcome:
    """Have the engine look, and keep with each drift what a mend would do about it."""
    return Succeeded(run.step("difference", lambda: _look(run)))


def settle_difference(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """A look leaves nothing behind but what it saw; a failed one is told by the operation's end."""
    del run, tx, outcome


def _look(run: Run) -> dict[str, Any]:
    job = replace(run.job, made=lambda things: _record_once(run, things))
    steps = {step.name: step for step in run.ports.provisioner.difference(job) if step.action not in UNTOUCHED}
    run.change(lambda tx: _keep_exact(run, tx, steps))
    return {"changes": len(steps), "things": ", ".join(sorted(steps))}


def _record_once(run: Run, things: tuple[Thing, ...]) -> None:
    """Record what an older Tenure made; a record that is there stays, since the state may have followed the cloud."""
    with run.ports.records.read() as tx:
        known = tx.made.of(subject_of(run.environment))
    if known is None:
        run.job.made(things)


def _keep_exact(run: Run, tx: Transaction, steps: dict[str, PlannedStep]) -> None:
    standing = _standing(tx, subject_of(run.environment))
    exact = tuple(drift.model_copy(update={"exact": _in_words(steps.get(drift.name))}) for drift in standing)
    for drift in exact:
        tx.drifts.put(drift)
    drift_responses.propose(run.ports, tx, run.environment.name, exact)


def _in_words(step: PlannedStep | None) -> str:
    if step is None:
        return UNSEEN
    return f"{step.action}: {', '.join(step.changed)}" if step.changed else str(step.action)


def _standing(tx: Transaction, subject: str) -> tuple[Drift, ...]:
    return tuple(drift for drift in tx.drifts.of(subject) if drift.gone_at is None)


def mend(run: Run) -> Outcome:
    """Recover what was left, look, make the environment what its specification says, and look whether it is."""
    if run.recovering:
        run.each_time("recover", lambda: _recover(run))
    run.each_time("compare", lambda: _refuse_silence(_compare(run), run.environment.name))
    with run.ports.records.read() as tx:
        refuse_loss(_standing(tx, subject_of(run.environment)), run.environment.name)
    run.step("mend", lambda: _mend(run))
    return Succeeded(run.step("look", lambda: _compare(run)))


def _refuse_silence(seen: dict[str, Any], name: str) -> dict[str, Any]:
    """Raise OperationFailedError when a service did not answer: what it holds may be gone, and would be made empty."""
    if seen["silent"]:
        raise OperationFailedError(
            f"{name} cannot be mended now: the cloud does not show all of it",
            detail=f"unknown: {seen['silent']}",
            hint="tenure operation retry looks again",
        )
    return seen


def refuse_loss(standing: tuple[Drift, ...], name: str) -> None:
    """Raise RefusedError when something is missing that held data: a mend would put an empty one in its place."""
    lost = unmendable(standing)
    if lost:
        raise RefusedError(
            f"{name} cannot be mended by machine: data would be made anew, empty",
            rule=NO_DATA_MADE_ANEW,
            detail=", ".join(f"{drift.kind} {drift.name} is missing" for drift in lost),
            hint=f"tenure restore {name} into a fresh environment, or a change request",
        )


def _recover(run: Run) -> dict[str, Any]:
    run.ports.provisioner.recover(run.job)
    return {}


def _mend(run: Run) -> dict[str, Any]:
    outputs = run.ports.provisioner.mend(run.job)
    run.change(lambda tx: _keep_outputs(run, tx, outputs))
    return {}


def _keep_outputs(run: Run, tx: Transaction, outputs: Outputs) -> None:
    environment = tx.environments.get(run.environment.name)
    tx.environments.put(environment.model_copy(update={"outputs": outputs}))


def _compare(run: Run) -> dict[str, Any]:
    """Look at this one project and keep what differs; what was mended is gone from the list at once."""
    with run.ports.records.read() as tx:
        made = tx.made.of(subject_of(run.environment))
    sight = run.ports.fleet.look(_projects(made))
    left = () if made is None else run.change(lambda tx: keep(run.ports, tx, run.environment, made, sight))
    return {"left": len(left), "silent": ", ".join(sorted(sight.silent))}


def _projects(made: Made | None) -> frozenset[str]:
    things = made.things if made else ()
    return frozenset(thing.id for thing in things if thing.kind is ThingKind.PROJECT)


def settle_mend(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Tell that it was mended; a failed mend leaves the environment as it is, and its drifts on record."""
    if isinstance(outcome, Succeeded):
        facts = {"operation": run.operation.id, "left": outcome.result["left"]}
        to, now = (Role.PROVIDER, Role.OFFICE, Role.UNIT), run.ports.clock.now()
        tell(tx, "drift-mended", run.operation.id, run.environment.name, to, facts, now)
