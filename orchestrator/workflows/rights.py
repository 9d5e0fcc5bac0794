"""Standing authorisations: which kinds of jobs may enter the hosts of an environment (Art. 36).

The application for an environment and its favourable review are the first one. Later ones are given by unit and office,
one after the other, and either side may revoke any.
"""

from __future__ import annotations

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ConflictError
from orchestrator.domain.grants import ARTICLE, JOBS, agreed, authorised, refuse_unauthorised
from orchestrator.domain.lifecycle import ENVIRONMENT
from orchestrator.domain.records import Actor, Authorisation, Environment, JobKind, Request, Role
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.moves import under_way
from orchestrator.workflows.notices import tell
from orchestrator.workflows.permissions import Command, permit
from orchestrator.workflows.rulebooks import rulebook_of
from orchestrator.workflows.run import Run

TOLD = (Role.UNIT, Role.OFFICE, Role.PROVIDER)


def refuse_without(run: Run) -> None:
    """Raise RefusedError when an operation would enter hosts without an authorisation that is in force."""
    with run.ports.records.read() as tx:
        held = tx.authorisations.of(subject_of(run.environment))
    refuse_unauthorised(run.environment.name, run.operation.kind, held)


def found(ports: Ports, tx: Transaction, request: Request, actor: Actor) -> None:
    """Keep what unit and office agreed to with an application: the rulebook's standing jobs.

    A request that is reviewed again has its authorisation already; what was revoked of it stays revoked.
    """
    environment, now = tx.environments.get(request.environment), ports.clock.now()
    first = f"auth-{request.id.removeprefix('req-')}"
    subject = subject_of(environment)
    jobs = rulebook_of(ports, tx, request).care.standing_jobs.kinds
    if not jobs or any(each.id == first for each in tx.authorisations.of(subject)):
        return
    made = Authorisation(
        id=first,
        environment=environment.name,
        subject=subject,
        jobs=jobs,
        reason=f"the application {request.id} and its review",
        at=now,
        by_unit=request.submitted_by,
        by_office=actor,
    )
    tx.authorisations.put(made)
    tx.audit.append(now, actor, "access.authorised", environment.name, _facts(made))


def authorise(
    ports: Ports, name: str, jobs: tuple[JobKind, ...], reason: str, actor: Actor
) -> tuple[Authorisation, ...]:
    """Agree for the unit or the office to kinds of jobs; each is in force when the other side agreed too.

    What the other side agreed to before is completed, the rest waits for it. Gives what was written.

    Raises:
        RefusedError: Another role, or the same person for both sides.
        ConflictError: All of it is in force already, or the environment's life is over.
        BadInputError: No kind of job, or no reason for what the other side did not ask for.
    """
    permit(Command.AUTHORISE, actor)
    with ports.records.transaction() as tx:
        environment = _living(tx, name)
        held = tx.authorisations.of(subject_of(environment))
        wanted = _still_wanted(name, jobs, held)
        written = tuple(agreed(each, actor) for each in _waiting(held, actor) if wanted & set(each.jobs))
        left = wanted - {job for each in written for job in each.jobs}
        if left:
            written += (_begun(ports, environment, left, reason, actor),)
        for each in written:
            _keep(ports, tx, each, actor)
    return written


def _living(tx: Transaction, name: str) -> Environment:
    environment = tx.environments.get(name)
    if environment.state in ENVIRONMENT.last:
        raise ConflictError(f"{name} is {environment.state}; nobody enters it any more", rule="lifecycle")
    return environment


def _still_wanted(name: str, jobs: tuple[JobKind, ...], held: tuple[Authorisation, ...]) -> set[JobKind]:
    if not jobs:
        raise BadInputError("say which kinds of jobs", field="job", detail=f"kinds: {', '.join(JobKind)}")
    wanted = set(jobs) - authorised(held)
    if not wanted:
        raise ConflictError(
            f"all of it is in force for {name} already", rule=ARTICLE, hint=f"tenure access list {name}"
        )
    return wanted


def _waiting(held: tuple[Authorisation, ...], actor: Actor) -> list[Authorisation]:
    """Give those that wait for the actor's side."""
    sides = {Role.UNIT: "by_unit", Role.OFFICE: "by_office"}
    return [each for each in held if each.revoked_at is None and getattr(each, sides[actor.role]) is None]


def _begun(ports: Ports, environment: Environment, jobs: set[JobKind], reason: str, actor: Actor) -> Authorisation:
    if not reason.strip():
        raise BadInputError("an authorisation states its reason", field="reason", rule=ARTICLE)
    begun = Authorisation(
        id=ports.ids.new("auth"),
        environment=environment.name,
        subject=subject_of(environment),
        jobs=tuple(sorted(jobs)),
        reason=reason.strip(),
        at=ports.clock.now(),
    )
    return agreed(begun, actor)


def _keep(ports: Ports, tx: Transaction, written: Authorisation, actor: Actor) -> None:
    now, action = ports.clock.now(), "access.authorised" if written.in_force else "access.authorisation-begun"
    tx.authorisations.put(written)
    tx.audit.append(now, actor, action, written.environment, _facts(written))
    key = "access-authorised" if written.in_force else "access-authorisation-waits"
    tell(tx, key, f"{written.id}/{written.in_force}", written.environment, TOLD, _facts(written), now)


def revoke(ports: Ports, authorisation_id: str, reason: str, actor: Actor) -> Authorisation:
    """Take an authorisation back; either side may, without the other.

    Jobs under way that need it are asked to stop, later ones are refused.

    Raises:
        RefusedError: Another role.
        BadInputError: No reason.
        NotFoundError: There is none.
        ConflictError: It was revoked already.
    """
    permit(Command.REVOKE_ACCESS, actor)
    if not reason.strip():
        raise BadInputError("a revocation states its reason", field="reason", rule=ARTICLE)
    with ports.records.transaction() as tx:
        held = tx.authorisations.get(authorisation_id)
        if held.revoked_at is not None:
            raise ConflictError(f"{authorisation_id} was revoked already", rule=ARTICLE)
        now = ports.clock.now()
        revoked = held.model_copy(update={"revoked_at": now, "revoked_by": actor})
        tx.authorisations.put(revoked)
        facts = _facts(revoked) | {"reason": reason}
        tx.audit.append(now, actor, "access.authorisation-revoked", revoked.environment, facts)
        tell(tx, "access-authorisation-revoked", revoked.id, revoked.environment, TOLD, facts, now)
        _stop_what_needs_it(tx, revoked)
    return revoked


def _stop_what_needs_it(tx: Transaction, revoked: Authorisation) -> None:
    left = authorised(tx.authorisations.of(revoked.subject))
    for operation in under_way(tx, revoked.environment):
        if operation.kind in JOBS and JOBS[operation.kind] not in left:
            tx.operations.put(operation.model_copy(update={"cancel_asked": True}), expected=operation)


def _facts(authorisation: Authorisation) -> dict[str, object]:
    agreed_by = {"unit": authorisation.by_unit, "office": authorisation.by_office}
    return {
        "authorisation": authorisation.id,
        "jobs": [str(job) for job in authorisation.jobs],
        "agreed": {side: actor.name for side, actor in agreed_by.items() if actor is not None},
    }
