"""Restores: which backup, onto whose hosts, what is copied before, and what a restore is refused for (Art. 30, 36)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import Backup, JobKind, Operation
from orchestrator.workflows import restore, rights
from orchestrator.workflows.restore import Before, Wish
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, Installation
from tests.fakes.points import refuse
from tests.tenancy_steps import LIVE, TEST, in_trial, pass_days


def authorised(installation: Installation, *names: str) -> None:
    """Have unit and office agree to restores: no application does so by itself (Art. 36)."""
    for name in names:
        rights.authorise(installation.ports, name, (JobKind.RESTORE,), "files were lost", UNIT)
        rights.authorise(installation.ports, name, (JobKind.RESTORE,), "files were lost", OFFICE)


def backups(installation: Installation) -> tuple[Backup, ...]:
    """Give the live environment's backups, newest first."""
    with installation.records.read() as tx:
        environment = tx.environments.get(LIVE)
        return tx.backups.of(f"{LIVE}@{environment.request}")


def a_wish(installation: Installation, **changes: Any) -> Wish:  # noqa: ANN401  any field
    """Wish for the newest backup in place."""
    return Wish(**{"source": LIVE, "at": installation.clock.now(), **changes})


def with_backups(installation: Installation, days: int = 2) -> None:
    """Lead a system into its trial and let days pass, with a backup each."""
    in_trial(installation)
    for _ in range(days):
        pass_days(installation, 1)


def done(installation: Installation, wish: Wish) -> Operation:
    """Have a restore carried out."""
    operation = restore.ask(installation.ports, wish, PROVIDER)
    installation.run_all()
    return installation.operation(operation.id)


def test_the_newest_backup_of_a_time_comes_back(installation: Installation) -> None:
    """Art. 30: ``--at`` names an instant; the newest backup that was taken by then is restored and compared."""
    with_backups(installation)
    authorised(installation, LIVE)
    middle = backups(installation)[1]
    operation = done(installation, a_wish(installation, at=middle.taken_at + timedelta(hours=1)))
    assert operation.state is OperationState.SUCCEEDED
    assert (operation.result["backup"], operation.result["files"]) == (middle.id, 3)
    assert "environment.restored" in installation.actions(LIVE)
    assert "environment-restored" in installation.notices(LIVE)


def test_what_a_restore_replaces_is_copied_first_and_nothing_old_goes_for_it(installation: Installation) -> None:
    """The way back from a mistaken restore; the oldest backup, which may be the wanted one, stays."""
    with_backups(installation, days=4)
    authorised(installation, LIVE)
    before = [one.id for one in backups(installation) if one.removed_at is None]
    assert len(before) == 3
    operation = done(installation, a_wish(installation, at=backups(installation)[2].taken_at))
    after = [one.id for one in backups(installation) if one.removed_at is None]
    assert operation.result["backup"] == before[-1]
    assert (len(after), after[1:]) == (4, before)


def test_hosts_too_broken_to_be_copied_are_restored_all_the_same(installation: Installation) -> None:
    """Who says that the present state may be lost gets no copy of it."""
    with_backups(installation)
    authorised(installation, LIVE)
    installation.points.at("backup", refuse)
    assert done(installation, a_wish(installation)).state is OperationState.FAILED
    assert done(installation, a_wish(installation, before=Before.LOST)).state is OperationState.SUCCEEDED


def test_a_restore_that_differs_is_a_failure(installation: Installation) -> None:
    """What arrived is compared with the manifest that was written when the backup was taken."""
    with_backups(installation)
    authorised(installation, LIVE)
    installation.backups.differs = ("/srv/register.db",)
    operation = done(installation, a_wish(installation))
    assert operation.state is OperationState.FAILED
    assert operation.error is not None
    assert "/srv/register.db" in operation.error.detail


def test_a_path_that_the_backup_does_not_have_is_told(installation: Installation) -> None:
    """Nothing arrived: that is no success, and the message names the path."""
    with_backups(installation)
    authorised(installation, LIVE)
    with installation.records.transaction() as tx:
        newest = backups(installation)[0]
        tx.backups.put(newest.model_copy(update={"items": ()}))
    operation = done(installation, a_wish(installation, path="/srv/nowhere"))
    assert operation.state is OperationState.FAILED
    assert operation.error is not None
    assert "/srv/nowhere" in operation.error.summary


def test_a_backup_in_doubt_is_taken_only_when_there_is_no_other(installation: Installation) -> None:
    """A fault that was found in it stands against it."""
    with_backups(installation)
    authorised(installation, LIVE)
    newest, older = backups(installation)[:2]
    with installation.records.transaction() as tx:
        tx.backups.put(newest.model_copy(update={"doubted_at": installation.clock.now()}))
    assert done(installation, a_wish(installation)).result["backup"] == older.id
    with installation.records.transaction() as tx:
        for one in backups(installation):
            tx.backups.put(one.model_copy(update={"doubted_at": installation.clock.now()}))
    last = backups(installation)[0]
    assert done(installation, a_wish(installation)).result["backup"] == last.id


def test_without_an_authorisation_nothing_is_restored(installation: Installation) -> None:
    """Art. 36: an application authorises backups and verifications; a restore wants both sides' word."""
    with_backups(installation)
    operation = done(installation, a_wish(installation))
    assert operation.state is OperationState.FAILED
    assert operation.error is not None
    assert "Art. 36" in str(operation.error.rule)


def test_data_goes_into_another_environment_of_the_unit(installation: Installation) -> None:
    """``--into``: the operation belongs to the environment whose hosts change."""
    with_backups(installation)
    authorised(installation, TEST)
    operation = done(installation, a_wish(installation, into=TEST))
    assert (operation.environment, operation.state) == (TEST, OperationState.SUCCEEDED)


def test_data_never_goes_to_another_unit(installation: Installation) -> None:
    """Art. 36: a unit's data stays with it."""
    with_backups(installation)
    other = installation.make_ready(unit="rivers", system="gauge")
    with pytest.raises(RefusedError, match="does not go to an environment of rivers"):
        restore.ask(installation.ports, a_wish(installation, into=other.name), PROVIDER)


def test_a_time_before_every_backup_is_told(installation: Installation) -> None:
    """The message names the backups that there are."""
    with_backups(installation)
    early = backups(installation)[-1].taken_at - timedelta(days=1)
    with pytest.raises(ConflictError, match="has no backup of") as caught:
        restore.ask(installation.ports, a_wish(installation, at=early), PROVIDER)
    assert backups(installation)[-1].taken_at.isoformat() in caught.value.diagnostic.detail


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"hosts": ("web-9",)}, "has nothing of host web-9"), ({"path": "srv"}, "no absolute path")],
)
def test_what_a_backup_does_not_have_is_refused(
    installation: Installation, changes: dict[str, Any], message: str
) -> None:
    """Hosts and paths are looked at before anything is queued."""
    with_backups(installation)
    with pytest.raises(BadInputError, match=message):
        restore.ask(installation.ports, a_wish(installation, **changes), PROVIDER)


def test_snapshots_are_not_restored_onto_hosts(installation: Installation) -> None:
    """An installation without an object store says so at once."""
    with_backups(installation)
    installation.ground.elsewhere = False
    with pytest.raises(RefusedError, match="set of snapshots"):
        restore.ask(installation.ports, a_wish(installation), PROVIDER)


def test_only_the_provider_restores(installation: Installation) -> None:
    """Art. 30: it is the provider's work."""
    with_backups(installation)
    with pytest.raises(RefusedError, match="unit may not"):
        restore.ask(installation.ports, a_wish(installation), UNIT)


def test_a_backup_that_was_removed_meanwhile_is_told(installation: Installation) -> None:
    """Between asking and doing the rotation may have taken it; nothing else is restored in its place."""
    with_backups(installation)
    authorised(installation, LIVE)
    operation = restore.ask(installation.ports, a_wish(installation), PROVIDER)
    with installation.records.transaction() as tx:
        chosen = tx.backups.get(operation.parameters["backup"])
        tx.backups.put(chosen.model_copy(update={"removed_at": installation.clock.now()}))
    installation.run_all()
    assert installation.operation(operation.id).state is OperationState.FAILED
    assert "restore" not in installation.points.passed
