"""The whole life of a tenancy over fakes: extend, trial, change, suspension, production, termination with proof."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError
from orchestrator.domain.lifecycle import EnvironmentState, OperationState, RequestState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import DeadlineKind, EvidenceKind, Kind, OperationKind, Request
from orchestrator.workflows import operations, requests
from orchestrator.workflows.escrow import release
from orchestrator.workflows.moves import queue_operation
from orchestrator.workflows.sweep import sweep
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, Installation, a_submission
from tests.fakes.points import refuse
from tests.tenancy_steps import (
    LIVE,
    TEST,
    a_change,
    about,
    asked_for_production,
    decided,
    done,
    hand_in,
    in_production,
    in_trial,
    offline,
    pass_days,
)

EVENING = timedelta(hours=12)
"""From the tests' morning into the change window."""


def dates(installation: Installation, subject: str) -> dict[str, object]:
    """Give the dates of a subject, by kind."""
    with installation.records.read() as tx:
        return {str(one.kind): one for one in tx.deadlines.of(subject)}


def a_narrower_access(installation: Installation) -> Request:
    """Ask for a minor change."""
    return requests.submit(installation.ports, a_change(access_from=["198.51.100.0/25"]), UNIT)


def test_an_extension_moves_the_end(installation: Installation) -> None:
    """Art. 13: longer only by the office's consent; end, notices and reclaim move with it."""
    environment = installation.make_ready()
    assert environment.ends_at is not None
    request = done(installation, about(Kind.EXTEND, Stage.TEST, days=5))
    extended = installation.environment(TEST)
    assert (request.state, request.outcome) == (RequestState.CLOSED, "extended by 5 days")
    assert extended.ends_at == environment.ends_at + timedelta(days=5)
    pass_days(installation, 18)
    assert installation.environment(TEST).state is EnvironmentState.READY


def test_an_extension_after_the_end_starts_the_servers_again(installation: Installation) -> None:
    """Art. 13: inside the grace a stopped environment comes back."""
    installation.make_ready()
    pass_days(installation, 16)
    assert installation.environment(TEST).state is EnvironmentState.EXPIRING
    done(installation, about(Kind.EXTEND, Stage.TEST, days=10))
    assert installation.environment(TEST).state is EnvironmentState.READY
    assert installation.cloud.of(TEST).named()["host-1"].running


def test_an_environment_that_ended_suspended_is_not_extended(installation: Installation) -> None:
    """Art. 37: an extension would start servers whose risk nobody has fixed."""
    installation.make_ready()
    done(installation, about(Kind.SUSPEND, Stage.TEST, severity="high"), PROVIDER)
    pass_days(installation, 16)
    assert installation.environment(TEST).state is EnvironmentState.EXPIRING
    with pytest.raises(RefusedError, match="was suspended"):
        requests.submit(installation.ports, about(Kind.EXTEND, Stage.TEST, days=5), UNIT)


def test_what_was_asked_for_an_environment_that_ended_is_closed(installation: Installation) -> None:
    """Nobody owes a decision on an environment that is gone, and no date of it is missed."""
    installation.make_ready()
    open_one = requests.submit(installation.ports, about(Kind.EXTEND, Stage.TEST, days=5), UNIT)
    requests.terminate(installation.ports, TEST, OFFICE, "tested")
    installation.run_all()
    assert installation.request(open_one.id).outcome == "the environment ended first"
    pass_days(installation, 10)
    assert not [key for key in installation.notices(TEST) if key.startswith("deadline-missed")]


def test_a_trial_is_a_live_tenant_with_backups_from_the_first_day(installation: Installation) -> None:
    """Art. 14, 30: no end date, the shortest trial as a date, and a backup on the first day."""
    environment = in_trial(installation)
    assert (environment.stage, environment.state, environment.ends_at) == (Stage.TRIAL, EnvironmentState.READY, None)
    pass_days(installation, 0)
    with installation.records.read() as tx:
        taken = tx.backups.of(f"{LIVE}@{environment.request}")
    assert len(taken) == 1
    kinds = dates(installation, f"{LIVE}@{environment.request}")
    assert {DeadlineKind.TRIAL_MINIMUM, DeadlineKind.BACKUP} <= kinds.keys()


def test_only_so_many_backups_are_kept(installation: Installation) -> None:
    """Art. 30: the rulebook says how many; older ones are removed, and the record says when."""
    environment = in_trial(installation)
    for _ in range(6):
        pass_days(installation, 1)
    with installation.records.read() as tx:
        taken = tx.backups.of(f"{LIVE}@{environment.request}")
    assert len([one for one in taken if one.removed_at is None]) == 3
    assert len(installation.cloud.of(LIVE).backups) == 3


def test_production_is_a_promotion_in_place(installation: Installation) -> None:
    """Art. 14, 22: nothing is made anew, a backup was taken before, the old system's resources are asked for."""
    in_trial(installation)
    before = installation.cloud.of(LIVE).named()
    pass_days(installation, 31)
    installation.approve(hand_in(installation, asked_for_production(installation)))
    installation.run_all()
    environment = installation.environment(LIVE)
    assert environment.stage is Stage.PRODUCTION
    assert installation.cloud.of(LIVE).named().keys() == before.keys()
    old = dates(installation, f"{LIVE}@{environment.request}")[DeadlineKind.OLD_RESOURCES]
    assert old is not None
    pass_days(installation, 62)
    assert "old-resources-due" in installation.notices(LIVE)


def test_a_change_waits_for_its_window(installation: Installation) -> None:
    """Art. 15: approved in the morning, carried out when the window opens, with a copy of the data before."""
    in_trial(installation)
    request = decided(
        installation, requests.submit(installation.ports, a_change(access_from=["198.51.100.0/25"]), UNIT)
    )
    assert installation.under_way() == []
    pass_hours(installation, EVENING)
    assert installation.request(request.id).outcome == "changed"
    assert str(installation.environment(LIVE).spec.flows).count("198.51.100.0/25") > 0
    assert installation.cloud.of(LIVE).backups


def pass_hours(installation: Installation, by: timedelta) -> None:
    """Let time pass, and do what became due."""
    installation.clock.advance(by)
    sweep(installation.ports)
    installation.run_all()


def test_a_missed_window_waits_for_the_next(installation: Installation) -> None:
    """A change never runs late by surprise: found outside its window it waits for the next one, and it is told."""
    in_trial(installation)
    request = decided(
        installation, requests.submit(installation.ports, a_change(access_from=["198.51.100.0/25"]), UNIT)
    )
    pass_hours(installation, timedelta(hours=24))
    assert installation.request(request.id).state is RequestState.EXECUTING
    assert "change-window-missed" in installation.notices(LIVE)
    pass_hours(installation, EVENING)
    assert installation.request(request.id).state is RequestState.CLOSED


def test_a_failed_change_takes_the_way_back(installation: Installation) -> None:
    """Art. 15: hosts that do not come back lead to the old specification, and the request says why."""
    before = in_trial(installation)
    request = decided(
        installation, requests.submit(installation.ports, a_change(access_from=["198.51.100.0/25"]), UNIT)
    )
    installation.points.once("hosts", refuse)
    pass_hours(installation, EVENING)
    closed, environment = installation.request(request.id), installation.environment(LIVE)
    assert closed.outcome.startswith("not changed, the way back was taken")
    assert (environment.state, environment.spec) == (EnvironmentState.READY, before.spec)
    assert installation.newest(LIVE).state is OperationState.FAILED
    assert "change-went-back" in installation.notices(LIVE)


def test_a_change_that_changes_nothing_is_refused(installation: Installation) -> None:
    """A change changes."""
    in_trial(installation)
    with pytest.raises(BadInputError, match="already what"):
        requests.submit(installation.ports, a_change(), UNIT)


def test_a_volume_never_gets_smaller(installation: Installation) -> None:
    """Block storage cannot do it, so the wish is refused before anybody decides on it."""
    in_trial(installation)
    larger = requests.submit(installation.ports, a_change(roles={"host": {"volumes": {"data": 3}}}), UNIT)
    requests.accept(installation.ports, larger.id, OFFICE, "the material of the trial still holds")
    requests.confirm(installation.ports, larger.id, EvidenceKind.TESTS_PASSED, OFFICE, "seen the reports")
    installation.run_all()
    requests.review(installation.ports, larger.id, OFFICE)
    pass_hours(installation, EVENING)
    with pytest.raises(BadInputError, match="never gets smaller: host-1-data"):
        requests.submit(installation.ports, a_change(roles={"host": {"volumes": {"data": 2}}}), UNIT)


def test_a_plan_that_has_changed_is_asked_about_again(installation: Installation) -> None:
    """What would happen now is not what was signed: nothing is changed, the difference is told, the office asked."""
    before = in_trial(installation)
    request = decided(installation, a_narrower_access(installation))
    installation.cloud.make(LIVE, "volume", "by-another-hand")
    installation.cloud.know(LIVE, "by-another-hand")
    pass_hours(installation, EVENING)
    again, operation = installation.request(request.id), installation.newest(LIVE)
    assert (again.state, installation.environment(LIVE).spec) == (RequestState.ACCEPTED, before.spec)
    assert operation.error is not None
    assert "by-another-hand" in operation.error.detail
    assert "plan-changed" in installation.notices(LIVE)
    signed_again = requests.review(installation.ports, request.id, OFFICE)
    assert signed_again.decisions[-1].bound_to == again.plan_digest != request.decisions[-1].bound_to


def test_two_requests_on_one_environment_queue(installation: Installation) -> None:
    """A change and a suspension wait for each other; the suspended environment is not changed, and that is told."""
    in_trial(installation)
    finding = requests.submit(installation.ports, about(Kind.SUSPEND, Stage.TRIAL, severity="high"), PROVIDER)
    change = decided(installation, a_narrower_access(installation))
    installation.clock.advance(EVENING)
    installation.approve(finding)
    sweep(installation.ports)
    assert {one.kind for one in installation.under_way()} >= {OperationKind.SUSPEND, OperationKind.CHANGE}
    installation.run_all()
    assert installation.environment(LIVE).state is EnvironmentState.SUSPENDED
    assert installation.newest(LIVE).state is OperationState.FAILED
    assert installation.request(change.id).state is RequestState.EXECUTING
    done(installation, about(Kind.RESUME, Stage.TRIAL))
    operations.retry(installation.ports, installation.operation_of(change).id, PROVIDER)
    installation.run_all()
    assert installation.request(change.id).outcome == "changed"


def test_a_high_risk_is_cut_off_and_stopped(installation: Installation) -> None:
    """Art. 37: the provider's finding opens the request, the office decides; data stays, and only a request resumes."""
    in_trial(installation)
    finding = about(Kind.SUSPEND, Stage.TRIAL, severity="high")
    request = done(installation, finding, PROVIDER)
    host = installation.cloud.of(LIVE).named()["host-1"]
    assert (request.outcome, host.running, host.isolated) == ("suspended", False, True)
    assert installation.environment(LIVE).state is EnvironmentState.SUSPENDED
    assert "host-1-data" in installation.cloud.of(LIVE).named()
    done(installation, about(Kind.RESUME, Stage.TRIAL))
    host = installation.cloud.of(LIVE).named()["host-1"]
    assert (host.running, host.isolated) == (True, False)
    assert installation.environment(LIVE).state is EnvironmentState.READY


def test_a_low_risk_gets_a_day_and_then_opens_a_suspension(installation: Installation) -> None:
    """Art. 37: not fixed by its day, the office is asked for forced handling; nothing is stopped by itself."""
    in_trial(installation)
    done(installation, about(Kind.SUSPEND, Stage.TRIAL, severity="low", fix_by="2026-03-06"), PROVIDER)
    pass_days(installation, 6)
    with installation.records.read() as tx:
        opened = tx.requests.list(environment=LIVE)[0]
    assert (opened.kind, opened.state) == (Kind.SUSPEND, RequestState.SUBMITTED)
    assert installation.environment(LIVE).state is EnvironmentState.READY


def test_a_fixed_finding_opens_nothing(installation: Installation) -> None:
    """Art. 37: confirmed by the office in time, the day passes without a suspension."""
    in_trial(installation)
    request = done(installation, about(Kind.SUSPEND, Stage.TRIAL, severity="low", fix_by="2026-03-06"), PROVIDER)
    requests.confirm_fixed(installation.ports, request.id, OFFICE, "patched, seen in the scan")
    pass_days(installation, 6)
    with installation.records.read() as tx:
        assert tx.requests.list(environment=LIVE)[0].id == request.id


def test_a_live_environment_ends_only_with_evidence(installation: Installation) -> None:
    """Art. 16: offline, final backup, restore compared, review, reclaim, empty project, signed certificate."""
    in_production(installation)
    request = requests.submit(installation.ports, about(Kind.TERMINATE, Stage.PRODUCTION), UNIT)
    requests.accept(installation.ports, request.id, OFFICE)
    with pytest.raises(RefusedError, match="offline"):
        requests.review(installation.ports, request.id, OFFICE)
    requests.confirm(installation.ports, request.id, EvidenceKind.OFFLINE, UNIT, "switched off")
    installation.run_all()
    requests.review(installation.ports, request.id, OFFICE)
    installation.run_all()
    assert installation.environment(LIVE).state is EnvironmentState.RETIRED
    assert installation.cloud.found(LIVE) == ()
    with installation.records.read() as tx:
        signed = tx.certificates.find(LIVE)
    assert signed is not None
    certificate = signed.certificate
    assert certificate.remaining == ()
    assert certificate.escrow is not None
    assert certificate.escrow.until is not None
    assert {one.name for one in certificate.existed} >= {"host-1", "host-1-data", "project"}
    assert [one.verdict for one in certificate.decisions] == ["accept", "approve"]
    assert {one.kind for one in certificate.evidence} == {
        EvidenceKind.OFFLINE,
        EvidenceKind.FINAL_BACKUP,
        EvidenceKind.RESTORE_COMPARED,
    }


def test_a_final_backup_is_released_after_its_last_day_and_never_before(installation: Installation) -> None:
    """Art. 16, policy: six months in the escrow; the office is told of the end, and removes the copy itself."""
    in_trial(installation)
    request = offline(installation)
    installation.run_all()
    with installation.records.read() as tx:
        kept = next(one for one in tx.backups.of(subject_of(installation.environment(LIVE))) if one.final)
    with pytest.raises(RefusedError, match="is kept until"):
        release(installation.ports, kept.id, OFFICE, "room is needed")
    installation.approve(request)
    installation.run_all()
    pass_days(installation, 190)
    assert "escrow-ended" in installation.notices(LIVE)
    assert kept.id in installation.cloud.of(LIVE).backups
    with pytest.raises(RefusedError, match="may not release"):
        release(installation.ports, kept.id, PROVIDER, "its time is over")
    assert release(installation.ports, kept.id, OFFICE, "its time is over").removed_at is not None
    assert kept.id not in installation.cloud.of(LIVE).backups
    with pytest.raises(ConflictError, match="was removed"):
        release(installation.ports, kept.id, OFFICE, "again")


def test_the_review_of_a_termination_waits_for_the_unit(installation: Installation) -> None:
    """Art. 16: the office's five working days run from the unit's confirmation; until then nothing is missed."""
    in_trial(installation)
    request = requests.submit(installation.ports, about(Kind.TERMINATE, Stage.TRIAL), UNIT)
    assert requests.outlook(installation.ports, request.id).by is None
    pass_days(installation, 30)
    assert "deadline-missed-review" not in installation.notices(LIVE)
    requests.confirm(installation.ports, request.id, EvidenceKind.OFFLINE, UNIT, "switched off")
    assert requests.outlook(installation.ports, request.id).by is not None
    pass_days(installation, 12)
    assert "deadline-missed-review" in installation.notices(LIVE)


def test_a_restore_that_differs_keeps_everything(installation: Installation) -> None:
    """Art. 16: a backup that cannot be restored as it was is no evidence; a retry makes a new one."""
    in_trial(installation)
    installation.backups.differs = ("/srv/data/1.dat: content differs",)
    request = offline(installation)
    installation.run_all()
    failed = installation.newest(LIVE)
    assert (failed.kind, failed.state) == (OperationKind.FINAL_BACKUP, OperationState.FAILED)
    requests.accept(installation.ports, request.id, OFFICE)
    with pytest.raises(RefusedError, match="final-backup"):
        requests.review(installation.ports, request.id, OFFICE)
    installation.backups.differs = ()
    installation.clock.advance(timedelta(minutes=1))
    operations.retry(installation.ports, failed.id, PROVIDER)
    installation.run_all()
    assert requests.review(installation.ports, request.id, OFFICE).state is RequestState.EXECUTING


def test_a_reclaim_operation_without_a_reviewed_termination_is_refused(installation: Installation) -> None:
    """Art. 16: even an operation that got into the queue removes nothing live without its gates."""
    in_trial(installation)
    request = offline(installation)
    with installation.records.transaction() as tx:
        queue_operation(installation.ports, tx, OperationKind.RETIRE, LIVE, request.id, PROVIDER)
    installation.run_all()
    assert installation.environment(LIVE).state is EnvironmentState.READY
    assert "host-1" in installation.cloud.of(LIVE).named()


def test_the_end_of_a_live_environment_is_asked_for_once(installation: Installation) -> None:
    """Two terminations of one environment conflict; a withdrawn one makes room."""
    in_trial(installation)
    first = requests.submit(installation.ports, about(Kind.TERMINATE, Stage.TRIAL), UNIT)
    with pytest.raises(ConflictError, match="asked for already"):
        requests.submit(installation.ports, about(Kind.TERMINATE, Stage.TRIAL), UNIT)
    requests.withdraw(installation.ports, first.id, UNIT, "we stay")
    assert requests.submit(installation.ports, about(Kind.TERMINATE, Stage.TRIAL), UNIT).state is RequestState.SUBMITTED


def test_a_reclaim_that_cannot_finish_is_tried_again(installation: Installation) -> None:
    """Art. 16: visible, tried again every hour, and never recorded as done."""
    installation.make_ready()
    installation.cloud.make(TEST, "volume", "stuck")
    installation.inventory.stays.add("stuck")
    requests.terminate(installation.ports, TEST, OFFICE, "tested")
    installation.run_all()
    assert installation.environment(TEST).state is EnvironmentState.RETIRING
    pass_hours(installation, timedelta(hours=2))
    assert installation.environment(TEST).state is EnvironmentState.RETIRING
    installation.inventory.stays.clear()
    pass_hours(installation, timedelta(hours=2))
    assert installation.environment(TEST).state is EnvironmentState.RETIRED


def test_a_rejected_request_comes_again(installation: Installation) -> None:
    """Art. 12: rejected with reasons, its clock stands still; the unit submits again and the rest of the time runs."""
    request = installation.submit()
    installation.clock.advance(timedelta(days=1))
    requests.reject(installation.ports, request.id, OFFICE, "which self-test?")
    pass_days(installation, 30)
    assert "deadline-missed-acceptance" not in installation.notices(TEST)
    again = requests.resubmit(installation.ports, request.id, a_submission(reason="with the self-test"), UNIT)
    assert (again.state, again.reason) == (RequestState.SUBMITTED, "with the self-test")
    installation.run_all()
    installation.approve(again)
    installation.run_all()
    assert installation.environment(TEST).state is EnvironmentState.READY


def test_the_office_asks_for_more_and_its_clock_stands_still(installation: Installation) -> None:
    """Art. 11: while the request waits for the unit nothing is missed; with the answer the clock goes on."""
    request = installation.submit()
    requests.ask(installation.ports, request.id, OFFICE, "the network drawing")
    shown = requests.outlook(installation.ports, request.id)
    assert (shown.acts, shown.missing, shown.by) == (UNIT.role, ("the network drawing",), None)
    pass_days(installation, 30)
    assert "deadline-missed-acceptance" not in installation.notices(TEST)
    requests.supply(installation.ports, request.id, UNIT, "attached")
    assert requests.outlook(installation.ports, request.id).by is not None


def test_a_request_says_who_acts_by_when_and_what_else_happens(installation: Installation) -> None:
    """Art. 12: three working days from Monday end with Thursday; then a breach is recorded and the work goes on."""
    shown = requests.outlook(installation.ports, installation.submit().id)
    assert (shown.acts, shown.forecast) == (OFFICE.role, "on-time")
    assert "recorded" in shown.otherwise_en
    assert shown.otherwise_zh
