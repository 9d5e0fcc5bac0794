"""What each operation does, and what its failure leaves behind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.domain.errors import CancelledError, ConflictError, Diagnostic, RefusedError
from orchestrator.domain.lifecycle import EnvironmentState, OperationState, RequestState
from orchestrator.domain.records import DeadlineKind, OperationKind, StepStatus
from orchestrator.workflows import operations, requests
from orchestrator.workflows.moves import queue_operation
from orchestrator.workflows.outcomes import Verdict
from tests.fakes.execution import FakeExecution
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, Installation
from tests.fakes.points import refuse

NAME = "archives-catalogue-test"


def test_a_preview_keeps_the_plan_for_who_signs(installation: Installation) -> None:
    """The plan is stored under its digest and linked to the environment; nothing is made."""
    installation.submit()
    installation.run_all()
    environment = installation.environment(NAME)
    with installation.records.read() as tx:
        plan = tx.operations.plan(environment.plan_digest)
    assert plan.spec == environment.spec
    assert installation.newest(NAME).result["counts"] == {"create": len(plan.steps)}
    assert installation.cloud.of(NAME).made == 0


def test_a_preview_tells_every_fault_of_the_cloud(installation: Installation) -> None:
    """No flavor and no address left: both are told, the operation fails, and a retry works after they are mended."""
    installation.inventory.faults = (
        Diagnostic(summary="no flavor m1.tiny", rule="capacity"),
        Diagnostic(summary="no address left", detail="public: 0 of 16"),
    )
    installation.submit()
    installation.run_all()
    failed = installation.newest(NAME)
    assert failed.state is OperationState.FAILED
    assert failed.error is not None
    assert "no flavor m1.tiny" in failed.error.summary
    assert "no address left" in failed.error.detail
    installation.inventory.faults = ()
    operations.retry(installation.ports, failed.id, PROVIDER)
    installation.run_all()
    assert installation.newest(NAME).state is OperationState.SUCCEEDED


def test_a_provisioned_environment_is_ready_with_its_dates(installation: Installation) -> None:
    """Outputs, the dates of the test period (Art. 13), notices, audit and the request's end are stored at once."""
    environment = installation.make_ready()
    assert environment.state is EnvironmentState.READY
    assert [host.name for host in environment.outputs.hosts] == ["host-1"]
    assert environment.ends_at is not None
    assert environment.ends_at - installation.clock.now() > timedelta(days=15)
    request = installation.request(environment.request)
    assert (request.state, request.outcome) == (RequestState.CLOSED, "ready")
    with installation.records.read() as tx:
        dates = tx.deadlines.of(f"{NAME}@{environment.request}")
        assert [deadline.met_at is None for deadline in tx.deadlines.of(request.id)] == [False, False, False]
    kinds = [deadline.kind for deadline in dates]
    assert kinds.count(DeadlineKind.END_NOTICE) == 2
    assert {DeadlineKind.PERIOD_END, DeadlineKind.RECLAIM_START, DeadlineKind.RECLAIM} <= set(kinds)
    assert installation.notices(NAME) == ["environment-ready"]
    assert installation.actions(NAME)[-1] == "provision.succeeded"


def test_the_stream_tells_every_phase_and_resource(installation: Installation) -> None:
    """Whoever follows the operation sees phases begin and end and resources being made."""
    installation.make_ready()
    with installation.records.read() as tx:
        events = [stored.event for stored in tx.operations.events(installation.newest(NAME).id)]
    phases = [event.phase for event in events if not event.resource and event.status is StepStatus.DONE]
    assert phases == ["plan", "up", "hosts", "baseline", "verify"]
    assert {event.resource for event in events if event.action == "create"} >= {"network", "host-1"}


def test_a_failure_in_the_middle_leaves_it_broken_and_a_retry_completes_it(installation: Installation) -> None:
    """The resource and the cloud's words are told, what exists stays, and nothing is made twice."""
    request = installation.approve(installation.submit())
    installation.points.at("create:router", refuse)
    installation.run_all()
    failed = installation.newest(NAME)
    assert failed.state is OperationState.FAILED
    assert failed.error is not None
    assert "create:router" in failed.error.summary
    assert installation.environment(NAME).state is EnvironmentState.BROKEN
    assert installation.request(request.id).state is RequestState.EXECUTING
    assert "network" in installation.cloud.of(NAME).named()
    installation.points.calm()
    operations.retry(installation.ports, failed.id, PROVIDER)
    installation.run_all()
    assert installation.environment(NAME).state is EnvironmentState.READY
    assert installation.cloud.of(NAME).most == 1
    assert installation.newest(NAME).attempt == 2


def test_a_plan_that_changed_since_it_was_signed_stops_the_work(installation: Installation) -> None:
    """A signed plan is compared with a fresh one; a difference refuses the work and changes nothing."""
    request = installation.submit()
    installation.run_all()
    installation.approve(request)
    installation.cloud.know(NAME, "network")
    installation.run_all()
    failed = installation.newest(NAME)
    assert failed.error is not None
    assert failed.error.rule == "an approval is bound to what it signs"
    assert installation.environment(NAME).state is EnvironmentState.PLANNED
    assert installation.cloud.of(NAME).made == 0


def test_an_approval_of_the_content_covers_creates_of_the_same_spec(installation: Installation) -> None:
    """Bound to the content, any plan that only makes what the request describes is covered."""
    request = installation.approve(installation.submit())
    assert request.decisions[-1].bound_to == request.content_digest
    installation.run_all()
    assert installation.environment(NAME).state is EnvironmentState.READY


def test_cancelling_a_queued_operation_ends_it_at_once(installation: Installation) -> None:
    """Nothing ran, so nothing has to be stopped; a late start does nothing."""
    installation.submit()
    queued = installation.newest(NAME)
    cancelled = operations.cancel(installation.ports, queued.id, PROVIDER)
    assert cancelled.state is OperationState.CANCELLED
    assert installation.run(queued) is Verdict.OVER
    assert installation.points.passed.count("preview") == 0


def test_cancelling_a_running_operation_waits_for_its_children(installation: Installation) -> None:
    """The record says ``cancelled`` only after the work has stopped; the environment is broken, a retry goes on."""
    provision = installation.begin_provision()

    def somebody_cancels(point: str) -> None:
        del point
        asked = operations.cancel(installation.ports, provision.id, PROVIDER)
        assert asked.state is OperationState.RUNNING
        assert asked.cancel_asked

    installation.points.at("created:network", somebody_cancels)
    installation.run(provision)
    assert installation.operation(provision.id).state is OperationState.CANCELLED
    assert installation.environment(NAME).state is EnvironmentState.BROKEN
    installation.points.calm()
    assert operations.retry(installation.ports, provision.id, PROVIDER).cancel_asked is False
    installation.run_all()
    assert installation.environment(NAME).state is EnvironmentState.READY
    assert installation.cloud.of(NAME).most == 1


def test_what_is_over_can_be_neither_cancelled_nor_retried(installation: Installation) -> None:
    """A succeeded operation is done."""
    installation.make_ready()
    done = installation.newest(NAME)
    with pytest.raises(ConflictError, match="is over"):
        operations.cancel(installation.ports, done.id, PROVIDER)
    with pytest.raises(ConflictError, match="retry is not possible now"):
        operations.retry(installation.ports, done.id, PROVIDER)


def test_a_unit_neither_retries_nor_cancels(installation: Installation) -> None:
    """Operations are the provider's work (Art. 29)."""
    installation.submit()
    with pytest.raises(RefusedError):
        operations.cancel(installation.ports, installation.newest(NAME).id, UNIT)


def test_a_failed_provision_is_not_retried_after_the_environment_went_away(installation: Installation) -> None:
    """What was asked for then is not what is wanted now."""
    installation.approve(installation.submit())
    installation.points.at("create:router", refuse)
    installation.run_all()
    failed = installation.newest(NAME)
    installation.points.calm()
    request = requests.terminate(installation.ports, NAME, OFFICE, "give up")
    with pytest.raises(ConflictError, match="busy"):
        operations.retry(installation.ports, failed.id, PROVIDER)
    installation.run_all()
    assert installation.environment(NAME).state is EnvironmentState.RETIRED
    assert installation.request(request.id).state is RequestState.CLOSED
    assert installation.request(failed.request or "").outcome == "retired before it became ready"
    with pytest.raises(ConflictError, match="would no longer do what was asked"):
        operations.retry(installation.ports, failed.id, PROVIDER)


def test_leftovers_make_it_partly_done_and_never_retired(installation: Installation) -> None:
    """A leftover that cannot be removed is named, and nothing is recorded as retired (Art. 16)."""
    environment = installation.make_ready()
    installation.cloud.make(NAME, "volume", "made-by-hand")
    installation.inventory.stays.add("made-by-hand")
    request = requests.terminate(installation.ports, NAME, OFFICE, "tested")
    installation.run_all()
    partly = installation.newest(NAME)
    assert partly.state is OperationState.PARTLY_DONE
    assert partly.error is not None
    assert "made-by-hand" in partly.error.detail
    assert installation.environment(NAME).state is EnvironmentState.RETIRING
    assert installation.request(request.id).state is RequestState.EXECUTING
    assert environment.outputs.project_id in {found.id for found in installation.cloud.found(NAME)}
    installation.cloud.remove(NAME, "made-by-hand")
    operations.retry(installation.ports, partly.id, PROVIDER)
    installation.run_all()
    assert installation.environment(NAME).state is EnvironmentState.RETIRED
    assert installation.actions(NAME)[-2:] == ["environment.retired", "retire.succeeded"]


def test_an_interrupted_attempt_leaves_the_operation_to_the_next(installation: Installation) -> None:
    """A stopping worker records no failure; the next attempt goes on."""
    provision = installation.begin_provision()

    def stop_the_worker(point: str) -> None:
        del point
        raise CancelledError("the worker stops")

    def stopping(execution: FakeExecution) -> None:
        execution.stopping = True

    installation.points.at("created:network", stop_the_worker)
    assert installation.run(provision, stopping) is Verdict.LEFT_TO_GO_ON
    assert installation.operation(provision.id).state is OperationState.RUNNING
    installation.points.calm()
    installation.run_all()
    assert installation.environment(NAME).state is EnvironmentState.READY


def test_a_lost_lease_stores_nothing(installation: Installation) -> None:
    """Whoever lost the environment may finish his thought, but it does not count."""
    provision = installation.begin_provision()
    assert installation.run_losing_the_lease(provision, "hosts") is Verdict.LEFT_TO_GO_ON
    assert installation.environment(NAME).state is EnvironmentState.PROVISIONING
    assert installation.operation(provision.id).state is OperationState.RUNNING


def test_a_fault_of_our_own_is_told_as_such(installation: Installation) -> None:
    """An unexpected exception fails the operation with a diagnostic that says so."""

    def break_down(point: str) -> None:
        raise KeyError(point)

    installation.points.at("preview", break_down)
    installation.submit()
    installation.run_all()
    failed = installation.newest(NAME)
    assert failed.error is not None
    assert (failed.state, failed.error.rule) == (OperationState.FAILED, "internal")


@pytest.mark.parametrize(
    ("kind", "state", "running"),
    [
        (OperationKind.STOP, EnvironmentState.EXPIRING, False),
        (OperationKind.START, EnvironmentState.READY, True),
    ],
)
def test_power_goes_off_and_on(
    installation: Installation, kind: OperationKind, state: EnvironmentState, *, running: bool
) -> None:
    """Stop and start are each other's undo and touch no data."""
    environment = installation.make_ready()
    with installation.records.transaction() as tx:
        tx.environments.put(environment.model_copy(update={"state": state}))
        queue_operation(installation.ports, tx, kind, NAME, None, PROVIDER)
    installation.run_all()
    assert installation.cloud.of(NAME).named()["host-1"].running is running
    assert installation.newest(NAME).state is OperationState.SUCCEEDED
