"""What must hold in every history, as facts about the records and the cloud; each names what it found when not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from orchestrator.domain.certificate import SignedCertificate
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.lanes import lane_name
from orchestrator.domain.lifecycle import (
    ENVIRONMENT,
    GRANT,
    OPERATION,
    REQUEST,
    EnvironmentState,
    GrantState,
    OperationState,
    RequestState,
    Table,
)
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Environment, EvidenceKind, Grant, Kind, Operation, OperationKind, Request
from orchestrator.ports import Transaction
from tests.fakes.cloud import FakeCloud, wanted

UNDER_WAY = frozenset({OperationState.QUEUED, OperationState.RUNNING})
BY_HAND = "by-hand"
LIMIT = 10_000
SHOWN_FOR_THE_END = frozenset({EvidenceKind.OFFLINE, EvidenceKind.FINAL_BACKUP, EvidenceKind.RESTORE_COMPARED})
EVIDENCE = frozenset({"mlps-grading", "performance-report", "security-report", "mlps-filing-certificate"})


@dataclass(frozen=True)
class Look:
    """Everything that the facts need of the records, read once.

    Attributes:
        living: The newest life of each name.
    """

    requests: tuple[Request, ...]
    operations: tuple[Operation, ...]
    environments: tuple[Environment, ...]
    living: dict[str, Environment]
    certificates: dict[str, SignedCertificate]
    grants: tuple[Grant, ...]

    def of(self, environment: str) -> Iterator[Request]:
        """Give the requests about an environment."""
        return (each for each in self.requests if each.environment == environment)


def look(tx: Transaction) -> Look:
    """Read the records."""
    environments = tx.environments.list(limit=LIMIT)
    names = {each.name for each in environments}
    living = {name: tx.environments.get(name) for name in names}
    certificates = {name: tx.certificates.find(name) for name in names}
    return Look(
        requests=tx.requests.list(limit=LIMIT),
        operations=tx.operations.list(limit=LIMIT),
        environments=environments,
        living=living,
        certificates={name: found for name, found in certificates.items() if found is not None},
        grants=tuple(grant for name in names for grant in tx.grants.list(environment=name, limit=LIMIT)),
    )


class Paths:
    """Checks that what is seen of each life from look to look is a path of its table."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def follow(self, seen: Look) -> None:
        """Look at every life."""
        for request in seen.requests:
            self._step(REQUEST, request.id, request.state)
        for operation in seen.operations:
            self._step(OPERATION, operation.id, operation.state)
        for grant in seen.grants:
            self._step(GRANT, grant.id, grant.state)
        for environment in seen.living.values():
            life = subject_of(environment)
            # Nothing leads back to the first state: a request that came again founds anew. A throw-away copy that is
            # gone may have been followed by another one, far on its way, between two looks.
            if environment.state is ENVIRONMENT.first or self._is_another_copy(environment, life):
                self._seen[life] = ENVIRONMENT.first
            self._step(ENVIRONMENT, life, environment.state)

    def _is_another_copy(self, environment: Environment, life: str) -> bool:
        return environment.stage is Stage.DRILL and self._seen.get(life) == EnvironmentState.RETIRED

    def _step(self, table: Table[Any, Any], life: str, state: str) -> None:
        before = self._seen.get(life, table.first)
        assert state == before or state in reachable(table, before), f"{life} went from {before} to {state}"
        self._seen[life] = state


def reachable(table: Table[Any, Any], state: str) -> set[str]:
    """Give the states that a life may be in some time after it was in one, that one included."""
    found = {state}
    while more := {to for (source, _), to in table.moves.items() if source in found} - found:
        found |= more
    return found


def requests_are_whole(seen: Look) -> None:
    """A closed request says when and how it ended; a decided one says who decided, and that was not who asked."""
    for request in seen.requests:
        assert (request.closed_at is not None) == (request.state is RequestState.CLOSED), request
        assert request.state is not RequestState.CLOSED or request.outcome, request
        for decision in request.decisions:
            assert decision.by.name != request.submitted_by.name, f"{request.id}: four eyes"
        if request.state is RequestState.EXECUTING:
            assert [decision.verdict for decision in request.decisions][-1:] == ["approve"], request


def operations_are_whole(seen: Look) -> None:
    """A failed or partly done operation has its diagnostic, any operation that is over its time."""
    for operation in seen.operations:
        bad = operation.state in {OperationState.FAILED, OperationState.PARTLY_DONE}
        assert (operation.error is not None) == bad, operation
        assert (operation.finished_at is None) == (operation.state in UNDER_WAY), operation
        assert operation.error is None or operation.error.rule != "internal", operation.error


def one_at_a_time(seen: Look) -> None:
    """Never do two operations of one lane of an environment run."""
    running = [lane_name(each) for each in seen.operations if each.state is OperationState.RUNNING]
    assert len(running) == len(set(running)), running


def production_has_its_gates(seen: Look) -> None:
    """Production was tried for 30 days and shown by its evidence (Art. 14, 40), or the office decided without."""
    for environment in _all(seen, Stage.PRODUCTION):
        request = next(
            each
            for each in seen.of(environment.name)
            if each.kind is Kind.PRODUCTION and each.outcome == "in production"
        )
        waived = {waiver.gate for waiver in request.waivers}
        assert environment.ready_at is not None
        assert environment.promoted_at is not None
        tried = request.decisions[-1].at - environment.ready_at
        assert tried >= timedelta(days=30) or "trial-length" in waived, f"{environment.name}: {tried}"
        held = {document.kind for document in request.material if document.size is not None}
        assert held >= EVIDENCE or "production-evidence" in waived, f"{environment.name}: {held}"


def no_live_end_without_evidence(seen: Look) -> None:
    """What was live ended by a reviewed termination: offline, backed up, compared (Art. 16), each shown or waived."""
    for environment in (*_all(seen, Stage.TRIAL), *_all(seen, Stage.PRODUCTION)):
        if environment.ready_at is None or environment.state is not EnvironmentState.RETIRED:
            continue
        end = _end_of(seen, environment)
        shown = {str(evidence.kind) for evidence in end.evidence} | {waiver.gate for waiver in end.waivers}
        assert shown >= SHOWN_FOR_THE_END, f"{environment.name} ended with {shown}"


def every_end_has_its_certificate(seen: Look) -> None:
    """Whatever was once ready ended with a certificate; of a throw-away copy the report of its trial says the same."""
    for name, environment in seen.living.items():
        if environment.stage is Stage.DRILL:
            continue
        certificate = seen.certificates.get(name)
        ours = certificate is not None and certificate.certificate.subject == subject_of(environment)
        ended = environment.state is EnvironmentState.RETIRED and environment.ready_at is not None
        assert ours or not ended, f"{name} is gone without a certificate"
        assert ended or not ours or environment.ready_at is None, f"{name} lives and is certified to be gone"


def grants_are_whole(seen: Look) -> None:
    """Unit and office agreed before anybody entered, three people in all; what is revoked is brought to the hosts."""
    brought = {each.parameters.get("revoked"): each for each in seen.operations if each.kind is OperationKind.ACCESS}
    for grant in seen.grants:
        sides = [actor.name for actor in (grant.by_unit, grant.by_office) if actor is not None]
        assert grant.granted_at is None or len(sides) == 2, grant
        assert len({*sides, grant.person.name}) == len(sides) + 1, f"{grant.id}: four eyes"
        assert grant.granted_at is not None or not grant.serials, f"{grant.id}: entered without a right"
        assert (grant.ended_at is not None) == (grant.state in GRANT.last), grant
        bringing = brought.get(grant.id)
        if grant.state is GrantState.REVOKED and bringing is not None and bringing.state is OperationState.SUCCEEDED:
            assert bringing.result["revoked"] >= len(grant.serials), f"{grant.id}: hosts do not know of it"


def nothing_twice(cloud: FakeCloud, names: Iterator[str]) -> None:
    """There is never a second copy of anything."""
    for name in names:
        assert cloud.of(name).most <= 1, f"{name} holds something twice"


def rest_is_true(seen: Look, cloud: FakeCloud, names: Iterator[str]) -> None:
    """While nobody works: what is retired or only planned holds nothing, and what is ready holds what it should."""
    for name in names:
        environment = seen.living.get(name)
        found = cloud.found(name)
        if environment is None or environment.state in {EnvironmentState.RETIRED, EnvironmentState.PLANNED}:
            assert found == (), f"{name} is {environment and environment.state} and holds {found}"
        elif environment.state is EnvironmentState.READY and not _goes(seen, name):
            ours = {thing.name for thing in found} - {BY_HAND}
            assert ours == {thing for _, thing in wanted(environment.spec)}, f"{name} is ready with {ours}"
        elif environment.state is EnvironmentState.SUSPENDED:
            servers = [thing for thing in cloud.of(name).things if thing.type == "server"]
            assert all(server.isolated and not server.running for server in servers), f"{name} is suspended and runs"


def _goes(seen: Look, name: str) -> bool:
    """Whether its resources are being removed while it still counts as ready."""
    return any(
        each.environment == name and each.kind is OperationKind.RETIRE and each.state in UNDER_WAY
        for each in seen.operations
    )


def _all(seen: Look, stage: Stage) -> tuple[Environment, ...]:
    return tuple(each for each in seen.environments if each.stage is stage)


def _end_of(seen: Look, environment: Environment) -> Request:
    """Give the termination that ended this life."""
    ends = [
        each
        for each in seen.of(environment.name)
        if each.kind is Kind.TERMINATE and each.outcome == "retired" and each.submitted_at >= environment.created_at
    ]
    assert ends, f"{environment.name} ended without a termination"
    return ends[-1]
