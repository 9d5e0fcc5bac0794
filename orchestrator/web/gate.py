"""What the hook does with a call, apart from HTTP: who is it, what does it say, then act on it once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from orchestrator.domain.approval import SignedEvent, event_from_data
from orchestrator.domain.errors import (
    BadInputError,
    BusyError,
    ConflictError,
    NotAuthenticError,
    NotFoundError,
    RefusedError,
)
from orchestrator.domain.outlook import Outlook
from orchestrator.domain.records import Delivery, Request, Sender
from orchestrator.ports import Records, SignatureVerifier, SignedMessage, Transaction
from orchestrator.web.body import check_media_type, parse_json
from orchestrator.web.refusals import RefusalTally
from orchestrator.workflows.context import Ports
from orchestrator.workflows.deliver import deliver
from orchestrator.workflows.requests import outlook

MAXIMUM_REVOKED_KEYS: Final = 32
"""Keys of revoked senders that are still recognised, newest first, so that a forged call stays cheap."""
SUBMISSION_FIELD: Final = "data.submission"


@dataclass(frozen=True)
class Call:
    """One call of the hook.

    Attributes:
        message: Headers and raw body, not believed yet.
        source: The caller's address, for the line about refused calls.
        sender: The name in the path, or None for the plain path.
        content_type: Header, empty when missing; content_encoding likewise.
    """

    message: SignedMessage
    source: str
    sender: str | None = None
    content_type: str = ""
    content_encoding: str = ""


class HookGate:
    """The hook.

    Args:
        records: Senders and requests.
        verifier: Tells who signed.
        deliver: Claims the event's id and acts on it, in one transaction; the same id and body twice is one delivery.
        tally: Counts refused calls.
        outlook: Tells how a request stands: what is missing, who has to act, by when.
    """

    def __init__(
        self,
        records: Records,
        verifier: SignatureVerifier,
        deliver: Callable[[Sender, SignedEvent], Delivery],
        tally: RefusalTally,
        outlook: Callable[[str], Outlook],
    ) -> None:
        self.records = records
        self._outlook = outlook
        self.tally = tally
        self._verifier = verifier
        self._deliver = deliver

    def receive(self, call: Call) -> dict[str, Any]:
        """Take a delivery; give the request's address and state.

        Raises NotAuthenticError, RevokedError, BadInputError, NotFoundError, RefusedError, ConflictError.
        """
        sender = self._authenticate(call)
        try:
            return self._act(call, sender)
        except BusyError:
            raise
        except (BadInputError, RefusedError, ConflictError) as error:
            self.tally.count(sender.door, error.code)
            raise

    def show(self, call: Call, request_id: str) -> dict[str, Any]:
        """Tell a sender about his own request; the signature is over the request's id and an empty body."""
        sender = self._authenticate(call)
        if call.message.id != request_id:
            self.tally.count(sender.door, NotAuthenticError.code)
            raise NotAuthenticError(
                "the signature is for another request", field="webhook-id", detail="webhook-id is the request's id here"
            )
        with self.records.read() as tx:
            found = tx.requests.get(request_id)
            if sender.door not in _doors(found):
                raise NotFoundError(f"no request {request_id} of sender {sender.name}")
            told = {**_summary(found), **_progress(tx, found)}
        return {**told, "outlook": self._outlook(request_id).model_dump(mode="json", exclude={"request", "state"})}

    def _authenticate(self, call: Call) -> Sender:
        try:
            return self._verifier.verify(call.message, self._candidates(call.sender))
        except NotAuthenticError as error:
            self.tally.count(call.source, error.diagnostic.summary)
            raise

    def _candidates(self, name: str | None) -> tuple[Sender, ...]:
        with self.records.read() as tx:
            if name is not None:
                found = tx.senders.find(name)
                return () if found is None else (found,)
            senders = tx.senders.list()
        return (*(sender for sender in senders if sender.revoked_at is None), *_newest_revoked(senders))

    def _act(self, call: Call, sender: Sender) -> dict[str, Any]:
        check_media_type(call.content_type, call.content_encoding)
        event = event_from_data(parse_json(call.message.body))
        if event.id != call.message.id:
            raise BadInputError("the event's id is not the header webhook-id", field="id", rule="hook")
        body_sha256 = hashlib.sha256(call.message.body).hexdigest()
        delivery = self._carry_out(sender, SignedEvent(event=event, body_sha256=body_sha256))
        with self.records.read() as tx:
            return _summary(tx.requests.get(delivery.request))

    def _carry_out(self, sender: Sender, signed: SignedEvent) -> Delivery:
        try:
            return self._deliver(sender, signed)
        except (BadInputError, RefusedError) as error:
            if signed.submission is not None:
                raise _about_submission(error) from error
            raise


def hook_gate(ports: Ports, verifier: SignatureVerifier, now: Callable[[], datetime]) -> HookGate:
    """Make the hook of an installation; ``now`` is real time."""
    tally = RefusalTally(ports.records, now)
    return HookGate(ports.records, verifier, partial(deliver, ports), tally, partial(outlook, ports))


def _about_submission(error: BadInputError | RefusedError) -> BadInputError | RefusedError:
    """Let the fields be those of the event; an unknown blueprint is bad input here, not an unknown address."""
    findings = tuple(
        found.model_copy(update={"field": f"{SUBMISSION_FIELD}.{found.field}" if found.field else SUBMISSION_FIELD})
        for found in error.diagnostics
    )
    kind = BadInputError if isinstance(error, NotFoundError) else type(error)
    return kind(error.diagnostic.summary, diagnostics=findings)


def _newest_revoked(senders: tuple[Sender, ...]) -> Iterator[Sender]:
    room = MAXIMUM_REVOKED_KEYS
    revoked = [(sender.revoked_at, sender) for sender in senders if sender.revoked_at is not None]
    for _, sender in sorted(revoked, key=lambda pair: pair[0], reverse=True):
        room -= len(sender.keys)
        if room < 0:
            return
        yield sender


def _doors(request: Request) -> set[str]:
    return {request.submitted_by.door, *(decision.by.door for decision in request.decisions)}


def _summary(request: Request) -> dict[str, Any]:
    return {
        "request": request.id,
        "address": f"/requests/{request.id}",
        "kind": request.kind,
        "environment": request.environment,
        "state": request.state,
        "content_digest": request.content_digest,
    }


def _progress(tx: Transaction, request: Request) -> dict[str, Any]:
    environment = tx.environments.find(request.environment)
    return {
        "submitted_at": request.submitted_at.isoformat(),
        "closed_at": request.closed_at.isoformat() if request.closed_at else None,
        "outcome": request.outcome,
        "decisions": [decision.model_dump(mode="json", exclude={"by": {"door"}}) for decision in request.decisions],
        "environment_state": environment.state if environment else None,
        "plan_digest": request.plan_digest,
        "deadlines": [
            deadline.model_dump(mode="json", include={"kind", "article", "due_at", "provisional", "met_at"})
            for deadline in tx.deadlines.of(request.id)
        ],
        "operations": [
            operation.model_dump(mode="json", include={"id", "kind", "state", "queued_at", "finished_at"})
            for operation in tx.operations.list(request=request.id)
        ],
    }
