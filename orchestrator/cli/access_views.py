"""How grants, authorisations and sessions are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.cli.output import emit, is_json, local, say, table
from orchestrator.domain.records import AuditEntry, Authorisation, Grant

if TYPE_CHECKING:
    from orchestrator.domain.records import Actor
    from orchestrator.ports import Records

PAGE = 1000
OPENED, CLOSED = "session.opened", "session.closed"


def show_grants(found: tuple[Grant, ...], *, with_certificates: bool = False) -> None:
    """Print grants; one alone with its serial numbers, where they are wanted."""
    if is_json():
        for grant in found:
            emit("grant", grant)
        return
    rows = [
        (g.id, g.environment, g.person.name, ",".join(g.roles) or "all", _approvals(g), _state(g), _escaped(g.reason))
        for g in found
    ]
    table(("id", "environment", "person", "roles", "approved by", "state", "reason"), rows, empty="no grants")
    for grant in found if with_certificates else ():
        say(f"  certificates  {', '.join(map(str, grant.serials)) or 'none yet'}")
        if grant.ended_why:
            say(f"  ended         {local(grant.ended_at)}: {_escaped(grant.ended_why)}")


def _approvals(grant: Grant) -> str:
    return ", ".join(f"{actor.name} ({actor.role})" for actor in (grant.by_unit, grant.by_office) if actor) or "–"


def _state(grant: Grant) -> str:
    return f"{grant.state} until {local(grant.until)}" if grant.until and not grant.ended_at else str(grant.state)


def show_authorisations(held: tuple[Authorisation, ...]) -> None:
    """Print standing authorisations."""
    if is_json():
        for one in held:
            emit("authorisation", one)
        return
    rows = [(a.id, " ".join(a.jobs), _name(a.by_unit), _name(a.by_office), _force(a), _escaped(a.reason)) for a in held]
    table(("id", "jobs", "unit", "office", "state", "reason"), rows, empty="no authorisations")


def _force(one: Authorisation) -> str:
    if one.revoked_at is not None:
        return f"revoked {local(one.revoked_at)}"
    return "in force" if one.in_force else "waits for the other side"


def _name(actor: Actor | None) -> str:
    return "–" if actor is None else actor.name


def show_sessions(records: Records, name: str, limit: int) -> None:
    """Print the newest sessions of an environment's hosts from the audit log, oldest first."""
    entries = _recorded(records, name)
    ends = {_session(entry): entry.facts["at"] for entry in entries if entry.action == CLOSED}
    begun = [entry for entry in entries if entry.action == OPENED][-limit:]
    if is_json():
        for entry in begun:
            emit("session", {**entry.facts, "ended": ends.get(_session(entry))})
        return
    rows = [
        (entry.facts["at"], ends.get(_session(entry), "–"), *(str(entry.facts[key]) for key in SHOWN))
        for entry in begun
    ]
    table(("begun", "ended", *SHOWN), rows, empty="no sessions")


SHOWN = ("host", "from", "for", "serial", "key_id")


def _recorded(records: Records, name: str) -> list[AuditEntry]:
    found: list[AuditEntry] = []
    after = 0
    with records.read() as tx:
        tx.environments.get(name)
        while page := tx.audit.list(subject=name, after=after, limit=PAGE):
            found += [entry for entry in page if entry.action in {OPENED, CLOSED}]
            after = page[-1].sequence
    return found


def _session(entry: AuditEntry) -> tuple[Any, Any]:
    return entry.facts["host"], entry.facts["session"]


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
