"""The commands on requests that every door gives; each is one transaction."""

from __future__ import annotations

from orchestrator.domain.records import Actor, Request
from orchestrator.domain.submission import Submission
from orchestrator.workflows import decisions, submissions, terminations
from orchestrator.workflows.context import Ports


def submit(ports: Ports, submission: Submission, actor: Actor) -> Request:
    """Put a request on record and have its plan made.

    Raises:
        RefusedError: A rule forbids it (Art. 2, 4, the blueprint's envelope, the actor's role).
        BadInputError: It names something that does not exist.
        ConflictError: The environment exists already.
    """
    with ports.records.transaction() as tx:
        return submissions.submit(ports, tx, submission, actor, ports.ids.new("req"))


def accept(ports: Ports, request_id: str, actor: Actor) -> Request:
    """Accept a request as complete and reasonable (Art. 12)."""
    with ports.records.transaction() as tx:
        return decisions.accept(ports, tx, request_id, actor)


def reject(ports: Ports, request_id: str, actor: Actor, reasons: str) -> Request:
    """Reject a request; BadInputError without reasons (Art. 12). Its environment, not yet alive, is given up."""
    with ports.records.transaction() as tx:
        return decisions.reject(ports, tx, request_id, actor, reasons)


def review(ports: Ports, request_id: str, actor: Actor, bound_to: str = "") -> Request:
    """Give the favourable review opinion (Art. 12) and start the work.

    ``bound_to`` is what is signed: the digest of the newest plan or of the request's content. Empty means the newest
    plan, or the content while there is none.

    Raises:
        ConflictError: The digest is no longer that of the newest plan, or the request is not accepted.
    """
    with ports.records.transaction() as tx:
        return decisions.review(ports, tx, request_id, actor, bound_to)


def terminate(ports: Ports, environment: str, actor: Actor, reason: str) -> Request:
    """Ask for the end of an environment (Art. 16); a test environment's end is accepted by policy and begins at once.

    Raises:
        RefusedError: The environment is live; its end has gates that stand elsewhere.
        ConflictError: Work on it is under way, or it has ended.
    """
    with ports.records.transaction() as tx:
        return terminations.terminate(ports, tx, environment, actor, reason, ports.ids.new("req"))
