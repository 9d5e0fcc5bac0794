"""Verifications and drills over fakes: what is tried, what it proves, and that the copy goes away (Art. 30, 44)."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from orchestrator.domain.drill import Control, DrillReport, Verdict
from orchestrator.domain.errors import ConflictError, OperationFailedError, RefusedError
from orchestrator.domain.lifecycle import EnvironmentState, OperationState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Backup, DeadlineKind, Operation, OperationKind, Report, ReportKind
from orchestrator.workflows import drill, operations, requests, verify
from orchestrator.workflows.sweep import sweep
from tests.fakes.installation import PROVIDER, UNIT, Installation
from tests.fakes.points import KilledError, die, refuse
from tests.tenancy_steps import (
    EVENING,
    LIVE,
    TEST,
    a_change,
    decided,
    in_trial,
    offline,
    pass_days,
    pass_hours,
)

COPY = "archives-catalogue-drill"


@pytest.fixture
def live(installation: Installation) -> Installation:
    """Give an installation with a live environment and a few backups."""
    in_trial(installation)
    pass_days(installation, 1)
    pass_days(installation, 1)
    return installation


def backups(installation: Installation) -> tuple[Backup, ...]:
    """Give the live environment's backups, newest first."""
    with installation.records.read() as tx:
        return tx.backups.of(f"{LIVE}@{tx.environments.get(LIVE).request}")


def reports(installation: Installation, kind: ReportKind) -> tuple[Report, ...]:
    """Give the reports of a kind, newest first."""
    with installation.records.read() as tx:
        return tx.reports.list(environment=LIVE, kind=kind)


def drilled(installation: Installation) -> DrillReport:
    """Give the newest drill's record."""
    return DrillReport.model_validate(reports(installation, ReportKind.DRILL)[0].body)


def held(installation: Installation) -> Operation:
    """Have a drill held."""
    operation = drill.ask(installation.ports, LIVE, PROVIDER)
    installation.run_all()
    return installation.operation(operation.id)


def verified(installation: Installation) -> Operation:
    """Have backups verified."""
    operation = verify.ask(installation.ports, LIVE, PROVIDER)
    installation.run_all()
    return installation.operation(operation.id)


def gone(installation: Installation) -> bool:
    """Whether nothing is left of the throw-away copy, on the cloud and on record."""
    return installation.cloud.found(COPY) == () and installation.environment(COPY).state is EnvironmentState.RETIRED


def test_a_drill_rebuilds_compares_refuses_and_removes(live: Installation) -> None:
    """Art. 44: restore, targets, negative controls, removal and report; the live environment is untouched."""
    before = live.environment(LIVE)
    operation = held(live)
    report = drilled(live)
    assert (operation.state, operation.result["verdict"]) == (OperationState.SUCCEEDED, "passed")
    assert (report.verdict, report.shortcomings) == (Verdict.PASSED, ())
    assert [one.control for one in report.controls] == list(Control)
    assert {name for _, name in live.ground.attempted} == {COPY}
    assert report.trial is not None
    assert (report.trial.backup, report.trial.files) == (backups(live)[0].id, 3)
    assert (report.throwaway.existed, report.throwaway.left) == (8, "")
    assert report.throwaway.gone_at is not None
    assert gone(live)
    assert live.environment(LIVE) == before


def test_the_copy_is_isolated_and_nobodys(live: Installation) -> None:
    """From outside only SSH to its bastion, outward only the store; no dates, no notices to the unit."""
    held(live)
    copy = live.environment(COPY)
    outside = {flow.key for flow in copy.spec.flows if flow.peer_role is None}
    assert copy.stage is Stage.DRILL
    assert outside == {
        "host-ingress-tcp-22-22-198.51.100.0_24",
        "host-egress-tcp-443-443-10.9.0.1_32",
        "host-egress-tcp-53-53-10.20.0.0_24",
        "host-egress-udp-53-53-10.20.0.0_24",
    }
    with live.records.read() as tx:
        assert tx.deadlines.open(environment=COPY) == ()
    assert live.notices(COPY) == []


@pytest.mark.parametrize("control", list(Control))
def test_a_negative_control_that_does_not_fail_fails_the_drill(live: Installation, control: Control) -> None:
    """A store that any key opens, a bit that nobody misses, a copy that reaches the business: no proof of anything."""
    live.ground.fooled = {control}
    operation = held(live)
    assert operation.state is OperationState.FAILED
    assert operation.error is not None
    assert f"negative control {control}" in operation.error.summary
    assert drilled(live).verdict is Verdict.FAILED
    assert "drill-failed" in live.notices(LIVE)
    assert gone(live)


@pytest.mark.parametrize("control", list(Control))
def test_a_negative_control_that_cannot_run_is_no_proof(live: Installation, control: Control) -> None:
    """Its failure has to be the store's refusal, not a fault of the cloud on the way."""
    live.points.at(f"control-{control}", refuse)
    assert held(live).state is OperationState.FAILED
    attempt = next(one for one in drilled(live).controls if one.control is control)
    assert (attempt.refused, attempt.said.startswith("it did not run")) == (False, True)
    assert gone(live)


def test_a_drill_that_restores_something_else_has_failed(live: Installation) -> None:
    """What differs is named in the report, and the backup does not count any more."""
    held(live)
    assert backups(live)[0].compared_at is not None
    live.backups.differs = ("/srv/register.db",)
    assert held(live).state is OperationState.FAILED
    assert "/srv/register.db" in " ".join(drilled(live).shortcomings)
    assert backups(live)[0].compared_at is None
    assert gone(live)


@pytest.mark.parametrize("point", ["create:server", "hosts", "restore"])
def test_a_drill_that_fails_on_the_way_has_a_report_and_leaves_nothing(live: Installation, point: str) -> None:
    """Whatever the cloud refuses: the report says so, and the copy is gone."""
    live.points.at("create:host-1" if point == "create:server" else point, refuse)
    assert held(live).state is OperationState.FAILED
    report = drilled(live)
    assert report.verdict is Verdict.FAILED
    assert "the cloud refuses" in " ".join(report.shortcomings)
    assert gone(live)


def test_a_late_drill_was_held_but_missed_its_target(live: Installation) -> None:
    """Art. 44: time and point are measured against the rulebook; a miss is told, and is no failure of the restore."""
    live.clock.advance(timedelta(hours=40))
    assert held(live).state is OperationState.SUCCEEDED
    report = drilled(live)
    assert (report.verdict, report.in_time, report.young_enough) == (Verdict.LATE, True, False)
    assert "drill-late" in live.notices(LIVE)


def test_a_cancelled_drill_leaves_nothing(live: Installation) -> None:
    """Who stops a drill gets its copy removed first."""
    operation = drill.ask(live.ports, LIVE, PROVIDER)

    def cancel(point: str) -> None:
        del point
        operations.cancel(live.ports, operation.id, PROVIDER)

    live.points.once("restore", cancel)
    live.run_all()
    assert live.operation(operation.id).state is OperationState.CANCELLED
    assert gone(live)
    assert reports(live, ReportKind.DRILL) == ()


def test_a_killed_drill_begins_anew_and_the_old_copy_goes(live: Installation) -> None:
    """The next attempt finds what the dead one left, on record, and removes it first."""
    operation = drill.ask(live.ports, LIVE, PROVIDER)
    live.points.once("restore", die)
    with suppress(KilledError):
        live.run(live.operation(operation.id))
    assert live.environment(COPY).state is EnvironmentState.READY
    live.run_all()
    assert live.operation(operation.id).state is OperationState.SUCCEEDED
    assert live.cloud.of(COPY).most == 1
    assert gone(live)


def test_a_copy_that_cannot_be_removed_is_told_and_the_next_run_removes_it(live: Installation) -> None:
    """Nothing is forgotten: it stays on record, people are told, and whoever comes next removes it first."""
    live.points.at("destroy:host-1", refuse)
    live.inventory.stays = {"host-1"}
    operation = held(live)
    assert operation.state is OperationState.FAILED
    assert live.environment(COPY).state is EnvironmentState.RETIRING
    assert "throw-away-left" in live.notices(COPY)
    assert "is still there" in " ".join(drilled(live).shortcomings)
    assert verified(live).state is OperationState.PARTLY_DONE
    live.points.calm()
    live.inventory.stays = set()
    assert verified(live).state is OperationState.SUCCEEDED
    assert gone(live)
    assert live.actions(COPY).count("throw-away.gone") == 2


def test_a_fault_of_our_own_leaves_no_copy(live: Installation) -> None:
    """The copy holds the unit's data: whatever went wrong, it goes away, and the fault is told as one."""

    def fault(point: str) -> None:
        raise ValueError(point)

    live.points.once("restore", fault)
    operation = held(live)
    assert operation.error is not None
    assert (operation.state, operation.error.rule) == (OperationState.FAILED, "internal")
    assert gone(live)


def test_the_end_of_the_environment_takes_a_left_copy_along(live: Installation) -> None:
    """Art. 16: nobody would look for it when its environment is gone."""
    live.points.at("destroy:host-1", refuse)
    live.inventory.stays = {"host-1"}
    held(live)
    live.points.calm()
    live.inventory.stays = set()
    live.ground.elsewhere = False
    request = offline(live)
    live.run_all()
    live.approve(request)
    assert live.environment(COPY).state is EnvironmentState.RETIRING
    live.run_all()
    assert live.environment(LIVE).state is EnvironmentState.RETIRED
    assert gone(live)


def final_backup(installation: Installation) -> Operation:
    """Have the last backup made and shown."""
    request = offline(installation)
    installation.run_all()
    operation = installation.operation_of(request)
    assert operation.kind is OperationKind.FINAL_BACKUP
    return operation


def test_the_last_backup_is_rebuilt_elsewhere_before_anything_goes(live: Installation) -> None:
    """Art. 16: in the object store it comes back without anything of the environment that is about to go."""
    operation = final_backup(live)
    assert (operation.state, operation.result["rebuilt"]) == (OperationState.SUCCEEDED, True)
    assert "compare" not in live.points.passed
    assert gone(live)


def test_a_full_cloud_does_not_hold_up_an_end(live: Installation) -> None:
    """Without room for throw-away hosts the last backup is read where it was made, file by file all the same."""
    live.inventory.faults = (OperationFailedError("no more than 4 cores are free").diagnostic,)
    operation = final_backup(live)
    assert operation.state is OperationState.SUCCEEDED
    assert "compare" in live.points.passed


def test_a_last_backup_that_differs_removes_nothing(live: Installation) -> None:
    """Art. 16: never the cause of a deletion; the copy is dropped, since it is no backup."""
    live.backups.differs = ("/srv/register.db",)
    assert final_backup(live).state is OperationState.FAILED
    assert all(one.removed_at for one in backups(live) if one.final)
    assert live.environment(LIVE).state is EnvironmentState.READY
    assert gone(live)


def test_what_a_failed_change_took_away_comes_back(live: Installation) -> None:
    """Art. 15, 22: hosts whose volumes are empty on the way back get the copy that was taken before the change."""
    live.ground.lost = ("host-1",)
    live.points.once("hosts", refuse)
    request = requests.submit(live.ports, a_change(access_from=["198.51.100.0/25"]), UNIT)
    decided(live, request)
    pass_hours(live, EVENING)
    operation = live.operation_of(request)
    assert operation.error is not None
    assert operation.error.summary.startswith("the cloud refuses: hosts")
    assert live.points.passed.count("restore") == 1
    assert live.environment(LIVE).state is EnvironmentState.READY


def test_what_does_not_come_back_whole_is_told(live: Installation) -> None:
    """Art. 15: the way back has failed when the copy is not what arrives; the environment is broken, not ready."""
    live.ground.lost = ("host-1",)
    live.backups.differs = ("/srv/register.db",)
    live.points.once("hosts", refuse)
    request = requests.submit(live.ports, a_change(access_from=["198.51.100.0/25"]), UNIT)
    decided(live, request)
    pass_hours(live, EVENING)
    operation = live.operation_of(request)
    assert operation.error is not None
    assert "/srv/register.db" in operation.error.detail
    assert live.environment(LIVE).state is EnvironmentState.BROKEN


def test_snapshots_bring_nothing_back(live: Installation) -> None:
    """Without an object store the way back ends with the specification, as before."""
    live.ground.lost, live.ground.elsewhere = ("host-1",), False
    live.points.once("hosts", refuse)
    request = requests.submit(live.ports, a_change(access_from=["198.51.100.0/25"]), UNIT)
    decided(live, request)
    pass_hours(live, EVENING)
    assert "restore" not in live.points.passed
    assert live.environment(LIVE).state is EnvironmentState.READY


def test_a_verification_tries_the_newest_and_an_older_backup(live: Installation) -> None:
    """Art. 30: each onto empty volumes, and both count from then on; the evidence is kept."""
    operation = verified(live)
    assert operation.state is OperationState.SUCCEEDED
    found = verify.Verification.model_validate(reports(live, ReportKind.VERIFICATION)[0].body)
    assert len(found.trials) == 2
    assert found.trials[1].backup == backups(live)[0].id
    assert live.ground.cleared == [COPY]
    assert {one.id for one in backups(live) if one.compared_at} >= {one.backup for one in found.trials}
    assert gone(live)


def test_a_backup_that_differs_no_longer_counts(live: Installation) -> None:
    """A backup counts when a restore of it was compared, and does not when a later one differs."""
    verified(live)
    live.backups.differs = ("/srv/register.db",)
    operation = verified(live)
    assert operation.state is OperationState.FAILED
    assert backups(live)[0].compared_at is None
    assert "backup-not-as-it-was" in live.notices(LIVE)


def test_snapshots_are_verified_beside_their_originals(live: Installation) -> None:
    """Without an object store a backup cannot leave its project; it is compared there."""
    live.ground.elsewhere = False
    assert verified(live).state is OperationState.SUCCEEDED
    assert live.points.passed.count("compare") == 2
    with live.records.read() as tx:
        assert tx.environments.find(COPY) is None


def test_backups_are_verified_every_month(live: Installation) -> None:
    """Art. 30 (policy): the rulebook's rhythm, without anybody asking."""
    pass_days(live, 31)
    assert "verify.succeeded" in live.actions(LIVE)


def test_one_drill_a_quarter_is_due_and_told_before(live: Installation) -> None:
    """Art. 44: one date for the installation; fourteen days before it people are reminded; a miss is recorded."""
    with live.records.read() as tx:
        due = tx.deadlines.open(kinds=(DeadlineKind.DRILL,))
    assert [one.environment for one in due] == [LIVE]
    pass_days(live, 80)
    assert "drill-due-soon" in live.notices(LIVE)
    pass_days(live, 20)
    assert "deadline-missed-drill" in live.notices(LIVE)


def test_a_drill_meets_the_date_and_the_next_one_is_set(live: Installation) -> None:
    """The quarter begins anew with each drill that was held."""
    held(live)
    with live.records.read() as tx:
        due = tx.deadlines.open(kinds=(DeadlineKind.DRILL, DeadlineKind.DRILL_NOTICE))
    assert [str(one.kind) for one in due] == ["drill-notice", "drill"]
    assert due[1].due_at > live.clock.now() + timedelta(days=85)
    sweep(live.ports)
    assert "deadline-missed-drill" not in live.notices(LIVE)


def test_whose_turn_it_is_need_not_be_said(live: Installation) -> None:
    """The environment that was drilled longest ago, or never."""
    assert drill.ask(live.ports, "", PROVIDER).environment == LIVE


def test_what_cannot_be_drilled_is_refused(live: Installation) -> None:
    """Test environments, throw-away copies, snapshots, and people who are not the provider."""
    with pytest.raises(RefusedError, match="is a test environment"):
        drill.ask(live.ports, TEST, PROVIDER)
    with pytest.raises(RefusedError, match="unit may not"):
        drill.ask(live.ports, LIVE, UNIT)
    held(live)
    with pytest.raises(ConflictError, match="throw-away"):
        drill.ask(live.ports, COPY, PROVIDER)
    live.ground.elsewhere = False
    with pytest.raises(RefusedError, match="cannot be restored elsewhere"):
        drill.ask(live.ports, LIVE, PROVIDER)


def test_a_full_cloud_is_told_before_anything_is_made(live: Installation) -> None:
    """The drill fails with the cloud's own reason."""
    live.inventory.faults = (OperationFailedError("no more than 4 cores are free").diagnostic,)
    assert held(live).state is OperationState.FAILED
    assert drilled(live).shortcomings[0].startswith("no more than 4 cores are free")
    with live.records.read() as tx:
        assert tx.environments.find(COPY) is None
