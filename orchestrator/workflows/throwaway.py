"""Throw-away environments: made for one verification or drill, and removed again whatever happens (Art. 44).

A throw-away environment is on record from before anything of it exists until its project was shown to be gone, so it
is never forgotten. An attempt never goes on with the one of an earlier attempt: it removes what it finds and makes its
own. Only operations on the live environment touch it, and of these one runs at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from orchestrator.domain.drill import ThrowAway
from orchestrator.domain.errors import CancelledError, OperationFailedError, PartlyDoneError, TenureError
from orchestrator.domain.lifecycle import EnvironmentEvent, EnvironmentState
from orchestrator.domain.names import Stage, environment_name
from orchestrator.domain.records import Actor, Environment, Operation, Outputs, Role, StepEvent
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.domain.throwaway import throwaway_spec
from orchestrator.ports import Execution, Transaction
from orchestrator.workflows.moves import move_environment
from orchestrator.workflows.notices import tell
from orchestrator.workflows.reclaim import take_away
from orchestrator.workflows.run import Run
from orchestrator.workflows.verification import verify, wait_for_hosts

ENGINE = Actor(name="engine", role=Role.SYSTEM, door="worker")
TOLD = (Role.PROVIDER, Role.OFFICE)
MOST = 10_000
"""More environments than an installation has."""

WAY_OUT: dict[EnvironmentState, tuple[EnvironmentEvent, ...]] = {
    EnvironmentState.PLANNED: (EnvironmentEvent.PROVISION, EnvironmentEvent.BREAK, EnvironmentEvent.RETIRE),
    EnvironmentState.PROVISIONING: (EnvironmentEvent.BREAK, EnvironmentEvent.RETIRE),
    EnvironmentState.BROKEN: (EnvironmentEvent.RETIRE,),
    EnvironmentState.READY: (EnvironmentEvent.RETIRE,),
}
"""How a throw-away environment gets from where it is to where it is being removed."""


@dataclass(frozen=True)
class Tried[T]:
    """What came of work in a throw-away environment.

    Attributes:
        result: What the work gave; ``None`` when it failed.
        fault: Why it failed; ``None`` when it did not.
        throwaway: The environment and the evidence of its end.
    """

    result: T | None
    fault: TenureError | None
    throwaway: ThrowAway

    @property
    def must(self) -> T:
        """The result; raises what went wrong, with the work or with the removal after it."""
        if self.fault is not None:
            raise self.fault
        if self.throwaway.left:
            raise left_standing(self.throwaway.name, self.throwaway.left)
        if self.result is None:
            raise OperationFailedError("nothing came of the work", rule="internal")
        return self.result


@dataclass(frozen=True)
class Regardless:
    """Implements :class:`orchestrator.ports.Execution`: what is begun is ended although somebody asked to stop.

    The engine may still interrupt it: then the next attempt goes on.
    """

    execution: Execution

    def cancelled(self) -> bool:
        """Whether the engine stops."""
        return self.execution.interrupted()

    def valid_until(self) -> float:
        """Give the end of the lease."""
        return self.execution.valid_until()

    def interrupted(self) -> bool:
        """Whether the engine stops."""
        return self.execution.interrupted()

    def once(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do a step and keep its result."""
        return self.execution.once(name, work)

    def confirm(self, tx: Transaction) -> None:
        """Raise LeaseLostError unless the lease is still ours."""
        self.execution.confirm(tx)

    def tell(self, operation: Operation, event: StepEvent, at: datetime) -> None:
        """Store an event."""
        self.execution.tell(operation, event, at)

    def all_told(self) -> None:
        """Wait until every event is stored."""
        self.execution.all_told()

    def elapsed_seconds(self) -> float:
        """Give the real time since the attempt began."""
        return self.execution.elapsed_seconds()


def name_of(environment: Environment) -> str:
    """Give the name of the throw-away copy of a live environment."""
    return environment_name(environment.spec.unit, environment.spec.system, Stage.DRILL)


def tried[T](run: Run, roles: Collection[str] | None, work: Callable[[Environment], T]) -> Tried[T]:
    """Make an isolated copy of the run's environment, do the work in it, and remove it, whatever came of the work.

    Args:
        run: The attempt, on the live environment.
        roles: Only hosts of these roles, and the bastion; all of them when ``None``.
        work: Gets the copy, whose hosts answer.

    Raises:
        CancelledError: Somebody asked to stop; the copy is gone, or told as left.
        PartlyDoneError: A copy of an earlier attempt is still there and could not be removed.
        LeaseLostError: The engine interrupts; the next attempt begins anew.
    """
    remove_left(run)
    spec = throwaway_spec(run.environment.spec, run.ports.ground.reaches(), roles)
    made = ThrowAway(name=spec.name, reaches=tuple(map(str, run.ports.ground.reaches())))
    try:
        run.each_time("room", lambda: _look_for_room(run, spec))
        copy, made = _make(run, spec, made)
        result = work(copy)
    except TenureError as error:
        if run.execution.interrupted():
            raise
        gone = _remove(run, made)
        if isinstance(error, CancelledError):
            raise
        return Tried(None, error, gone)
    except Exception:
        # A fault of our own must not leave the copy, which holds the unit's data, standing; it goes on afterwards.
        if not run.execution.interrupted():
            _remove(run, made)
        raise
    return Tried(result, None, _remove(run, made))


def remove_left(run: Run) -> None:
    """Remove the throw-away copy that an earlier attempt or operation left; harmless when there is none.

    Raises:
        PartlyDoneError: It is still there.
    """
    with run.ports.records.read() as tx:
        found = standing(tx, run.environment)
    if found is None:
        return
    run.note("throw-away", f"{found.name} was left by an earlier attempt and is removed first")
    gone = _remove(run, ThrowAway(name=found.name))
    if gone.left:
        raise left_standing(gone.name, gone.left)


def standing(tx: Transaction, environment: Environment) -> Environment | None:
    """Give the throw-away copy of a live environment that is not gone, if there is one."""
    found = tx.environments.find(name_of(environment))
    return None if found is None or found.state is EnvironmentState.RETIRED else found


def all_standing(tx: Transaction) -> tuple[Environment, ...]:
    """Give every throw-away copy that is not gone: in use by an operation that runs, or left by one that does not."""
    return tuple(
        one
        for state in EnvironmentState
        if state is not EnvironmentState.RETIRED
        for one in tx.environments.list(state=state, limit=MOST)
        if one.stage is Stage.DRILL
    )


def left_standing(name: str, why: str) -> PartlyDoneError:
    """Make the error that says that a throw-away copy is still there."""
    return PartlyDoneError(
        f"the throw-away environment {name} is still there",
        detail=why,
        rule="Art. 44",
        hint="tenure operation retry removes it first, as the next verification or drill does",
    )


def _look_for_room(run: Run, spec: EnvironmentSpec) -> dict[str, Any]:
    faults = run.ports.inventory.check(spec).faults
    if faults:
        raise OperationFailedError(faults[0].summary, diagnostics=faults)
    return {}


def _make(run: Run, spec: EnvironmentSpec, made: ThrowAway) -> tuple[Environment, ThrowAway]:
    began = run.execution.elapsed_seconds()
    copy = run.change(lambda tx: _put_on_record(run, tx, spec))
    there = replace(run, environment=copy)
    outputs = Outputs.model_validate(run.each_time("up", lambda: _up(there)))
    run.each_time("hosts", lambda: wait_for_hosts(there, spec, outputs))
    run.each_time("isolated", lambda: verify(spec, outputs))
    ready = run.change(lambda tx: _ready(run, tx, copy.name))
    seconds = round(run.execution.elapsed_seconds() - began, 3)
    hosts = tuple(host.name for host in outputs.hosts)
    return ready, made.model_copy(update={"project_id": outputs.project_id, "hosts": hosts, "seconds": seconds})


def _put_on_record(run: Run, tx: Transaction, spec: EnvironmentSpec) -> Environment:
    """Put it on record before anything of it exists; its dates are nobody's, so it has none."""
    now = run.ports.clock.now()
    copy = Environment(
        name=spec.name,
        stage=Stage.DRILL,
        state=EnvironmentState.PLANNED,
        request=run.environment.request,
        spec=spec,
        created_at=now,
    )
    tx.environments.add(copy)
    facts = {"operation": run.operation.id, "of": run.environment.name, "hosts": spec.host_count}
    tx.audit.append(now, ENGINE, "throw-away.begun", copy.name, facts)
    return move_environment(tx, copy, EnvironmentEvent.PROVISION)


def _up(there: Run) -> dict[str, Any]:
    outputs = there.ports.provisioner.up(there.job)
    there.change(lambda tx: _keep_outputs(tx, there.environment.name, outputs))
    return outputs.model_dump(mode="json")


def _keep_outputs(tx: Transaction, name: str, outputs: Outputs) -> None:
    tx.environments.put(tx.environments.get(name).model_copy(update={"outputs": outputs}))


def _ready(run: Run, tx: Transaction, name: str) -> Environment:
    now = run.ports.clock.now()
    return move_environment(tx, tx.environments.get(name), EnvironmentEvent.PROVISIONED, ready_at=now)


def _remove(run: Run, made: ThrowAway) -> ThrowAway:
    """Remove the copy with the same evidence as any teardown; what is left is told and stays on record."""
    through = replace(run, execution=Regardless(run.execution))
    copy = through.change(lambda tx: _doom(run, tx))
    if copy is None:
        return made
    there = replace(through, environment=copy, recovering=True)
    try:
        proof = take_away(there, through.each_time)
    except TenureError as error:
        if run.execution.interrupted():
            raise
        why = "; ".join(filter(None, (error.diagnostic.summary, error.diagnostic.detail)))
        through.change(lambda tx: _tell_left(run, tx, copy, why))
        return made.model_copy(update={"left": why})
    gone_at = through.change(lambda tx: _strike_off(run, tx, copy, proof))
    return made.model_copy(update={"existed": len(proof["existed"]), "gone_at": gone_at})


def _doom(run: Run, tx: Transaction) -> Environment | None:
    copy = standing(tx, run.environment)
    for event in () if copy is None else WAY_OUT.get(copy.state, ()):
        copy = move_environment(tx, tx.environments.get(name_of(run.environment)), event)
    return copy


def _tell_left(run: Run, tx: Transaction, copy: Environment, why: str) -> None:
    facts = {"operation": run.operation.id, "of": run.environment.name, "left": why}
    now = run.ports.clock.now()
    tx.audit.append(now, ENGINE, "throw-away.left", copy.name, facts)
    tell(tx, "throw-away-left", f"{run.operation.id}/{run.operation.attempt}", copy.name, TOLD, facts, now)


def _strike_off(run: Run, tx: Transaction, copy: Environment, proof: dict[str, Any]) -> datetime:
    now = run.ports.clock.now()
    gone = move_environment(tx, tx.environments.get(copy.name), EnvironmentEvent.RETIRED, retired_at=now)
    facts = {
        "operation": run.operation.id,
        "of": run.environment.name,
        "project": gone.outputs.project_id,
        "existed": len(proof["existed"]),
        "left": proof["left"],
    }
    tx.audit.append(now, ENGINE, "throw-away.gone", copy.name, facts)
    return now
