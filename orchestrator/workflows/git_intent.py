"""Which request an environment's file means, beside what is on record; nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.domain.blueprint import resolve
from orchestrator.domain.change import Weight
from orchestrator.domain.declaration import NAME_RULE, Declaration
from orchestrator.domain.errors import (
    BadInputError,
    ConflictError,
    Diagnostic,
    Place,
    RefusedError,
    Severity,
    TenureError,
)
from orchestrator.domain.gates import missing_material
from orchestrator.domain.git_plan import Depth
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.merges import request_id_of
from orchestrator.domain.names import ManagedBy, Stage
from orchestrator.domain.records import Environment, Kind
from orchestrator.domain.rulebook import Rulebook, admit
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.domain.submission import Submission
from orchestrator.domain.tree import ChangedFile
from orchestrator.ports import Transaction
from orchestrator.ports.repository import DeclarationReader, Repository
from orchestrator.workflows.context import Ports
from orchestrator.workflows.managers import MANAGED_RULE, refuse_other_manager
from orchestrator.workflows.moves import under_way
from orchestrator.workflows.preparation import CHANGES_NOTHING, Intake, Prepared, prepare

PROPOSED = "proposal"
"""Stands for the request's id as long as nobody has asked."""

FIRST_KIND = {Stage.TEST: Kind.TEST, Stage.TRIAL: Kind.TRIAL}
"""How a system's environment begins; production is a trial that was promoted (Art. 14)."""


@dataclass(frozen=True)
class Intent:
    """What a file asks for.

    Attributes:
        submission: The request that a merge submits; ``None`` when the environment is already what the file says.
        environment: As it is on record; ``None`` when there is none.
        spec: What it shall be; ``None`` for what leaves it as it is.
        by_policy: Whether nobody needs to decide.
        manager: Who manages the environment when this is merged; ``None`` when no file says so any more.
    """

    submission: Submission | None = None
    environment: Environment | None = None
    spec: EnvironmentSpec | None = None
    weight: Weight | None = None
    notes: tuple[Diagnostic, ...] = ()
    by_policy: bool = False
    manager: ManagedBy | None = None


def named_well(declaration: Declaration, name: str) -> None:
    """Refuse a file whose name is that of another environment; raises BadInputError."""
    if declaration.environment_name != name:
        raise BadInputError(
            f"this file is called {name}, but declares {declaration.environment_name}",
            field="system",
            rule=NAME_RULE,
            hint="rename the file, or mend unit, system and stage in it",
        )


def only_rules(ports: Ports, declaration: Declaration) -> None:
    """Try the rules that need neither records nor cloud; raises one error with every finding."""
    submission = declaration.submission(FIRST_KIND.get(declaration.stage, Kind.CHANGE))
    blueprint = ports.library.blueprint(declaration.environment.blueprint)
    found: list[TenureError] = []
    for attempt in (
        lambda: admit(submission, ports.library.rulebook()),
        lambda: resolve(submission, blueprint, request_id=PROPOSED),
    ):
        try:
            attempt()
        except (BadInputError, RefusedError) as error:
            found.append(error)
    if found:
        diagnostics = tuple(each for error in found for each in error.diagnostics)
        raise type(found[0])(diagnostics[0].summary, diagnostics=diagnostics)


def intended(ports: Ports, declaration: Declaration, head: str) -> Intent:
    """Say which request leads from what is on record to what a file declares at a commit.

    Raises:
        RefusedError: No request leads there (a production environment that was never a trial, an earlier stage).
        ConflictError: The environment is busy, on its way out, or managed by the hook.
        BadInputError: The file names what does not exist, or asks for two things at once.
    """
    with ports.records.read() as tx:
        environment = _living(tx, declaration.environment_name)
        kind = _kind(declaration, environment)
        submission = declaration.submission(kind)
        rulebook = ports.library.rulebook()
        prepared = _prepared(Intake(ports, tx, submission, request_id_of(submission, head), rulebook))
        if declaration.managed_by is ManagedBy.HOOK:
            return _shown(declaration, environment, prepared)
        if prepared is None:
            return Intent(environment=environment, notes=_takeover(tx, environment), manager=ManagedBy.GIT)
        if environment is not None:
            refuse_other_manager(environment, kind, ManagedBy.GIT)
        if kind is Kind.PRODUCTION:
            _refuse_two_at_once(ports, tx, declaration)
        notes = (
            *_takeover(tx, environment),
            *_busy(tx, environment),
            *_lacks(submission, rulebook),
            *_held(tx, submission),
        )
        return Intent(submission, environment, prepared.spec, prepared.weight, notes, manager=ManagedBy.GIT)


def termination(ports: Ports, name: str, depth: Depth) -> Intent:
    """Say what a removed file asks for: the environment's end by request (Art. 16), never its deletion.

    An environment that is not on record, or on its way out already, needs nothing.
    """
    if depth is Depth.VALIDATE:
        return Intent()
    with ports.records.read() as tx:
        environment = _living(tx, name)
        if environment is None or environment.state is EnvironmentState.RETIRING:
            return Intent()
        refuse_other_manager(environment, Kind.TERMINATE, ManagedBy.GIT)
        submission = Submission(
            kind=Kind.TERMINATE,
            unit=environment.spec.unit,
            system=environment.spec.system,
            stage=environment.stage,
            reason=f"the file of {name} was removed",
        )
        by_policy = environment.stage is Stage.TEST
        return Intent(submission, environment, notes=_busy(tx, environment), by_policy=by_policy)


def declared_before(repository: Repository, reader: DeclarationReader, file: ChangedFile) -> Declaration | None:
    """Give what a file declared before; None when it was no sound one, whose removal is nothing but good."""
    try:
        text = "" if file.before is None else repository.read(file.before.blob)
        return reader.read(text, file.path).declaration
    except (BadInputError, RefusedError, ConflictError):
        return None


def refuse_hooks_removal(before: Declaration | None, file: ChangedFile) -> None:
    """Refuse to take away a file that only shows what the hook manages; raises ConflictError."""
    if before is not None and before.managed_by is ManagedBy.HOOK:
        raise ConflictError(
            f"{file.environment} is managed by the hook; taking its file away ends nothing",
            rule=MANAGED_RULE,
            place=Place(file=file.path),
            hint="ask for its end through the approval system, or set managed_by: git in a pull request of its own",
        )


def _living(tx: Transaction, name: str) -> Environment | None:
    found = tx.environments.find(name)
    return None if found is None or found.state is EnvironmentState.RETIRED else found


def _kind(declaration: Declaration, environment: Environment | None) -> Kind:
    if environment is None:
        if declaration.stage in FIRST_KIND:
            return FIRST_KIND[declaration.stage]
        raise RefusedError(
            f"{declaration.environment_name} does not exist; a production environment begins as a trial",
            field="stage",
            rule="Art. 14",
            hint="declare stage: trial, and change it when the trial is over",
        )
    if environment.stage is Stage.TRIAL and declaration.stage is Stage.PRODUCTION:
        return Kind.PRODUCTION
    return Kind.CHANGE


def _prepared(intake: Intake) -> Prepared | None:
    """Give what a request means; ``None`` when it would change nothing."""
    try:
        return prepare(intake)
    except BadInputError as error:
        if error.diagnostic.rule == CHANGES_NOTHING:
            return None
        raise


def _shown(declaration: Declaration, environment: Environment | None, prepared: Prepared | None) -> Intent:
    """Take a file that only shows what the hook manages; raises ConflictError when it says something else."""
    if prepared is not None:
        raise ConflictError(
            f"{declaration.environment_name} is managed by the hook; this file shows something else",
            field="managed_by",
            rule=MANAGED_RULE,
            hint="ask through the approval system, or set managed_by: git in a pull request of its own",
        )
    return Intent(environment=environment, manager=ManagedBy.HOOK)


def _refuse_two_at_once(ports: Ports, tx: Transaction, declaration: Declaration) -> None:
    """Refuse a promotion that changes the environment too: production is the trial as it stands (Art. 14)."""
    as_it_stands = declaration.model_copy(update={"stage": Stage.TRIAL}).submission(Kind.CHANGE)
    if _prepared(Intake(ports, tx, as_it_stands, PROPOSED, ports.library.rulebook())) is not None:
        raise RefusedError(
            "this promotes the trial and changes it in one; production is the trial as it stands",
            field="stage",
            rule="Art. 14",
            hint="merge the change first, then the promotion",
        )


def _takeover(tx: Transaction, environment: Environment | None) -> tuple[Diagnostic, ...]:
    """Tell that an environment came by another door: from the merge on, its file counts."""
    if environment is None or environment.managed_by is ManagedBy.GIT:
        return ()
    door = tx.requests.get(environment.request).submitted_by.door
    return (_note(MANAGED_RULE, f"{environment.name} came by {door}; from the merge on this file counts"),)


def _busy(tx: Transaction, environment: Environment | None) -> tuple[Diagnostic, ...]:
    busy = () if environment is None else under_way(tx, environment.name)
    return tuple(_note("git/busy", f"{one.environment} is busy: {one.kind} is {one.state}") for one in busy[:1])


def _lacks(submission: Submission, rulebook: Rulebook) -> tuple[Diagnostic, ...]:
    rule = rulebook.admission.material.article
    return tuple(_note(rule, lack) for lack in missing_material(submission.kind, submission.material, rulebook))


def _held(tx: Transaction, submission: Submission) -> tuple[Diagnostic, ...]:
    holds = tx.holds.on(submission.unit, submission.system)
    return tuple(_note("Art. 46", f"hold {hold.id}: no further resources for this system") for hold in holds)


def _note(rule: str, summary: str) -> Diagnostic:
    return Diagnostic(severity=Severity.WARNING, summary=summary, rule=rule)
