"""Orphaned projects: they stand in the cloud, and the life of an environment that they belonged to is over.

A project carries the request that made it. When that request is on record here the project is ours; another
installation's is nobody's business here, whatever it is called.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from orchestrator.domain.deadlines import environment_subject
from orchestrator.domain.drift import Sight, Suspect, recorded
from orchestrator.domain.errors import NotFoundError
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.records import Drift, DriftClass, Made, Request, Thing, ThingKind
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.drift_responses import tell_once

MARK = "request"


def keep_orphans(ports: Ports, tx: Transaction, sight: Sight, asked: Collection[str], since: datetime) -> set[str]:
    """Keep every orphan of a look over the whole fleet and tell of it once; gives the past lives that still stand.

    ``asked`` are the projects of living environments; ``since`` is when the look began, as a life that ended later may
    have ended after its project was listed.
    """
    if ThingKind.PROJECT in sight.silent:
        return {drift.subject for drift in tx.drifts.open() if drift.kind is ThingKind.PROJECT}
    now, rules = ports.clock.now(), ports.library.rulebook().drift
    found = tuple(_orphans(tx, sight, asked, since))
    for project, request in found:
        made = Made(subject=_subject(request), environment=request.environment, operation="", at=now, things=())
        suspect = Suspect(drift=DriftClass.EXTRA, kind=ThingKind.PROJECT, thing=project.id, name=project.name)
        tell_once(tx, _again(tx, recorded(suspect, made, rules, now)), rules, now)
    return {_subject(request) for _, request in found}


def _orphans(tx: Transaction, sight: Sight, asked: Collection[str], since: datetime) -> Iterator[tuple[Thing, Request]]:
    for thing in sight.things:
        request = _request(tx, thing) if thing.kind is ThingKind.PROJECT and thing.id not in asked else None
        if request is not None and _is_over(tx, request, since):
            yield thing, request


def _request(tx: Transaction, project: Thing) -> Request | None:
    """Give the request that made a project, if it is one of ours."""
    marks = dict(mark.split("=", 1) for mark in project.properties.get("description", "").split() if "=" in mark)
    try:
        return tx.requests.get(marks[MARK])
    except (KeyError, NotFoundError):
        return None


def _is_over(tx: Transaction, request: Request, since: datetime) -> bool:
    newest = tx.environments.find(request.environment)
    if newest is None or newest.request != request.id:
        return newest is None or newest.created_at < since
    retired_at = newest.retired_at if newest.state is EnvironmentState.RETIRED else None
    return retired_at is not None and retired_at < since


def _again(tx: Transaction, found: Drift) -> Drift:
    """Keep a drift, with its history when it stood before; gives it as it is on record."""
    known = next((one for one in tx.drifts.of(found.subject) if one.id == found.id and one.gone_at is None), None)
    kept = found if known is None else known.model_copy(update={"seen_at": found.seen_at})
    tx.drifts.put(kept)
    return kept


def _subject(request: Request) -> str:
    return environment_subject(request.environment, request.id)
