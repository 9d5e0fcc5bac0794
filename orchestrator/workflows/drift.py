"""Drift: the fleet is looked at by a few list calls, compared with what was made, and what differs is told.

Environments under a running operation are left out, and so are those that were half made or are half gone; each with
the reason. A service that does not answer makes its kinds unknown, never missing. What is found is kept, and what the
rulebook says follows: people are told, the exact difference is looked up, or a mend is queued.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.drift import COMPARED, ONE_BY_ONE, Sight, compare, parted, recorded
from orchestrator.domain.drift_turns import EVERYTHING, SMALL_FLEET, Turn, turn_after
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.lifecycle import ENVIRONMENT, EnvironmentState
from orchestrator.domain.records import Actor, Drift, DriftScan, Environment, Made, OperationKind, ThingKind
from orchestrator.ports import Transaction
from orchestrator.workflows import drift_responses
from orchestrator.workflows.context import Ports
from orchestrator.workflows.drift_orphans import keep_orphans
from orchestrator.workflows.drift_responses import TOLD, WATCHER
from orchestrator.workflows.moves import UNDER_WAY, under_way
from orchestrator.workflows.notices import tell
from orchestrator.workflows.permissions import Command, permit

MOST = 100_000
"""More environments, operations or drifts than an installation ever looks at."""
NOT_RECORDED = "what was made is not on record yet: the next look at its state records it"


HARMLESS = frozenset({OperationKind.PREVIEW, OperationKind.DIFFERENCE, OperationKind.SURVEY, OperationKind.ACCESS})
"""Kinds of operations that change nothing of what is compared."""


@dataclass(frozen=True)
class Candidate:
    """An environment that may be compared.

    Attributes:
        made: What was made of it, when that is on record.
        why_not: Why it is left out; empty when it is compared.
    """

    environment: Environment
    made: Made | None
    why_not: str

    @property
    def projects(self) -> frozenset[str]:
        """The ids of its project."""
        things = self.made.things if self.made else ()
        return frozenset(thing.id for thing in things if thing.kind is ThingKind.PROJECT)


class Seen:
    """What a look saw, environment by environment.

    Args:
        sight: Of the whole fleet.
        parts: Of each life of an environment, by subject.
        troubled: Subjects of which drifts stand on record.
    """

    def __init__(self, sight: Sight, parts: Mapping[str, Sight], troubled: Collection[str]) -> None:
        self.silent = {str(kind): f"{said.summary} {said.detail}".strip() for kind, said in sight.silent.items()}
        self._parts = parts
        self._troubled = troubled

    def of(self, made: Made) -> Sight:
        """Give what was seen of one environment."""
        return self._parts[made.subject]

    def is_clean(self, candidate: Candidate) -> bool:
        """Whether nothing differs and nothing did: there is nothing to store, so nobody has to wait for the records."""
        made = candidate.made
        if made is None or candidate.why_not or made.subject in self._troubled:
            return False
        return not compare(made, self.of(made), candidate.environment.state)


def scan_when_due(ports: Ports) -> DriftScan | None:
    """Look at the whole fleet when the rulebook's time has come; harmless when it has not, and for two at once."""
    if not _due(ports):
        return None
    with ports.records.transaction() as tx:
        if not _is_due(ports, tx):
            return None
        begun = DriftScan(id=ports.ids.new("scan"), at=ports.clock.now())
        turn = turn_after(tx.drift_scans.newest(), begun.at, _every(ports))
        tx.drift_scans.put(begun)
    return _scan(ports, begun, (), WATCHER, turn)


def scan(ports: Ports, actor: Actor, names: Collection[str] = ()) -> DriftScan:
    """Look at environments now, at all of them when none is named; nothing is left for another time.

    Raises:
        RefusedError: The actor may not.
        NotFoundError: No environment has one of the names.
    """
    permit(Command.LOOK_FOR_DRIFT, actor)
    return _scan(ports, DriftScan(id=ports.ids.new("scan"), at=ports.clock.now()), names, actor)


def _due(ports: Ports) -> bool:
    with ports.records.read() as tx:
        return _is_due(ports, tx) and any(tx.environments.list(state=state, limit=1) for state in COMPARED)


def _is_due(ports: Ports, tx: Transaction) -> bool:
    newest = tx.drift_scans.newest()
    return newest is None or not newest.at <= ports.clock.now() < newest.at + _every(ports)


def _every(ports: Ports) -> timedelta:
    return timedelta(hours=ports.library.rulebook().drift.scan_every.value)


def _scan(ports: Ports, begun: DriftScan, names: Collection[str], actor: Actor, turn: Turn = EVERYTHING) -> DriftScan:
    with ports.records.read() as tx:
        candidates = _candidates(tx, names)
        known = tx.drifts.open(limit=MOST)
    troubled = {drift.subject for drift in known}
    doubted = {drift.subject for drift in known if drift.kind in ONE_BY_ONE}
    sight = _look(ports, [one for one in candidates if one.made and not one.why_not], turn, doubted)
    seen = Seen(sight, parted(sight, (one.made for one in candidates if one.made and not one.why_not)), troubled)
    rest = tuple(one for one in candidates if not seen.is_clean(one))
    begun = begun.model_copy(update={"environments": len(candidates) - len(rest)})
    with ports.records.transaction() as tx:
        finished = _conclude(ports, tx, begun, rest, seen, actor)
        if not names:
            asked = {project for one in candidates for project in one.projects}
            orphans = keep_orphans(ports, tx, sight, asked, begun.at)
            living = {subject_of(one.environment) for one in candidates}
            _close_those_of_past_lives(tx, living | orphans, finished.at)
            finished = finished.model_copy(update={"found": finished.found + len(orphans)})
            tx.drift_scans.put(finished)
        return finished


def _look(ports: Ports, candidates: list[Candidate], turn: Turn, doubted: Collection[str]) -> Sight:
    """Look at the projects of environments; a cloud that cannot be asked at all leaves every kind unknown.

    Quotas of whose turn it is, and of which something was known to differ, are asked for; in a small fleet all are.
    """
    projects = {project: one for one in candidates for project in one.projects}
    quotas_of = {
        project
        for project, one in projects.items()
        if len(projects) <= SMALL_FLEET
        or turn.takes(one.environment.name, project)
        or subject_of(one.environment) in doubted
    }
    try:
        return ports.fleet.look(projects, quotas_of)
    except OperationFailedError as error:
        return Sight(things=(), silent=dict.fromkeys(ThingKind, error.diagnostic))


def _candidates(tx: Transaction, names: Collection[str]) -> tuple[Candidate, ...]:
    busy = {
        operation.environment: f"{operation.kind} is {operation.state}"
        for state in UNDER_WAY
        for operation in tx.operations.list(state=state, limit=MOST)
        if operation.kind not in HARMLESS
    }
    return tuple(_candidate(tx, environment, busy) for environment in _environments(tx, names))


def _environments(tx: Transaction, names: Collection[str]) -> Iterable[Environment]:
    if names:
        return [tx.environments.get(name) for name in sorted(set(names))]
    ended = {*ENVIRONMENT.last, EnvironmentState.PLANNED}
    states = [state for state in EnvironmentState if state not in ended]
    return [one for state in states for one in tx.environments.list(state=state, limit=MOST)]


def _candidate(tx: Transaction, environment: Environment, busy: dict[str, str]) -> Candidate:
    made = tx.made.of(subject_of(environment))
    if environment.state not in COMPARED:
        return Candidate(environment, made, f"it is {environment.state}")
    if environment.name in busy:
        return Candidate(environment, made, busy[environment.name])
    return Candidate(environment, made, "" if made else NOT_RECORDED)


def _conclude(
    ports: Ports,
    tx: Transaction,
    begun: DriftScan,
    candidates: tuple[Candidate, ...],
    seen: Seen,
    actor: Actor,
) -> DriftScan:
    """Keep what differs and what follows; ``begun`` counts the environments of which nothing is to be stored."""
    now, left_out, found = ports.clock.now(), {}, 0
    for candidate in candidates:
        why_not = candidate.why_not or _moved(tx, candidate)
        if why_not:
            left_out[candidate.environment.name] = why_not
        if candidate.why_not == NOT_RECORDED:
            drift_responses.look_exactly(ports, tx, candidate.environment.name, actor)
        elif not why_not and candidate.made is not None:
            standing = keep(ports, tx, candidate.environment, candidate.made, seen.of(candidate.made))
            drift_responses.respond(ports, tx, candidate.environment, standing, actor)
            found += len(standing)
    compared = begun.environments + len(candidates) - len(left_out)
    if seen.silent:
        tell(tx, "fleet-not-seen", begun.id, "", TOLD, {"silent": seen.silent}, now)
    facts = {"compared": compared, "left_out": len(left_out), "silent": sorted(seen.silent), "drifts": found}
    tx.audit.append(now, actor, "drift.looked", begun.id, facts)
    results = {"finished_at": now, "environments": compared, "left_out": left_out, "found": found}
    return begun.model_copy(update={**results, "silent": seen.silent})


def _moved(tx: Transaction, candidate: Candidate) -> str:
    """Give why what was listed may be old by now: work began meanwhile, or was done from beginning to end."""
    environment = tx.environments.get(candidate.environment.name)
    working = next((each for each in under_way(tx, environment.name) if each.kind not in HARMLESS), None)
    if working is not None:
        return f"{working.kind} is {working.state}"
    same = environment == candidate.environment and tx.made.of(subject_of(environment)) == candidate.made
    return "" if same else "it was changed while the cloud was listed"


def keep(ports: Ports, tx: Transaction, environment: Environment, made: Made, sight: Sight) -> tuple[Drift, ...]:
    """Compare one environment and keep what differs; gives the drifts that stand now, suppressed ones included."""
    now, rules = ports.clock.now(), ports.library.rulebook().drift
    known = {drift.id: drift for drift in tx.drifts.of(made.subject)}
    found = [recorded(suspect, made, rules, now) for suspect in compare(made, sight, environment.state)]
    standing = tuple(_again(known.get(drift.id), drift) for drift in found)
    for drift in standing:
        tx.drifts.put(drift)
    here = {drift.id for drift in standing}
    before = [drift for drift in known.values() if drift.gone_at is None and drift.id not in here]
    unheard = tuple(drift for drift in before if drift.kind in sight.unknown(made))
    for drift in before:
        if drift not in unheard:
            _close(tx, drift, now)
    return (*standing, *unheard)


def _again(known: Drift | None, found: Drift) -> Drift:
    """Give the drift as it stands: one that was there all along keeps its history, one that came back begins anew."""
    if known is None or known.gone_at is not None:
        return found
    return known.model_copy(update={"seen_at": found.seen_at, "severity": found.severity})


def _close(tx: Transaction, drift: Drift, now: datetime) -> None:
    tx.drifts.put(drift.model_copy(update={"gone_at": now}))
    facts = {"drift": drift.id, "class": str(drift.drift), "thing": f"{drift.kind} {drift.name}"}
    tx.audit.append(now, WATCHER, "drift.gone", drift.environment, facts)


def _close_those_of_past_lives(tx: Transaction, living: set[str], now: datetime) -> None:
    for drift in tx.drifts.open(limit=MOST):
        if drift.subject not in living:
            _close(tx, drift, now)
