"""The less common turns of the rules."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ConflictError, Diagnostic, NotFoundError, RefusedError
from orchestrator.domain.lifecycle import EnvironmentState, OperationState
from orchestrator.domain.plan import Action, Plan
from orchestrator.domain.records import Deadline, DeadlineKind, Environment, OperationKind, Request, StepStatus
from orchestrator.ports import Job
from orchestrator.workflows import operations, requests
from orchestrator.workflows.approvals import check_continued, check_untouched, signed_digest
from orchestrator.workflows.moves import queue_operation
from orchestrator.workflows.outcomes import Verdict
from orchestrator.workflows.sweep import sweep
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, Installation
from tests.fakes.points import refuse

NAME = "archives-catalogue-test"


def signed(installation: Installation) -> tuple[Request, Plan]:
    """Give an approved request and the plan that its approval signs."""
    request = installation.submit()
    installation.run_all()
    approved = installation.approve(request)
    with installation.records.read() as tx:
        return approved, tx.operations.plan(signed_digest(approved))


def with_action(plan: Plan, name: str, action: Action) -> Plan:
    """Give the plan with another action for one resource."""
    steps = tuple(step.model_copy(update={"action": action}) if step.name == name else step for step in plan.steps)
    return plan.model_copy(update={"steps": steps})


def put(installation: Installation, environment: Environment, **changes: object) -> None:
    """Put an environment on record as it would be after other workflows than these."""
    with installation.records.transaction() as tx:
        tx.environments.put(environment.model_copy(update=changes))


def queue(installation: Installation, kind: OperationKind, request: str | None = None) -> None:
    """Queue an operation that no command asks for."""
    with installation.records.transaction() as tx:
        queue_operation(installation.ports, tx, kind, NAME, request, PROVIDER)


def test_a_request_without_approval_signs_nothing(installation: Installation) -> None:
    """The digest of a decision that was not taken is empty."""
    assert signed_digest(installation.submit()) == ""


def test_a_plan_for_another_spec_is_never_covered(installation: Installation) -> None:
    """What is planned must be what was asked for, to the last field."""
    request, plan = signed(installation)
    other = plan.model_copy(update={"spec": plan.spec.model_copy(update={"system_name": "another"})})
    with pytest.raises(RefusedError, match="does not cover"):
        check_untouched(other, request)


def test_an_approved_content_covers_creates_and_nothing_else(installation: Installation) -> None:
    """Bound to the content, a plan that replaces something is refused before anything exists."""
    request, plan = signed(installation)
    by_content = request.decisions[-1].model_copy(update={"bound_to": request.content_digest})
    request = request.model_copy(update={"decisions": (by_content,)})
    check_untouched(plan, request)
    with pytest.raises(RefusedError) as refused:
        check_untouched(with_action(plan, "network", Action.REPLACE), request)
    assert "replace network" in refused.value.diagnostic.detail


def test_going_on_may_mend_what_is_half_made_but_removes_nothing(installation: Installation) -> None:
    """An attempt that goes on may replace a half-made server of the signed plan; a removal is never covered."""
    request, plan = signed(installation)
    check_continued(with_action(plan, "host-1", Action.REPLACE), request, plan)
    check_continued(with_action(plan, "host-1", Action.SAME), request, None)
    with pytest.raises(RefusedError, match="does not cover"):
        check_continued(with_action(plan, "host-1", Action.DELETE), request, plan)


def test_going_on_makes_nothing_that_was_not_signed(installation: Installation) -> None:
    """A resource that the signed plan does not name is a stranger."""
    request, plan = signed(installation)
    shorter = plan.model_copy(update={"steps": plan.steps[1:]})
    with pytest.raises(RefusedError) as refused:
        check_continued(plan, request, shorter)
    assert plan.steps[0].name in refused.value.diagnostic.detail


def test_a_rejection_stops_a_running_preview_and_spares_the_next_life(installation: Installation) -> None:
    """The preview of a rejected request ends cancelled; its plan is not linked to a new environment of that name."""
    first = installation.submit()
    preview = installation.newest(NAME)

    def reject_and_submit_again(point: str) -> None:
        del point
        requests.reject(installation.ports, first.id, OFFICE, "no report")
        assert installation.operation(preview.id).cancel_asked
        installation.submit()

    installation.points.at("preview", reject_and_submit_again)
    installation.run(preview)
    installation.points.calm()
    second = installation.environment(NAME)
    assert second.request != first.id
    assert second.plan_digest == ""
    installation.run_all()
    with installation.records.read() as tx:
        assert tx.operations.plan(installation.environment(NAME).plan_digest).spec.request == second.request


def test_notes_about_the_room_that_is_left_are_told(installation: Installation) -> None:
    """What does not fail is told too."""
    installation.inventory.notes = (
        Diagnostic(summary="8 addresses are left", detail="public"),
        Diagnostic(summary="one host aggregate"),
    )
    installation.submit()
    installation.run_all()
    with installation.records.read() as tx:
        events = [stored.event for stored in tx.operations.events(installation.newest(NAME).id)]
    assert [event.detail for event in events if event.status is StepStatus.NOTE] == [
        "8 addresses are left: public",
        "one host aggregate",
    ]


def test_a_lease_that_is_lost_at_the_very_end_stores_no_outcome(installation: Installation) -> None:
    """All work is done, but the last transaction is fenced: whoever took over concludes."""
    provision = installation.begin_provision()
    assert installation.run_losing_the_lease(provision, "kept:verify") is Verdict.LEFT_TO_GO_ON
    assert installation.operation(provision.id).state is OperationState.RUNNING


def test_nothing_is_provisioned_without_a_request(installation: Installation) -> None:
    """An operation that names no request does not fit any environment's life."""
    installation.submit()
    installation.run_all()
    queue(installation, OperationKind.PROVISION)
    installation.run_all()
    failed = installation.newest(NAME)
    assert failed.error is not None
    assert "would no longer do what was asked" in failed.error.summary


def test_outputs_that_lack_a_host_do_not_make_it_ready(installation: Installation) -> None:
    """Verification compares what the stack told with what was planned."""
    installation.approve(installation.submit())
    installation.provisioner.forgets_hosts = True
    installation.run_all()
    failed = installation.newest(NAME)
    assert failed.error is not None
    assert (failed.error.rule, installation.environment(NAME).state) == ("verify", EnvironmentState.BROKEN)
    assert "host-1" in failed.error.detail


def test_an_environment_that_was_ready_before_keeps_its_dates(installation: Installation) -> None:
    """Becoming ready a second time moves neither the first instant nor the end of the period."""
    first = installation.make_ready()
    put(installation, first, state=EnvironmentState.BROKEN)
    installation.clock.advance(timedelta(days=2))
    queue(installation, OperationKind.PROVISION, first.request)
    installation.run_all()
    again = installation.environment(NAME)
    assert (again.state, again.ready_at, again.ends_at) == (EnvironmentState.READY, first.ready_at, first.ends_at)


def test_a_termination_states_its_reason(installation: Installation) -> None:
    """Nobody ends an environment without saying why."""
    installation.make_ready()
    with pytest.raises(BadInputError, match="reason"):
        requests.terminate(installation.ports, NAME, OFFICE, " ")


def test_terminating_what_is_half_retired_points_at_the_retry(installation: Installation) -> None:
    """The way on is to retry the operation that stopped."""
    installation.make_ready()
    installation.points.at("destroy:host-1", refuse)
    requests.terminate(installation.ports, NAME, OFFICE, "tested")
    installation.run_all()
    with pytest.raises(ConflictError) as conflict:
        requests.terminate(installation.ports, NAME, OFFICE, "tested")
    assert "tenure operation retry" in (conflict.value.diagnostic.hint or "")


def test_terminating_what_is_not_on_record(installation: Installation) -> None:
    """An unknown name is told as such."""
    with pytest.raises(NotFoundError):
        requests.terminate(installation.ports, "archives-unknown-test", UNIT, "tested")


def test_a_stop_that_fails_tells_nobody_that_it_is_off(installation: Installation) -> None:
    """The notice of the stop comes only with the stop; the failure is told to office and provider."""
    installation.make_ready()
    installation.points.at("power", refuse)
    installation.clock.advance(timedelta(days=17))
    sweep(installation.ports)
    installation.run_all()
    assert "environment-stopped" not in installation.notices(NAME)
    assert "stop-failed" in installation.notices(NAME)
    installation.points.calm()
    operations.retry(installation.ports, installation.newest(NAME).id, PROVIDER)
    installation.run_all()
    assert "environment-stopped" in installation.notices(NAME)


def a_date(environment: Environment, kind: DeadlineKind, subject: str = "") -> Deadline:
    """Give a date that is due."""
    return Deadline(
        id=f"{subject or subject_of(environment)}/{kind}/by-hand",
        subject=subject or subject_of(environment),
        environment=environment.name,
        kind=kind,
        article="Art. 13",
        due_at=environment.created_at,
        acts=True,
    )


@pytest.mark.parametrize("kind", [DeadlineKind.END_NOTICE, DeadlineKind.PERIOD_END, DeadlineKind.RECLAIM_START])
def test_a_date_of_a_life_that_is_over_does_nothing(installation: Installation, kind: DeadlineKind) -> None:
    """A stray date of another life of the name is put away without touching the present one."""
    environment = installation.make_ready()
    with installation.records.transaction() as tx:
        tx.deadlines.add(a_date(environment, kind, f"{NAME}@req-before"))
    before = installation.actions(NAME)
    assert sweep(installation.ports) == 1
    assert installation.actions(NAME) == before
    assert installation.under_way() == []


def test_a_broken_environment_is_stopped_and_reclaimed_too(installation: Installation) -> None:
    """A period ends whatever state the environment is in."""
    environment = installation.make_ready()
    put(installation, environment, state=EnvironmentState.BROKEN)
    with installation.records.transaction() as tx:
        tx.deadlines.add(a_date(environment, DeadlineKind.PERIOD_END))
        tx.deadlines.add(a_date(environment, DeadlineKind.RECLAIM_START))
    sweep(installation.ports)
    installation.run_all()
    assert installation.environment(NAME).state is EnvironmentState.RETIRED


def test_a_date_that_no_move_fits_waits(installation: Installation) -> None:
    """A reclaim that comes while the environment is being made waits until it is made."""
    environment = installation.make_ready()
    put(installation, environment, state=EnvironmentState.PROVISIONING)
    with installation.records.transaction() as tx:
        tx.deadlines.add(a_date(environment, DeadlineKind.RECLAIM_START))
    assert sweep(installation.ports) == 0
    assert installation.under_way() == []


def test_dates_that_come_while_it_goes_away_are_put_away(installation: Installation) -> None:
    """An environment that is being retired is neither stopped nor retired again."""
    environment = installation.make_ready()
    requests.terminate(installation.ports, NAME, OFFICE, "tested")
    with installation.records.transaction() as tx:
        tx.deadlines.add(a_date(environment, DeadlineKind.PERIOD_END))
        tx.deadlines.add(a_date(environment, DeadlineKind.RECLAIM_START))
    assert sweep(installation.ports) == 2
    assert [operation.kind for operation in installation.under_way()] == [OperationKind.RETIRE]


def test_a_signed_plan_that_is_gone_stops_the_work(installation: Installation) -> None:
    """Without the plan that was signed nobody can say what is covered."""
    request = installation.submit()
    installation.run_all()
    installation.approve(request)
    approved = installation.request(request.id)
    lost = approved.decisions[-1].model_copy(update={"bound_to": "sha256:" + "0" * 64})
    with installation.records.transaction() as tx:
        tx.requests.put(approved.model_copy(update={"decisions": (lost,)}), expected=approved)
    installation.run_all()
    failed = installation.newest(NAME)
    assert failed.error is not None
    assert failed.error.summary == "the signed plan is not on record any more"


def test_a_job_tells_its_operation_and_spec(installation: Installation) -> None:
    """Adapters mark every process with the operation's id."""
    jobs: list[Job] = []
    installation.provisioner.on_preview = jobs.append
    request = installation.submit()
    installation.run_all()
    assert [(job.operation, job.spec) for job in jobs] == [(installation.newest(NAME).id, request.spec)]
