"""Operations run once, one at a time in an environment, and can be stopped and retried."""

from __future__ import annotations

import signal
from functools import partial

import pytest
from dbos._queue import queue_worker_thread

from orchestrator.domain.lifecycle import EnvironmentState, OperationState
from orchestrator.domain.records import OperationKind
from orchestrator.workflows import access, operations, survey
from tests.fakes.installation import PROVIDER
from tests.integration.engine.conftest import Workshop

NAME = "archives-catalogue-test"


def state(workshop: Workshop, name: str = NAME) -> EnvironmentState:
    """Give the state of an environment."""
    with workshop.records.read() as tx:
        return tx.environments.get(name).state


def one_at_a_time(journal: list[str]) -> bool:
    """Whether each piece of work ended before the next began."""
    return all(
        first.startswith("begin") and second == first.replace("begin", "end")
        for first, second in zip(journal[::2], journal[1::2], strict=True)
    )


def test_a_worker_carries_a_request_to_a_ready_environment(workshop: Workshop) -> None:
    """What a door put on record is taken up by a worker that starts later; preview first, then the rest."""
    workshop.approve(workshop.submit())
    assert workshop.work() == 0
    assert state(workshop) is EnvironmentState.READY
    done = workshop.operations(NAME)
    assert [operation.kind for operation in done] == [OperationKind.PREVIEW, OperationKind.PROVISION]
    assert [(operation.state, operation.attempt) for operation in done] == [(OperationState.SUCCEEDED, 1)] * 2
    assert done[0].finished_at is not None
    assert done[1].started_at is not None
    assert done[0].finished_at <= done[1].started_at


def test_a_running_worker_starts_new_work_at_once(workshop: Workshop) -> None:
    """A commit of another process wakes the worker; nobody waits for the fallback poll of two seconds."""
    workshop.start()
    for system in ("first", "second", "third"):
        name = workshop.submit(system=system).environment
        workshop.wait(partial(_has_plan, workshop, name))
    preview = workshop.operations("archives-third-test")[0]
    assert preview.started_at is not None
    assert (preview.started_at - preview.queued_at).total_seconds() < 1.5


def _has_plan(workshop: Workshop, name: str) -> bool:
    return workshop.operations(name)[0].state is OperationState.SUCCEEDED


def test_two_workers_never_overlap_in_an_environment_and_nothing_runs_twice(workshop: Workshop) -> None:
    """Four environments, two workers that both hand everything over: every operation has one attempt, one at a time."""
    systems = ["one", "two", "three", "four"]
    for system in systems:
        workshop.approve(workshop.submit(system=system))
    workshop.start(at={"created:network": "slow", "preview": "slow"})
    assert workshop.work(at={"created:network": "slow", "preview": "slow"}) == 0
    for system in systems:
        name = f"archives-{system}-test"
        assert [operation.attempt for operation in workshop.operations(name)] == [1, 1]
        assert one_at_a_time(workshop.journal(name))
        assert workshop.cloud.of(name).most == 1


def test_a_revocation_waits_for_nothing_that_is_done_to_the_environment(workshop: Workshop) -> None:
    """Who may enter the hosts is told while other work goes on there, and the other work goes on to its end."""
    workshop.approve(workshop.submit())
    assert workshop.work() == 0
    surveyed = survey.ask(workshop.ports, NAME, PROVIDER)
    workshop.start(at={"play-survey": "deaf"})
    workshop.wait(lambda: workshop.operation(surveyed.id).state is OperationState.RUNNING)
    told = access.look_in(workshop.ports, NAME, PROVIDER)
    workshop.wait(lambda: workshop.operation(told.id).state is OperationState.SUCCEEDED)
    assert workshop.operation(surveyed.id).state is OperationState.RUNNING


def test_a_cancelled_operation_keeps_its_lease_until_its_child_is_dead(workshop: Workshop) -> None:
    """``cancelled`` is written, and the environment given back, only after the child process has ended."""
    workshop.approve(workshop.submit())
    workshop.start(at={"created:network": "child"})
    workshop.wait(lambda: "network" in workshop.cloud.of(NAME).named())
    provision = workshop.operations(NAME)[1]
    asked = operations.cancel(workshop.ports, provision.id, PROVIDER)
    assert asked.state is OperationState.RUNNING
    with workshop.records.read() as tx:
        lease = tx.leases.holder(NAME)
    assert lease is not None
    assert lease.operation == provision.id
    workshop.wait(lambda: workshop.operation(provision.id).state is OperationState.CANCELLED)
    assert workshop.journal(NAME) == [f"begin {provision.id}"]
    assert state(workshop) is EnvironmentState.BROKEN
    workshop.wait(lambda: _is_free(workshop))


def _is_free(workshop: Workshop) -> bool:
    with workshop.records.read() as tx:
        return tx.leases.holder(NAME) is None


def test_a_retry_goes_on_from_what_exists(workshop: Workshop) -> None:
    """After a failure in the middle the retry is a new run that makes only what is missing."""
    workshop.approve(workshop.submit())
    assert workshop.work(at={"create:router": "refuse"}) == 0
    failed = workshop.operations(NAME)[1]
    assert (failed.state, state(workshop)) == (OperationState.FAILED, EnvironmentState.BROKEN)
    operations.retry(workshop.ports, failed.id, PROVIDER)
    assert workshop.work() == 0
    assert (workshop.operation(failed.id).attempt, state(workshop)) == (2, EnvironmentState.READY)
    assert workshop.cloud.of(NAME).made == 8


def test_a_cancelled_entry_that_is_queued_again_runs(workshop: Workshop) -> None:
    """An operation that was cancelled before it began, and run past by DBOS, is a new entry when it is retried."""
    workshop.submit()
    preview = workshop.operations(NAME)[0]
    operations.cancel(workshop.ports, preview.id, PROVIDER)
    assert workshop.work() == 0
    operations.retry(workshop.ports, preview.id, PROVIDER)
    assert workshop.work() == 0
    assert workshop.operation(preview.id).state is OperationState.SUCCEEDED


@pytest.mark.parametrize("point", ["created:network", "preview", "hosts"])
def test_a_polite_stop_leaves_work_to_the_next_start(workshop: Workshop, point: str) -> None:
    """SIGTERM ends the worker within seconds; the operation stays running and the next start goes on."""
    workshop.approve(workshop.submit())
    process = workshop.start(at={point: "child"})
    workshop.wait(lambda: workshop.operations(NAME)[0].state is not OperationState.QUEUED)
    workshop.end(process, signal.SIGTERM)
    assert OperationState.FAILED not in {operation.state for operation in workshop.operations(NAME)}
    assert workshop.work() == 0
    assert state(workshop) is EnvironmentState.READY
    assert workshop.cloud.of(NAME).most == 1


def test_the_private_part_of_dbos_is_as_we_use_it() -> None:
    """Whoever moves the pin of DBOS sees here that its queue thread still takes event, instance and queue."""
    names = queue_worker_thread.__code__.co_varnames[: queue_worker_thread.__code__.co_argcount]
    assert names == ("stop_event", "dbos", "queue")
