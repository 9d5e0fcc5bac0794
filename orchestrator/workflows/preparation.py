"""What a submission means before it is on record: checked against rules, blueprint and the environment as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestrator.domain.blueprint import resolve
from orchestrator.domain.change import Weight, shrunk_volumes, weigh
from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Environment, Kind
from orchestrator.domain.rulebook import Rulebook, admit
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.domain.submission import Submission
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports

CHANGES_NOTHING = "a change changes"
"""Rule of a change that asks for what is there already."""


@dataclass(frozen=True)
class Prepared:
    """What goes on record with a submission.

    Attributes:
        spec: What the environment shall be; None for kinds that leave it as it is.
        weight: Of a change (Art. 15).
        founds: Whether the request makes a new environment.
    """

    spec: EnvironmentSpec | None = None
    weight: Weight | None = None
    founds: bool = False


@dataclass(frozen=True)
class Intake:
    """One submission on its way in."""

    ports: Ports
    tx: Transaction
    submission: Submission
    request_id: str
    rulebook: Rulebook


def prepare(intake: Intake) -> Prepared:
    """Check a submission of any kind but terminate, and resolve what it wants.

    Raises:
        RefusedError: A rule forbids it (Art. 2, 4, the blueprint's envelope).
        BadInputError: It names something that does not exist, or changes nothing.
        ConflictError: The environment is not in a state for it.
    """
    admit(intake.submission, intake.rulebook)
    return PREPARATIONS[intake.submission.kind](intake)


def _new(intake: Intake) -> Prepared:
    name = intake.submission.environment_name
    found = intake.tx.environments.find(name)
    if found is not None and found.state is not EnvironmentState.RETIRED:
        raise ConflictError(
            f"{name} exists already and is {found.state}",
            detail=f"made by request {found.request}",
            rule="one environment per system and stage",
            hint=f"tenure env show {name}",
        )
    return Prepared(spec=_resolved(intake, intake.request_id, intake.ports.access.ca_public_key()), founds=True)


def _change(intake: Intake) -> Prepared:
    """Resolve a change; marks keep the request that made the environment, so nothing is retagged for its sake."""
    environment = _existing(intake, frozenset({EnvironmentState.READY}))
    before = environment.spec
    _refuse_other_stage(environment, intake.submission.stage)
    spec = _resolved(intake, before.request, before.access.ca_public_key)
    kept = {
        "unit_name": spec.unit_name or before.unit_name,
        "system_name": spec.system_name or before.system_name,
        "access": spec.access if spec.access.emergency_public_key else before.access,
    }
    after = EnvironmentSpec.model_validate(spec.model_copy(update=kept).model_dump())
    if after == before:
        raise BadInputError(
            f"{environment.name} is already what the change asks for", field="environment", rule=CHANGES_NOTHING
        )
    smaller = shrunk_volumes(before, after)
    if smaller:
        raise BadInputError(
            f"a volume never gets smaller: {', '.join(smaller)}",
            field="environment.roles",
            rule="a change keeps data",
            hint="leave its size as it is, or ask for a new environment and move the data",
        )
    return Prepared(spec=after, weight=weigh(before, after, intake.rulebook))


def _promotion(intake: Intake) -> Prepared:
    environment = _existing(intake, frozenset({EnvironmentState.READY}))
    _refuse_other_stage(environment, Stage.TRIAL)
    spec = environment.spec.model_copy(update={"stage": Stage.PRODUCTION})
    return Prepared(spec=EnvironmentSpec.model_validate(spec.model_dump()))


def _extension(intake: Intake) -> Prepared:
    environment = _existing(intake, frozenset({EnvironmentState.READY, EnvironmentState.EXPIRING}))
    if environment.suspended_at is not None:
        raise RefusedError(f"{environment.name} was suspended when its time ended", field="kind", rule="Art. 37")
    return Prepared()


def _suspension(intake: Intake) -> Prepared:
    _existing(intake, frozenset({EnvironmentState.READY}))
    return Prepared()


def _resumption(intake: Intake) -> Prepared:
    _existing(intake, frozenset({EnvironmentState.SUSPENDED}))
    return Prepared()


PREPARATIONS: Mapping[Kind, Callable[[Intake], Prepared]] = {
    Kind.TEST: _new,
    Kind.TRIAL: _new,
    Kind.CHANGE: _change,
    Kind.PRODUCTION: _promotion,
    Kind.EXTEND: _extension,
    Kind.SUSPEND: _suspension,
    Kind.RESUME: _resumption,
}


def _resolved(intake: Intake, request_id: str, ca_public_key: str) -> EnvironmentSpec:
    wish = intake.submission.environment
    if wish is None:
        raise BadInputError("the request describes no environment", field="environment", rule="missing")
    blueprint = intake.ports.library.blueprint(wish.blueprint)
    return resolve(intake.submission, blueprint, request_id=request_id, ca_public_key=ca_public_key)


def _existing(intake: Intake, states: frozenset[EnvironmentState]) -> Environment:
    kind = intake.submission.kind
    environment = intake.tx.environments.get(intake.submission.environment_name)
    if environment.state not in states:
        raise ConflictError(
            f"{environment.name} is {environment.state}; {kind} needs it {' or '.join(sorted(states))}",
            rule="lifecycle",
            hint=f"tenure env show {environment.name}",
        )
    return environment


def _refuse_other_stage(environment: Environment, stage: Stage) -> None:
    if environment.stage is not stage:
        raise RefusedError(
            f"{environment.name} is at stage {environment.stage}, the request is about {stage}",
            field="stage",
            rule="Art. 10",
        )
