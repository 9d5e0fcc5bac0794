"""Grants: people ask to enter hosts, unit and office approve, time or either side ends it (Art. 36).

Instants of grants are real time, as certificates are; the caller gives it, since the business clock may be driven.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError
from orchestrator.domain.grants import ARTICLE, approved, check_wish, ended, has_expired, lets_in, roles_of
from orchestrator.domain.lifecycle import ENVIRONMENT, GRANT, GrantEvent, GrantState
from orchestrator.domain.records import Actor, Environment, Grant, Operation, OperationKind, Role
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.fitting import FITTING
from orchestrator.workflows.moves import queue_operation
from orchestrator.workflows.notices import tell
from orchestrator.workflows.permissions import Command, permit
from orchestrator.workflows.rulebooks import rulebook_of

CLOCK = Actor(name="clock", role=Role.SYSTEM, door="clock")
ENGINE = Actor(name="engine", role=Role.SYSTEM, door="worker")
TOLD = (Role.UNIT, Role.OFFICE, Role.PROVIDER)
ANSWERED_WITHIN = timedelta(days=3)
"""A request to enter that nobody answered is not a request any more."""
OPEN = (GrantState.REQUESTED, GrantState.GRANTED)
MOST = 100_000
"""More grants than one environment ever has: those in force are looked for among all."""


def ask(
    ports: Ports, name: str, roles: tuple[str, ...], minutes: int, reason: str, actor: Actor, now: datetime
) -> Grant:
    """Ask to enter hosts of some roles of an environment, or all, for so many minutes from the second approval on.

    Raises:
        RefusedError: The role may not, or it is more time than the rulebook grants anybody.
        BadInputError: No reason, or a role that the environment has not.
        ConflictError: The environment's life is over.
    """
    permit(Command.ASK_ACCESS, actor)
    if not reason.strip():
        raise BadInputError("say why you want to enter", field="reason", rule=ARTICLE)
    with ports.records.transaction() as tx:
        environment = tx.environments.get(name)
        if environment.state in ENVIRONMENT.last:
            raise ConflictError(f"{name} is {environment.state}; nobody enters it any more", rule="lifecycle")
        longest = rulebook_of(ports, tx, tx.requests.get(environment.request)).care.grant_longest.value
        check_wish(environment, roles, minutes, longest)
        asked = Grant(
            id=ports.ids.new("gr"),
            environment=name,
            subject=subject_of(environment),
            person=actor,
            roles=roles,
            reason=reason.strip(),
            minutes=minutes,
            state=GRANT.first,
            asked_at=now,
        )
        tx.grants.put(asked)
        _tell(ports, tx, asked, actor, "access.requested")
    return asked


def approve(ports: Ports, grant_id: str, actor: Actor, now: datetime) -> Grant:
    """Approve for the unit or the office; the second approval begins the time.

    Raises:
        RefusedError: Another role, the person who would enter, or one person for both sides.
        ConflictError: It does not wait for approvals, or the environment's life is over.
    """
    permit(Command.APPROVE_ACCESS, actor)
    settle(ports, now)
    with ports.records.transaction() as tx:
        grant = tx.grants.get(grant_id)
        if subject_of(tx.environments.get(grant.environment)) != grant.subject:
            raise ConflictError(f"{grant_id} was for an environment that is gone", rule="lifecycle")
        signed = approved(grant, actor, now)
        tx.grants.put(signed, expected=grant)
        granted = signed.state is GrantState.GRANTED
        _tell(ports, tx, signed, actor, "access.granted" if granted else "access.approved")
    return signed


def refuse(ports: Ports, grant_id: str, reason: str, actor: Actor, now: datetime) -> Grant:
    """Refuse a request to enter; the person who made it may take it back by the same command."""
    with ports.records.transaction() as tx:
        grant = tx.grants.get(grant_id)
        own = grant.person.name == actor.name
        permit(Command.ASK_ACCESS if own else Command.APPROVE_ACCESS, actor)
        if not own and not reason.strip():
            raise BadInputError("a refusal states its reason", field="reason", rule=ARTICLE)
        event = GrantEvent.WITHDRAW if own else GrantEvent.REFUSE
        return _end(ports, tx, grant, event, actor, reason, now)


def revoke(ports: Ports, grant_id: str, reason: str, actor: Actor, now: datetime) -> tuple[Grant, Operation | None]:
    """Take a grant back before its end: no certificate is issued for it from now on.

    Gives the operation that brings the revocation to the hosts and ends its sessions there; it waits for nothing else
    that is done to the environment. None when the grant has no certificates, or the hosts do not run.

    Raises:
        RefusedError: Another role than unit and office, and not the person himself.
        BadInputError: No reason.
        ConflictError: It is not in force.
    """
    if not reason.strip():
        raise BadInputError("a revocation states its reason", field="reason", rule=ARTICLE)
    settle(ports, now)
    with ports.records.transaction() as tx:
        grant = tx.grants.get(grant_id)
        permit(Command.ASK_ACCESS if grant.person.name == actor.name else Command.REVOKE_ACCESS, actor)
        revoked = _end(ports, tx, grant, GrantEvent.REVOKE, actor, reason, now)
        return revoked, _look_after(ports, tx, revoked, actor)


def _look_after(ports: Ports, tx: Transaction, over: Grant, actor: Actor) -> Operation | None:
    """Have the hosts looked at by which a grant that is over was used; None when it was not, or they do not run."""
    environment = tx.environments.get(over.environment)
    if subject_of(environment) != over.subject or not over.serials or not _enterable(environment):
        return None
    return queue_operation(ports, tx, OperationKind.ACCESS, environment.name, None, actor, {str(over.state): over.id})


def collect(ports: Ports, tx: Transaction, after: Operation) -> None:
    """Have the hosts' logs of sessions brought into the audit log, since another job has just been there."""
    if _enterable(tx.environments.get(after.environment)):
        queue_operation(ports, tx, OperationKind.ACCESS, after.environment, None, ENGINE, {"after": after.id})


def tell_again(ports: Ports, tx: Transaction, after: Operation) -> None:
    """Have hosts told what is revoked when an operation is over that had them down, or made them anew from a copy.

    They may have missed a revocation meanwhile, or have forgotten one.
    """
    environment = tx.environments.get(after.environment)
    if _enterable(environment) and revoked_serials(tx, environment):
        queue_operation(ports, tx, OperationKind.ACCESS, environment.name, None, ENGINE, {"after": after.id})


def look_in(ports: Ports, name: str, actor: Actor) -> Operation:
    """Have the hosts told of every revocation, and their logs of sessions collected."""
    permit(Command.READ_SESSIONS, actor)
    return _queue(ports, name, actor, {})


def certify(ports: Ports, name: str, vouched: dict[str, str], actor: Actor) -> Operation:
    """Have hosts certified that are not, for instance those of an older installation, or a server that was rebuilt.

    Args:
        ports: The ports.
        name: The environment.
        vouched: SHA-256 fingerprints of keys that the actor read at the hosts themselves, by host; hosts that are not
            named are known by what their servers printed on their consoles.
        actor: Who vouches.
    """
    permit(Command.VOUCH, actor)
    with ports.records.read() as tx:
        known = {host.name for host in tx.environments.get(name).outputs.hosts}
    for host, fingerprint in vouched.items():
        if host not in known:
            raise BadInputError(f"{name} has no host {host!r}", field="fingerprint", detail=f"hosts: {sorted(known)}")
        if not fingerprint.startswith("SHA256:"):
            raise BadInputError(f"{fingerprint!r} is no fingerprint", field="fingerprint", detail="SHA256:…")
    return _queue(ports, name, actor, {"vouched": vouched})


def _enterable(environment: Environment) -> bool:
    """Whether there are hosts that may run."""
    return environment.state in FITTING[OperationKind.ACCESS] and bool(environment.outputs.hosts)


def _queue(ports: Ports, name: str, actor: Actor, parameters: dict[str, Any]) -> Operation:
    with ports.records.transaction() as tx:
        environment = tx.environments.get(name)
        if not _enterable(environment):
            raise ConflictError(
                f"{name} is {environment.state}; its hosts are not entered now",
                rule="lifecycle",
                hint=f"tenure env show {name}",
            )
        queued = queue_operation(ports, tx, OperationKind.ACCESS, name, None, actor, parameters)
        facts = {"operation": queued.id, **parameters}
        tx.audit.append(ports.clock.now(), actor, "access.asked", name, facts)
    return queued


def entering(ports: Ports, name: str, person: str, role: str, now: datetime) -> Grant:
    """Give the grant by which a person may enter hosts of a role now; any role when it is empty.

    RefusedError when there is none.
    """
    settle(ports, now)
    with ports.records.read() as tx:
        environment = tx.environments.get(name)
        granted = tx.grants.list(environment=name, states=(GrantState.GRANTED,), limit=MOST)
    fitting = (each for each in granted if lets_in(each, environment, person, now))
    for grant in fitting:
        if not role or role in roles_of(grant, environment):
            return grant
    where = f"hosts of role {role} of {name}" if role else f"hosts of {name}"
    raise RefusedError(
        f"{person} has no grant to enter {where} now",
        rule=ARTICLE,
        detail="office and unit approve it, for a time, and nobody approves his own",
        hint=f"tenure access request {name} --reason …",
    )


def keep_serial(tx: Transaction, grant_id: str, serial: int, now: datetime) -> None:
    """Note a certificate that is issued for a grant; RefusedError when the grant is in force no more.

    In one transaction with the audit entry, so that no certificate exists that a revocation would not find.
    """
    grant = tx.grants.get(grant_id)
    if not lets_in(grant, tx.environments.get(grant.environment), grant.person.name, now):
        raise RefusedError(f"{grant_id} is in force no more", rule=ARTICLE, detail=f"it is {grant.state}")
    tx.grants.put(grant.model_copy(update={"serials": (*grant.serials, serial)}), expected=grant)


def settle(ports: Ports, now: datetime) -> int:
    """Write down the end of grants whose time is over, and have their sessions collected; gives how many.

    The hosts need nobody for the end itself.
    """
    with ports.records.read() as tx:
        late = _late(tx, now)
    if not late:
        return 0
    with ports.records.transaction() as tx:
        late = _late(tx, now)
        for grant in late:
            over = _end(ports, tx, grant, GrantEvent.EXPIRE, CLOCK, "its time is over", now)
            _look_after(ports, tx, over, CLOCK)
    return len(late)


def _late(tx: Transaction, now: datetime) -> list[Grant]:
    return [each for each in tx.grants.list(states=OPEN, limit=MOST) if has_expired(each, now, ANSWERED_WITHIN)]


def _end(
    ports: Ports, tx: Transaction, grant: Grant, event: GrantEvent, actor: Actor, why: str, now: datetime
) -> Grant:
    over = ended(grant, event, actor, why.strip(), now)
    tx.grants.put(over, expected=grant)
    _tell(ports, tx, over, actor, f"access.{over.state}")
    return over


def _tell(ports: Ports, tx: Transaction, grant: Grant, actor: Actor, action: str) -> None:
    """Write it into the audit log, and tell unit, office and provider."""
    now, facts = ports.clock.now(), _facts(grant)
    tx.audit.append(now, actor, action, grant.environment, facts)
    tell(tx, action.replace(".", "-"), f"{grant.id}/{action}/{actor.name}", grant.environment, TOLD, facts, now)


def _facts(grant: Grant) -> dict[str, Any]:
    facts: dict[str, Any] = {"grant": grant.id, "person": grant.person.name, "reason": grant.reason}
    facts |= {"roles": list(grant.roles), "minutes": grant.minutes}
    if grant.until is not None:
        facts["until"] = grant.until.isoformat()
    return facts | ({"why": grant.ended_why} if grant.ended_why else {})


def revoked_serials(tx: Transaction, environment: Environment) -> tuple[int, ...]:
    """Give the serial numbers of all certificates of grants that were revoked in this life of an environment."""
    revoked = tx.grants.list(environment=environment.name, states=(GrantState.REVOKED,), limit=MOST)
    subject = subject_of(environment)
    return tuple(sorted(serial for each in revoked if each.subject == subject for serial in each.serials))
