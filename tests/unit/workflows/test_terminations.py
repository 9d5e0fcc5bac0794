"""The end of a live environment: evidence, reclaim, certificate, and the backup that remains (Art. 16)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import ConflictError, RefusedError
from orchestrator.domain.lifecycle import EnvironmentState, OperationState, RequestState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import EvidenceKind, Kind, OperationKind
from orchestrator.workflows import operations, requests
from orchestrator.workflows.escrow import release
from orchestrator.workflows.moves import queue_operation
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, Installation
from tests.tenancy_steps import (
    LIVE,
    TEST,
    about,
    in_production,
    in_trial,
    offline,
    pass_days,
    pass_hours,
)


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
