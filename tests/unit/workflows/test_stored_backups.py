"""Backups that count: how many are kept, what a fault in the store means, and when the newest is too old (Art. 30)."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import Backup, Deadline, DeadlineKind, Operation, OperationKind
from orchestrator.workflows import operations
from orchestrator.workflows.backup_keys import read_keys, unlock
from orchestrator.workflows.examination import ask
from orchestrator.workflows.sweep import sweep
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, Installation
from tests.fakes.points import KilledError, die
from tests.tenancy_steps import LIVE, in_trial

FLIPPED = "Pack ID does not match, want 1a2b3c4d, got 5e6f7a8b"


def do(installation: Installation, kind: OperationKind) -> Operation:
    """Have a backup or a check made now, and give how it ended."""
    installation.clock.advance(timedelta(minutes=1))
    operation = ask(installation.ports, LIVE, kind, PROVIDER)
    installation.run_all()
    return installation.operation(operation.id)


def backups(installation: Installation) -> list[Backup]:
    """Give the backups that are there, newest first."""
    with installation.records.read() as tx:
        found = tx.backups.of(subject_of(tx.environments.get(LIVE)))
    return [one for one in found if one.removed_at is None]


def recovery_point(installation: Installation) -> Deadline:
    """Give the instant at which the newest backup is too old."""
    with installation.records.read() as tx:
        dates = tx.deadlines.of(subject_of(tx.environments.get(LIVE)))
    (found,) = [one for one in dates if one.kind is DeadlineKind.RECOVERY_POINT]
    return found


def test_the_oldest_goes_when_there_are_enough(installation: Installation) -> None:
    """Three are kept (policy of Art. 30): the fourth lets the first go."""
    in_trial(installation)
    made = [str(do(installation, OperationKind.BACKUP).result["backup"]) for _ in range(4)]
    assert [one.id for one in backups(installation)] == made[:0:-1]


def test_a_fault_in_the_store_is_told_and_removes_nothing(installation: Installation) -> None:
    """A flipped bit: the check fails with it, no backup counts any more, all of them stay, and everybody is told."""
    in_trial(installation)
    for _ in range(3):
        do(installation, OperationKind.BACKUP)
    installation.backups.faults = (FLIPPED,)
    checked = do(installation, OperationKind.CHECK)
    assert checked.state is OperationState.FAILED
    assert checked.error is not None
    assert FLIPPED in checked.error.detail
    assert [one.sound for one in backups(installation)] == [False] * 3
    assert {"backups-damaged", "check-failed"} <= set(installation.notices(LIVE))


def test_what_is_in_doubt_makes_no_room(installation: Installation) -> None:
    """Backups in doubt are none of the three that are kept; they go when three sound ones have been made since."""
    in_trial(installation)
    for _ in range(3):
        do(installation, OperationKind.BACKUP)
    installation.backups.faults = (FLIPPED,)
    do(installation, OperationKind.CHECK)
    installation.backups.faults = ()
    counts = []
    for _ in range(3):
        do(installation, OperationKind.BACKUP)
        counts.append(len(backups(installation)))
    assert counts == [4, 5, 3]
    assert all(one.sound for one in backups(installation))


def test_a_backup_that_failed_is_none_and_drops_none(installation: Installation) -> None:
    """A backup that was cut is not on record, and the oldest of the three stays."""
    in_trial(installation)
    for _ in range(3):
        do(installation, OperationKind.BACKUP)
    before = backups(installation)
    installation.points.once("backup", _refuse)
    assert do(installation, OperationKind.BACKUP).state is OperationState.FAILED
    assert backups(installation) == before


def _refuse(point: str) -> None:
    from orchestrator.domain.errors import OperationFailedError  # noqa: PLC0415

    raise OperationFailedError("host web-1: the object store is full", detail=point)


def test_a_backup_that_is_late_is_told_once(installation: Installation) -> None:
    """26 hours after the newest (policy) provider and office are told; the next backup begins the time anew."""
    in_trial(installation)
    do(installation, OperationKind.BACKUP)
    due = recovery_point(installation).due_at
    assert due == installation.clock.now() + timedelta(hours=26)
    installation.points.at("backup", _refuse)
    installation.clock.set(due - timedelta(seconds=1))
    sweep(installation.ports)
    assert "backup-too-old" not in installation.notices(LIVE)
    installation.clock.set(due)
    sweep(installation.ports)
    sweep(installation.ports)
    assert installation.notices(LIVE).count("backup-too-old") == 1
    installation.run_all()
    installation.points.at("backup", _nothing)
    do(installation, OperationKind.BACKUP)
    assert recovery_point(installation).fired_at is None
    assert recovery_point(installation).due_at > due


def _nothing(point: str) -> None:
    del point


def test_backups_in_doubt_do_not_keep_the_time(installation: Installation) -> None:
    """When the only backup is in doubt the environment has none: that is late at once, as from its first day."""
    in_trial(installation)
    installation.clock.advance(timedelta(hours=27))
    do(installation, OperationKind.BACKUP)
    installation.backups.faults = (FLIPPED,)
    do(installation, OperationKind.CHECK)
    assert recovery_point(installation).due_at <= installation.clock.now()


def test_a_check_that_dies_anywhere_goes_on(installation: Installation) -> None:
    """Whatever point the worker dies at, the next attempt brings the check to its end, once."""
    in_trial(installation)
    do(installation, OperationKind.BACKUP)
    operation = ask(installation.ports, LIVE, OperationKind.CHECK, PROVIDER)
    for number in range(1, 200):
        if installation.operation(operation.id).state is OperationState.SUCCEEDED:
            break
        installation.points.at_number(1 + number % 7, die)
        with suppress(KilledError):
            installation.run(installation.operation(operation.id))
    assert installation.operation(operation.id).result["backups"] == 1
    assert installation.actions(LIVE).count("check.succeeded") == 1


def test_a_failed_check_may_be_tried_again(installation: Installation) -> None:
    """A store that could not be read says nothing about the backups: none is in doubt, and the next check is fine."""
    in_trial(installation)
    do(installation, OperationKind.BACKUP)
    installation.points.once("examine", _refuse)
    failed = do(installation, OperationKind.CHECK)
    assert failed.state is OperationState.FAILED
    assert all(one.sound for one in backups(installation))
    operations.retry(installation.ports, failed.id, PROVIDER)
    installation.run_all()
    assert installation.operation(failed.id).state is OperationState.SUCCEEDED


def test_the_office_alone_reads_the_key(installation: Installation) -> None:
    """Art. 36: the office holds the key passwords; each reading is in the audit log with its reason."""
    in_trial(installation)
    for other in (UNIT, PROVIDER):
        with pytest.raises(RefusedError):
            read_keys(installation.ports, LIVE, other, "curious")
    with pytest.raises(BadInputError):
        read_keys(installation.ports, LIVE, OFFICE, " ")
    (key,) = read_keys(installation.ports, LIVE, OFFICE, "the installation is lost")
    assert key.password == "a password"
    assert "a password" not in repr(key)
    assert installation.actions(LIVE).count("backup.key-read") == 1


def test_locks_are_removed_while_no_job_runs(installation: Installation) -> None:
    """A dead job's lock goes by hand; while a job is under way a lock may be its own, and stays."""
    in_trial(installation)
    installation.backups.locks = 2
    operation = ask(installation.ports, LIVE, OperationKind.BACKUP, PROVIDER)
    with pytest.raises(ConflictError, match="busy"):
        unlock(installation.ports, LIVE, PROVIDER, "the host is gone")
    installation.run_all()
    assert installation.operation(operation.id).state is OperationState.SUCCEEDED
    assert unlock(installation.ports, LIVE, PROVIDER, "the host is gone") == 2
    assert installation.actions(LIVE).count("backup.unlocked") == 1
