"""No job enters hosts without the standing authorisation of unit and office (Art. 36)."""

from __future__ import annotations

import pytest

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError
from orchestrator.domain.grants import authorised
from orchestrator.domain.lifecycle import EnvironmentState, OperationState
from orchestrator.domain.records import Actor, Authorisation, Environment, JobKind, Operation, OperationKind, Role
from orchestrator.workflows import requests, rights
from orchestrator.workflows.moves import queue_operation
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, Installation

NAME = "archives-catalogue-test"
CLERK = Actor(name="chen", role=Role.OFFICE, door="cli")


def held(installation: Installation, environment: Environment) -> tuple[Authorisation, ...]:
    """Give the authorisations of an environment's life, newest first."""
    with installation.records.read() as tx:
        return tx.authorisations.of(subject_of(environment))


def backed_up(installation: Installation) -> Operation:
    """Queue a backup and run it."""
    with installation.ports.records.transaction() as tx:
        queued = queue_operation(installation.ports, tx, OperationKind.BACKUP, NAME, None, PROVIDER)
    installation.run_all()
    return installation.operation(queued.id)


def test_an_application_and_its_review_authorise_the_standing_jobs(installation: Installation) -> None:
    """The unit is who submitted, the office who reviewed; the kinds are the rulebook's."""
    environment = installation.make_ready()
    (first,) = held(installation, environment)
    standing = installation.ports.library.rulebook().care.standing_jobs.kinds
    assert (first.by_unit, first.by_office, first.jobs) == (UNIT, OFFICE, standing)
    assert first.in_force
    assert "access.authorised" in installation.actions(NAME)


def test_without_an_authorisation_the_job_does_not_run(installation: Installation) -> None:
    """Either side takes it back alone; the next job of that kind ends before it touched anything."""
    environment = installation.make_ready()
    (first,) = held(installation, environment)
    rights.revoke(installation.ports, first.id, "an inspection", UNIT)
    refused = backed_up(installation)
    assert refused.state is OperationState.FAILED
    assert refused.error is not None
    assert refused.error.rule == "Art. 36"
    assert "tenure access authorise" in str(refused.error.hint)
    assert installation.cloud.of(NAME).backups == {}


def test_provisioning_needs_it(installation: Installation) -> None:
    """Art. 36 knows no job that is too small: nothing is made for hosts that nobody may enter."""
    request = installation.submit()
    installation.run_all()
    installation.approve(request)
    (first,) = held(installation, installation.environment(NAME))
    rights.revoke(installation.ports, first.id, "not yet", OFFICE)
    installation.run_all()
    assert installation.operation_of(request).state is OperationState.FAILED
    assert installation.cloud.found(NAME) == ()


def test_a_reclaim_needs_none(installation: Installation) -> None:
    """Nobody has to let Tenure in for it to take everything away."""
    (first,) = held(installation, installation.make_ready())
    rights.revoke(installation.ports, first.id, "not wanted any more", OFFICE)
    requests.terminate(installation.ports, NAME, OFFICE, "not wanted any more")
    installation.run_all()
    assert installation.environment(NAME).state is EnvironmentState.RETIRED


def test_a_revocation_asks_what_needs_it_to_stop(installation: Installation) -> None:
    """Work under way ends in a known state; work that enters no host goes on."""
    environment = installation.make_ready()
    with installation.ports.records.transaction() as tx:
        entering = queue_operation(installation.ports, tx, OperationKind.BACKUP, NAME, None, PROVIDER)
        other = queue_operation(installation.ports, tx, OperationKind.STOP, NAME, None, PROVIDER)
    (first,) = held(installation, environment)
    rights.revoke(installation.ports, first.id, "an inspection", OFFICE)
    assert installation.operation(entering.id).cancel_asked
    assert not installation.operation(other.id).cancel_asked


def test_it_is_in_force_when_both_sides_agreed(installation: Installation) -> None:
    """One side begins, the other completes; the same person cannot be both."""
    environment = installation.make_ready()
    (begun,) = rights.authorise(installation.ports, NAME, (JobKind.RESTORE,), "data was lost", UNIT)
    assert JobKind.RESTORE not in authorised(held(installation, environment))
    both = UNIT.model_copy(update={"role": Role.OFFICE})
    with pytest.raises(RefusedError, match="cannot agree for the office too"):
        rights.authorise(installation.ports, NAME, (JobKind.RESTORE,), "", both)
    with pytest.raises(RefusedError, match="provider may not"):
        rights.authorise(installation.ports, NAME, (JobKind.RESTORE,), "", PROVIDER)
    (completed,) = rights.authorise(installation.ports, NAME, (JobKind.RESTORE,), "", OFFICE)
    assert (completed.id, completed.in_force) == (begun.id, True)
    assert JobKind.RESTORE in authorised(held(installation, environment))


def test_what_was_revoked_is_given_anew_by_both(installation: Installation) -> None:
    """A revoked authorisation never comes back; a new one takes its place, and the job runs again."""
    environment = installation.make_ready()
    (first,) = held(installation, environment)
    rights.revoke(installation.ports, first.id, "an inspection", UNIT)
    with pytest.raises(ConflictError, match="revoked already"):
        rights.revoke(installation.ports, first.id, "again", UNIT)
    rights.authorise(installation.ports, NAME, (JobKind.BACKUP,), "inspected", CLERK)
    rights.authorise(installation.ports, NAME, (JobKind.BACKUP,), "", UNIT)
    assert [each.in_force for each in held(installation, environment)] == [True, False]
    assert backed_up(installation).state is OperationState.SUCCEEDED


@pytest.mark.parametrize(("jobs", "reason"), [((), "why"), ((JobKind.RESTORE,), " ")])
def test_an_authorisation_says_what_and_why(installation: Installation, jobs: tuple[JobKind, ...], reason: str) -> None:
    """Art. 36: stated kinds of jobs."""
    installation.make_ready()
    with pytest.raises(BadInputError):
        rights.authorise(installation.ports, NAME, jobs, reason, UNIT)


def test_nothing_is_authorised_twice_or_after_the_end(installation: Installation) -> None:
    """What is in force needs no second one, and nobody enters what is gone."""
    installation.make_ready()
    with pytest.raises(ConflictError, match="in force"):
        rights.authorise(installation.ports, NAME, (JobKind.BACKUP,), "again", UNIT)
    requests.terminate(installation.ports, NAME, OFFICE, "tested")
    installation.run_all()
    with pytest.raises(ConflictError, match="nobody enters"):
        rights.authorise(installation.ports, NAME, (JobKind.RESTORE,), "late", UNIT)


def test_a_revocation_states_its_reason(installation: Installation) -> None:
    """Who reads the audit log learns why."""
    (first,) = held(installation, installation.make_ready())
    with pytest.raises(BadInputError, match="reason"):
        rights.revoke(installation.ports, first.id, " ", UNIT)


def test_a_second_review_gives_nothing_back(installation: Installation) -> None:
    """A request that is reviewed again has its authorisation already; what was revoked of it stays revoked."""
    environment = installation.make_ready()
    (first,) = held(installation, environment)
    rights.revoke(installation.ports, first.id, "an inspection", UNIT)
    with installation.ports.records.transaction() as tx:
        rights.found(installation.ports, tx, tx.requests.get(environment.request), OFFICE)
    assert [each.in_force for each in held(installation, environment)] == [False]
