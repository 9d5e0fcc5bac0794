"""The hook's events act once (DESIGN.md decision 12)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import ValidationError

from orchestrator.domain.approval import SignedEvent
from orchestrator.domain.errors import ConflictError, RefusedError
from orchestrator.domain.lifecycle import EnvironmentState, RequestState
from orchestrator.domain.records import Delivery, OperationKind, Role
from orchestrator.workflows.deliver import deliver
from tests.events import a_submitted, an_event
from tests.fakes.installation import Installation, a_submission
from tests.samples import a_sender

SENDER = a_sender()


@pytest.fixture
def send(installation: Installation) -> Callable[[SignedEvent], Delivery]:
    """Give a function that delivers an event of a registered sender."""
    with installation.records.transaction() as tx:
        tx.senders.put(SENDER)
    return lambda event: deliver(installation.ports, SENDER, event)


def test_a_submission_by_hook_is_the_same_as_by_hand(
    installation: Installation, send: Callable[[SignedEvent], Delivery]
) -> None:
    """All doors end in one function; the actor is the person named, in the sender's role, through his door."""
    answer = send(a_submitted())
    request = installation.request(answer.request)
    assert (request.submitted_by.name, request.submitted_by.role, request.submitted_by.door) == (
        "li",
        Role.OFFICE,
        "hook:approval",
    )
    assert [operation.kind for operation in installation.under_way()] == [OperationKind.PREVIEW]


def test_a_whole_approval_by_events(installation: Installation, send: Callable[[SignedEvent], Delivery]) -> None:
    """Submitted, accepted, reviewed: the approval binds to the content, since the sender saw no plan."""
    request_id = send(a_submitted()).request
    installation.run_all()
    send(an_event("accepted", "msg-2", request=request_id))
    send(an_event("reviewed", "msg-3", request=request_id))
    installation.run_all()
    request = installation.request(request_id)
    assert (request.state, request.decisions[-1].bound_to) == (RequestState.CLOSED, request.content_digest)
    send(an_event("terminated", "msg-4", environment=request.environment, reason="tested"))
    installation.run_all()
    assert installation.environment(request.environment).state is EnvironmentState.RETIRED


def test_a_rejection_by_event(installation: Installation, send: Callable[[SignedEvent], Delivery]) -> None:
    """A rejection carries its reasons (Art. 12)."""
    request_id = send(a_submitted()).request
    send(an_event("rejected", "msg-2", request=request_id, reasons="no report"))
    assert installation.request(request_id).decisions[-1].reasons == "no report"


def test_the_same_event_again_gets_the_first_answer(
    installation: Installation, send: Callable[[SignedEvent], Delivery]
) -> None:
    """A repeated delivery changes nothing, also after the request has moved on."""
    first = send(a_submitted())
    send(an_event("accepted", "msg-2", request=first.request))
    before = installation.actions("archives-catalogue-test")
    assert send(a_submitted()) == first
    assert send(an_event("accepted", "msg-2", request=first.request)).request == first.request
    assert installation.actions("archives-catalogue-test") == before


def test_another_body_under_the_same_id_conflicts(
    installation: Installation, send: Callable[[SignedEvent], Delivery]
) -> None:
    """One id, one event."""
    send(a_submitted())
    with pytest.raises(ConflictError, match="another body"):
        send(a_submitted(system="reading"))
    with installation.records.read() as tx:
        assert len(tx.requests.list()) == 1


def test_what_is_refused_leaves_no_claim(installation: Installation, send: Callable[[SignedEvent], Delivery]) -> None:
    """A refused event may come corrected under the same id."""
    with pytest.raises(RefusedError):
        send(a_submitted(classified=True))
    assert installation.request(send(a_submitted()).request).state is RequestState.SUBMITTED


def test_fifty_concurrent_deliveries_make_one_environment(
    installation: Installation, send: Callable[[SignedEvent], Delivery]
) -> None:
    """Fifty threads deliver one event: one request, one environment, one operation, fifty equal answers."""
    with ThreadPoolExecutor(max_workers=50) as threads:
        answers = list(threads.map(send, [a_submitted()] * 50))
    assert len({answer.request for answer in answers}) == 1
    with installation.records.read() as tx:
        assert len(tx.requests.list()) == 1
        assert len(tx.environments.list()) == 1
        assert len(tx.operations.list()) == 1


def test_an_opinion_that_carries_its_request_is_submission_acceptance_and_approval_at_once(
    installation: Installation, send: Callable[[SignedEvent], Delivery]
) -> None:
    """An approval that arrives whole is bound to the content that it carries (Art. 12)."""
    answer = send(an_event("reviewed", submission=a_submission().content))
    request = installation.request(answer.request)
    assert [decision.verdict for decision in request.decisions] == ["accept", "approve"]
    assert request.decisions[-1].bound_to == request.content_digest
    assert request.state is RequestState.EXECUTING
    assert {operation.kind for operation in installation.under_way()} == {
        OperationKind.PREVIEW,
        OperationKind.PROVISION,
    }


@pytest.mark.parametrize("data", [{}, {"request": "req-1", "submission": a_submission().content}])
def test_an_opinion_is_about_exactly_one_request(data: dict[str, object]) -> None:
    """It names a request on record, or carries one; neither and both are faults of form."""
    with pytest.raises(ValidationError, match="either 'request' or carries 'submission'"):
        an_event("reviewed", "msg-1", **data)
