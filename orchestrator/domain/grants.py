"""Who may enter hosts, and when: jobs by a standing authorisation, people by a grant (Art. 36)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, RefusedError
from orchestrator.domain.lifecycle import GRANT, GrantEvent, GrantState
from orchestrator.domain.names import RoleName
from orchestrator.domain.records import Actor, Authorisation, Environment, Grant, JobKind, OperationKind, Role

ARTICLE = "Art. 36"

JOBS: dict[OperationKind, JobKind] = {
    OperationKind.PROVISION: JobKind.BOOTSTRAP,
    OperationKind.CHANGE: JobKind.BOOTSTRAP,
    OperationKind.PROMOTE: JobKind.BOOTSTRAP,
    OperationKind.RESUME: JobKind.BOOTSTRAP,
    OperationKind.BOOTSTRAP: JobKind.BOOTSTRAP,
    OperationKind.BACKUP: JobKind.BACKUP,
    OperationKind.FINAL_BACKUP: JobKind.BACKUP,
    OperationKind.CHECK: JobKind.BACKUP,
    OperationKind.RESTORE: JobKind.RESTORE,
    OperationKind.VERIFY: JobKind.VERIFY,
    OperationKind.DRILL: JobKind.DRILL,
    OperationKind.PATCH: JobKind.PATCH,
    OperationKind.SURVEY: JobKind.SURVEY,
    OperationKind.ACCESS: JobKind.ACCESS,
}
"""What each kind of operation needs to enter hosts; a kind that is not here enters none and needs nothing."""


def authorised(held: Iterable[Authorisation]) -> frozenset[JobKind]:
    """Give the kinds of jobs that authorisations in force permit."""
    return frozenset(job for authorisation in held if authorisation.in_force for job in authorisation.jobs)


def refuse_unauthorised(environment: str, kind: OperationKind, held: Iterable[Authorisation]) -> None:
    """Raise RefusedError when the work of an operation would enter hosts without the right to."""
    job = JOBS.get(kind)
    if job is None or job in authorised(held):
        return
    raise RefusedError(
        f"no authorisation of office and unit lets jobs of kind {job} enter {environment}",
        rule=ARTICLE,
        detail=f"{kind} needs one that is in force; it was revoked, or never given by both",
        hint=f"tenure access authorise {environment} --job {job} --as unit, and again --as office",
    )


def agreed(authorisation: Authorisation, actor: Actor) -> Authorisation:
    """Give an authorisation with the agreement of one more side; RefusedError when one person would speak for both."""
    side, other = ("by_unit", "by_office") if actor.role is Role.UNIT else ("by_office", "by_unit")
    _refuse_same(getattr(authorisation, other), actor)
    return authorisation.model_copy(update={side: actor})


def approved(grant: Grant, actor: Actor, now: datetime) -> Grant:
    """Give a grant with the approval of one more side; the second one begins its time.

    Args:
        grant: The grant as it is.
        actor: Who approves, for the unit or for the office.
        now: Real time.

    Raises:
        RefusedError: The person who would enter approves, one person speaks for both sides, or the side did already.
        ConflictError: It is not waiting for approvals.
    """
    GRANT.after(grant.state, GrantEvent.APPROVE)
    if actor.name == grant.person.name:
        raise RefusedError(
            f"{actor.name} wants to enter and cannot approve it",
            rule="four eyes",
            detail="nobody approves what he asked for himself",
            hint="another person approves; at the command line: tenure --by NAME …, or TENURE_ACTOR",
        )
    side, other = ("by_unit", "by_office") if actor.role is Role.UNIT else ("by_office", "by_unit")
    if getattr(grant, side) is not None:
        raise RefusedError(f"the {actor.role} approved {grant.id} already", rule=ARTICLE)
    _refuse_same(getattr(grant, other), actor)
    signed = grant.model_copy(update={side: actor})
    if signed.by_unit is None or signed.by_office is None:
        return signed
    state = GRANT.after(grant.state, GrantEvent.GRANT)
    until = now + timedelta(minutes=grant.minutes)
    return signed.model_copy(update={"state": state, "granted_at": now, "until": until})


def _refuse_same(other: Actor | None, actor: Actor) -> None:
    if other is not None and other.name == actor.name:
        raise RefusedError(
            f"{actor.name} agreed for the {other.role} and cannot agree for the {actor.role} too",
            rule="four eyes",
            hint="another person agrees; at the command line: tenure --by NAME …, or TENURE_ACTOR",
        )


def ended(grant: Grant, event: GrantEvent, actor: Actor, why: str, now: datetime) -> Grant:
    """Give a grant after it was refused, withdrawn, revoked, or has expired; ConflictError when it cannot be."""
    state = GRANT.after(grant.state, event)
    return grant.model_copy(update={"state": state, "ended_at": now, "ended_by": actor, "ended_why": why})


def has_expired(grant: Grant, now: datetime, answer: timedelta) -> bool:
    """Whether its time is over: that of the grant, or that in which somebody should have answered."""
    if grant.state is GrantState.REQUESTED:
        return now >= grant.asked_at + answer
    return grant.state is GrantState.GRANTED and grant.until is not None and now >= grant.until


def lets_in(grant: Grant, environment: Environment, person: str, now: datetime) -> bool:
    """Whether a person may enter hosts of this life of an environment by it now."""
    in_time = grant.until is not None and now < grant.until
    granted = grant.state is GrantState.GRANTED and grant.subject == subject_of(environment)
    return granted and in_time and grant.person.name == person


def roles_of(grant: Grant, environment: Environment) -> tuple[RoleName, ...]:
    """Give the roles whose hosts it opens."""
    return grant.roles or tuple(role.name for role in environment.spec.roles)


def check_wish(environment: Environment, roles: tuple[str, ...], minutes: int, longest: int) -> None:
    """Raise BadInputError for roles that the environment has not; RefusedError for more time than is ever granted."""
    known = {role.name for role in environment.spec.roles}
    unknown = sorted(set(roles) - known)
    if unknown:
        raise BadInputError(
            f"{environment.name} has no role {unknown[0]!r}",
            field="roles",
            detail=f"its roles: {', '.join(sorted(known))}",
        )
    if minutes > longest:
        raise RefusedError(
            f"{minutes} minutes are longer than anybody may enter hosts at a time",
            field="minutes",
            rule=ARTICLE,
            detail=f"the rulebook's longest time is {longest} minutes",
        )
