"""Events of the office's approval system: claimed once and acted on in the same transaction (DESIGN.md decision 12)."""

from __future__ import annotations

from orchestrator.domain.approval import Accepted, Rejected, Reviewed, SignedEvent, Submitted, Terminated
from orchestrator.domain.errors import ConflictError
from orchestrator.domain.records import Actor, Delivery, Sender
from orchestrator.ports import Transaction
from orchestrator.workflows import decisions, submissions, terminations
from orchestrator.workflows.context import Ports

What = Submitted | Accepted | Rejected | Reviewed | Terminated


def deliver(ports: Ports, sender: Sender, signed: SignedEvent) -> Delivery:
    """Act on an event once.

    The key is (sender, id). The same event again gets the first answer; what is refused leaves no claim behind, so
    that a corrected event may come under the same id.

    Raises:
        ConflictError: The id came before with another body, or the request is not in a state for it.
    """
    what = signed.event.data
    named = None if isinstance(what, Submitted | Terminated) else what.request
    request_id = named or ports.ids.new("req")
    with ports.records.transaction() as tx:
        mine = Delivery(
            sender=sender.name,
            id=signed.event.id,
            body_sha256=signed.body_sha256,
            request=request_id,
            at=ports.clock.now(),
        )
        known = tx.senders.claim(mine)
        if known is not mine:
            return _first_answer(known, mine)
        if isinstance(what, Reviewed) and what.submission is not None:
            _bring_in(ports, tx, what, (signed.applicant(sender), signed.actor(sender)), request_id)
        _act(ports, tx, what, signed.actor(sender), request_id)
        return mine


def _first_answer(known: Delivery, mine: Delivery) -> Delivery:
    if known.body_sha256 != mine.body_sha256:
        raise ConflictError(
            f"event {mine.id} came before with another body",
            detail=f"first came at {known.at.isoformat()}, for request {known.request}",
            field="id",
            rule="one id, one event",
            hint="give a new event a new id",
        )
    return known


def _act(ports: Ports, tx: Transaction, what: What, actor: Actor, request_id: str) -> None:
    match what:
        case Submitted():
            submissions.submit(ports, tx, what.submission, actor, request_id)
        case Accepted():
            decisions.accept(ports, tx, request_id, actor, what.reasons)
        case Rejected():
            decisions.reject(ports, tx, request_id, actor, what.reasons)
        case Reviewed():
            _review(ports, tx, what, actor, request_id)
        case _:
            terminations.terminate(ports, tx, what.environment, actor, what.reason, request_id)


def _bring_in(ports: Ports, tx: Transaction, what: Reviewed, actors: tuple[Actor, Actor], request_id: str) -> None:
    """Put the request that an opinion carries on record, with the acceptance that the office gave on its side."""
    applicant, officer = actors
    if what.submission is not None:
        submissions.submit(ports, tx, what.submission, applicant, request_id)
        decisions.accept(ports, tx, request_id, officer, what.reasons)


def _review(ports: Ports, tx: Transaction, what: Reviewed, actor: Actor, request_id: str) -> None:
    signed = what.bound_to or tx.requests.get(request_id).content_digest
    decisions.review(ports, tx, request_id, actor, signed)
