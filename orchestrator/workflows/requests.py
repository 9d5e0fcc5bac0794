"""The commands on requests that every door gives; each is one transaction."""

from __future__ import annotations

from enum import StrEnum

from orchestrator.domain.outlook import Outlook, outlook_of
from orchestrator.domain.records import Actor, Environment, Evaluation, EvidenceKind, Request
from orchestrator.domain.submission import Submission
from orchestrator.workflows import decisions, evidence, standing, submissions, terminations
from orchestrator.workflows.context import Ports


class TestVerdict(StrEnum):
    """How a test went."""

    __test__ = False

    PASSED = "passed"
    FAILED = "failed"


def submit(ports: Ports, submission: Submission, actor: Actor) -> Request:
    """Put a request on record and have its plan made.

    Raises:
        RefusedError: A rule forbids it (Art. 2, 4, the blueprint's envelope, the actor's role).
        BadInputError: It names something that does not exist.
        ConflictError: The environment exists already.
    """
    with ports.records.transaction() as tx:
        return submissions.submit(ports, tx, submission, actor, ports.ids.new("req"))


def resubmit(ports: Ports, request_id: str, submission: Submission, actor: Actor) -> Request:
    """Hand a rejected request in again (Art. 12)."""
    with ports.records.transaction() as tx:
        return submissions.resubmit(ports, tx, request_id, submission, actor)


def replan(ports: Ports, request_id: str, actor: Actor) -> Request:
    """Have the plan of a request made again."""
    with ports.records.transaction() as tx:
        return submissions.replan(ports, tx, request_id, actor)


def accept(ports: Ports, request_id: str, actor: Actor, reasons: str = "") -> Request:
    """Accept a request as complete and reasonable (Art. 12); reasons are needed when material is missing (Art. 11)."""
    with ports.records.transaction() as tx:
        return decisions.accept(ports, tx, request_id, actor, reasons)


def reject(ports: Ports, request_id: str, actor: Actor, reasons: str) -> Request:
    """Reject a request; BadInputError without reasons (Art. 12). Its environment, not yet alive, is given up."""
    with ports.records.transaction() as tx:
        return decisions.reject(ports, tx, request_id, actor, reasons)


def ask(ports: Ports, request_id: str, actor: Actor, what: str) -> Request:
    """Ask the unit for further material; the office's clock stands still (Art. 11)."""
    with ports.records.transaction() as tx:
        return decisions.ask(ports, tx, request_id, actor, what)


def supply(ports: Ports, request_id: str, actor: Actor, answer: str) -> Request:
    """Answer what the office asked for; its clock goes on."""
    with ports.records.transaction() as tx:
        return decisions.supply(ports, tx, request_id, actor, answer)


def withdraw(ports: Ports, request_id: str, actor: Actor, reason: str) -> Request:
    """Take a request back before it is decided."""
    with ports.records.transaction() as tx:
        return decisions.withdraw(ports, tx, request_id, actor, reason)


def waive(ports: Ports, request_id: str, gate: str, actor: Actor, reason: str) -> Request:
    """Let a request pass a gate without its evidence, by a named decision of the office."""
    with ports.records.transaction() as tx:
        return decisions.waive(ports, tx, request_id, gate, actor, reason)


def confirm(ports: Ports, request_id: str, kind: EvidenceKind, actor: Actor, reason: str) -> Request:
    """Confirm for a request that its system is offline (Art. 16) or that tests were passed (Art. 15)."""
    with ports.records.transaction() as tx:
        return evidence.confirm(ports, tx, request_id, kind, actor, reason)


def review(ports: Ports, request_id: str, actor: Actor, bound_to: str = "") -> Request:
    """Give the favourable review opinion (Art. 12) and start the work.

    ``bound_to`` is what is signed: the digest of the newest plan or of the request's content. Empty means the newest
    plan, or the content while there is none.

    Raises:
        ConflictError: The digest is no longer that of the newest plan, or the request is not accepted.
        RefusedError: A gate is closed, or the actor asked for it himself.
    """
    with ports.records.transaction() as tx:
        return decisions.review(ports, tx, request_id, actor, bound_to)


def terminate(ports: Ports, environment: str, actor: Actor, reason: str) -> Request:
    """Ask for the end of an environment (Art. 16); a test environment's end is accepted by policy and begins at once.

    Raises:
        ConflictError: Work on it is under way, its end was asked for already, or it has ended.
    """
    with ports.records.transaction() as tx:
        return terminations.terminate(ports, tx, environment, actor, reason, ports.ids.new("req"))


def evaluate(ports: Ports, environment: str, actor: Actor, verdict: TestVerdict, reason: str) -> Environment:
    """Record how the test in a test environment went (Art. 21)."""
    evaluation = Evaluation(passed=verdict is TestVerdict.PASSED, by=actor, reason=reason, at=ports.clock.now())
    with ports.records.transaction() as tx:
        return evidence.evaluate(ports, tx, environment, evaluation)


def confirm_fixed(ports: Ports, request_id: str, actor: Actor, reason: str) -> Environment:
    """Confirm that a low risk was fixed (Art. 37)."""
    with ports.records.transaction() as tx:
        return evidence.confirm_fixed(ports, tx, request_id, actor, reason)


def outlook(ports: Ports, request_id: str) -> Outlook:
    """Tell how a request stands: what is missing, who has to act, by when, and what happens if nobody does."""
    with ports.records.read() as tx:
        request = tx.requests.get(request_id)
        dates = tx.deadlines.of(request_id)
        return outlook_of(request, standing.gates_of(ports, tx, request), dates, ports.clock.now())
