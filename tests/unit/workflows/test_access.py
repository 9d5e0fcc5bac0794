"""People enter hosts for a time, when office and unit approved it, and nobody approves his own (Art. 36)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError
from orchestrator.domain.lifecycle import EnvironmentState, GrantState, OperationState
from orchestrator.domain.records import Actor, Grant, Operation, OperationKind, Role
from orchestrator.workflows import access, patches, requests, survey
from orchestrator.workflows.manner import Manner
from orchestrator.workflows.rounds import go_round
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, Installation

NAME = "archives-catalogue-test"
NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
"""Real time, which no driven clock moves."""
HOUR = timedelta(hours=1)
AUDITOR = Actor(name="sun", role=Role.AUDITOR, door="cli")


def asked(installation: Installation, actor: Actor = PROVIDER, minutes: int = 60, roles: tuple[str, ...] = ()) -> Grant:
    """Ask to enter."""
    return access.ask(installation.ports, NAME, roles, minutes, "the disk is full", actor, NOW)


def granted(installation: Installation) -> Grant:
    """Ask, and approve for both sides."""
    grant = asked(installation)
    access.approve(installation.ports, grant.id, UNIT, NOW)
    return access.approve(installation.ports, grant.id, OFFICE, NOW)


def on_record(installation: Installation, grant: Grant) -> Grant:
    """Give a grant as it is on record."""
    with installation.records.read() as tx:
        return tx.grants.get(grant.id)


def issued(installation: Installation, grant: Grant, serial: int, now: datetime = NOW) -> None:
    """Issue a certificate."""
    with installation.records.transaction() as tx:
        access.keep_serial(tx, grant.id, serial, now)


@pytest.fixture
def ready(installation: Installation) -> Installation:
    """An installation with a ready environment."""
    installation.make_ready()
    return installation


def test_a_grant_begins_with_the_second_approval(ready: Installation) -> None:
    """Neither side alone lets anybody in."""
    grant = asked(ready)
    first = access.approve(ready.ports, grant.id, OFFICE, NOW)
    assert (first.state, first.until) == (GrantState.REQUESTED, None)
    with pytest.raises(RefusedError, match="zhao has no grant"):
        access.entering(ready.ports, NAME, "zhao", "", NOW)
    second = access.approve(ready.ports, grant.id, UNIT, NOW + HOUR)
    assert (second.state, second.granted_at, second.until) == (GrantState.GRANTED, NOW + HOUR, NOW + 2 * HOUR)
    assert access.entering(ready.ports, NAME, "zhao", "", NOW + HOUR).id == grant.id
    assert [action for action in ready.actions(NAME) if action.startswith("access.")] == [
        "access.authorised",
        "access.requested",
        "access.approved",
        "access.granted",
    ]


def test_nobody_approves_his_own_or_for_both_sides(ready: Installation) -> None:
    """Four eyes are the office's and the unit's, and not those of who enters."""
    own = asked(ready, OFFICE)
    with pytest.raises(RefusedError, match="wang wants to enter"):
        access.approve(ready.ports, own.id, OFFICE, NOW)
    grant = asked(ready)
    access.approve(ready.ports, grant.id, UNIT, NOW)
    with pytest.raises(RefusedError, match=r"approved .* already"):
        access.approve(ready.ports, grant.id, UNIT.model_copy(update={"name": "sun"}), NOW)
    with pytest.raises(RefusedError, match="cannot agree for the office too"):
        access.approve(ready.ports, grant.id, UNIT.model_copy(update={"role": Role.OFFICE}), NOW)
    with pytest.raises(RefusedError, match="provider may not"):
        access.approve(ready.ports, grant.id, PROVIDER, NOW)


def test_a_grant_is_of_one_person_one_environment_and_its_roles(ready: Installation) -> None:
    """Somebody else does not enter by it, nor does he enter other hosts."""
    grant = asked(ready, roles=("host",))
    for side in (UNIT, OFFICE):
        access.approve(ready.ports, grant.id, side, NOW)
    assert access.entering(ready.ports, NAME, "zhao", "host", NOW).id == grant.id
    for person, role in (("li", "host"), ("zhao", "database")):
        with pytest.raises(RefusedError, match="has no grant") as caught:
            access.entering(ready.ports, NAME, person, role, NOW)
        assert "tenure access request" in str(caught.value.diagnostic.hint)


def test_a_grant_ends_by_itself(ready: Installation) -> None:
    """Nobody has to end it; who looks finds it ended, with the moment in the audit log."""
    grant = granted(ready)
    access.entering(ready.ports, NAME, "zhao", "", NOW + HOUR - timedelta(seconds=1))
    with pytest.raises(RefusedError):
        access.entering(ready.ports, NAME, "zhao", "", NOW + HOUR)
    assert on_record(ready, grant).state is GrantState.ENDED
    assert "access.ended" in ready.actions(NAME)
    assert access.settle(ready.ports, NOW + HOUR) == 0


def test_what_a_grant_was_used_for_is_collected_when_its_time_is_over(ready: Installation) -> None:
    """Nobody has to look: the worker's round ends it, and a job brings the hosts' logs into the audit log, once."""
    grant = granted(ready)
    issued(ready, grant, 77)
    assert go_round(ready.ports, lambda: NOW) == 0
    assert go_round(ready.ports, lambda: NOW + HOUR) == 1
    assert go_round(ready.ports, lambda: NOW + HOUR) == 0
    (job,) = access_jobs(ready)
    assert job.parameters == {"ended": grant.id}


def test_a_grant_that_nobody_used_asks_no_host(ready: Installation) -> None:
    """No certificate was issued for it, so nobody entered by it."""
    granted(ready)
    assert go_round(ready.ports, lambda: NOW + HOUR) == 1
    assert access_jobs(ready) == []


def test_logs_are_collected_after_each_survey(ready: Installation) -> None:
    """What jobs left in the hosts' logs comes into the audit log too, as often as the hosts are surveyed."""
    asked_for = survey.ask(ready.ports, NAME, PROVIDER)
    ready.run_all()
    (job,) = access_jobs(ready)
    assert (job.parameters, job.state) == ({"after": asked_for.id}, OperationState.SUCCEEDED)


def test_a_request_that_nobody_answers_ends(ready: Installation) -> None:
    """What was urgent a week ago is approved for a new reason, or not at all."""
    grant = asked(ready)
    late = NOW + access.ANSWERED_WITHIN
    with pytest.raises(ConflictError, match="grant is ended"):
        access.approve(ready.ports, grant.id, UNIT, late)


def test_more_time_than_the_rulebook_grants_is_refused(ready: Installation) -> None:
    """The rulebook's longest time, and not a minute more."""
    longest = ready.ports.library.rulebook().care.grant_longest.value
    assert asked(ready, minutes=longest).minutes == longest
    with pytest.raises(RefusedError, match="longer than anybody"):
        asked(ready, minutes=longest + 1)


def test_a_request_says_why_and_where(ready: Installation) -> None:
    """A reason, and roles that the environment has; an auditor reads and does not enter."""
    with pytest.raises(BadInputError, match="say why"):
        access.ask(ready.ports, NAME, (), 60, " ", PROVIDER, NOW)
    with pytest.raises(BadInputError, match="no role 'nothing'"):
        asked(ready, roles=("nothing",))
    with pytest.raises(RefusedError, match="auditor may not"):
        asked(ready, AUDITOR)


def test_a_request_is_refused_or_taken_back(ready: Installation) -> None:
    """The office states a reason; who asked needs none."""
    refused, withdrawn = asked(ready), asked(ready)
    with pytest.raises(BadInputError, match="reason"):
        access.refuse(ready.ports, refused.id, "", OFFICE, NOW)
    assert access.refuse(ready.ports, refused.id, "not now", OFFICE, NOW).state is GrantState.REFUSED
    assert access.refuse(ready.ports, withdrawn.id, "", PROVIDER, NOW).ended_by == PROVIDER
    with pytest.raises(ConflictError, match="grant is refused"):
        access.approve(ready.ports, refused.id, UNIT, NOW)


def test_every_certificate_is_kept_with_its_grant(ready: Installation) -> None:
    """A revocation names what was issued; after the end nothing is issued any more."""
    grant = granted(ready)
    issued(ready, grant, 11)
    issued(ready, grant, 12)
    assert on_record(ready, grant).serials == (11, 12)
    with pytest.raises(RefusedError, match="in force no more"):
        issued(ready, grant, 13, NOW + HOUR)


def test_a_revocation_goes_to_the_hosts(ready: Installation) -> None:
    """An access job brings every revoked certificate to every host; the grant issues nothing from then on."""
    grant = granted(ready)
    issued(ready, grant, 11)
    revoked, operation = access.revoke(ready.ports, grant.id, "left the company", UNIT, NOW)
    assert revoked.state is GrantState.REVOKED
    assert operation is not None
    with pytest.raises(RefusedError):
        issued(ready, grant, 12)
    ready.run_all()
    assert ready.operation(operation.id).result["revoked"] == 1
    (play,) = [play for play in ready.configurator.plays if play.playbook == "access"]
    assert (play.variables["access_revoked"], play.variables["access_ended"]) == ("11", ["11"])


def access_jobs(installation: Installation) -> list[Operation]:
    """Give the access jobs on record, newest first."""
    with installation.records.read() as tx:
        return [one for one in tx.operations.list(environment=NAME) if one.kind is OperationKind.ACCESS]


@pytest.mark.parametrize("state", [EnvironmentState.PROVISIONING, EnvironmentState.BROKEN])
def test_a_revocation_in_the_middle_of_a_change_goes_to_the_hosts(ready: Installation, state: EnvironmentState) -> None:
    """Hosts that are being changed, or whose change failed, are entered all the same."""
    grant = granted(ready)
    issued(ready, grant, 11)
    with ready.records.transaction() as tx:
        tx.environments.put(tx.environments.get(NAME).model_copy(update={"state": state}))
    _, operation = access.revoke(ready.ports, grant.id, "left the company", UNIT, NOW)
    assert operation is not None
    ready.run_all()
    assert ready.operation(operation.id).state is OperationState.SUCCEEDED


def test_hosts_that_were_away_are_told_again(ready: Installation) -> None:
    """Patching may have had a host down when a right was revoked, or have led it back to a copy from before."""
    grant = granted(ready)
    issued(ready, grant, 11)
    patching = patches.ask(ready.ports, NAME, Manner.FOR_GOOD, PROVIDER)
    access.revoke(ready.ports, grant.id, "left the company", UNIT, NOW)
    ready.run_all()
    again, first = access_jobs(ready)
    assert (first.parameters, again.parameters) == ({"revoked": grant.id}, {"after": patching.id})
    assert again.state is OperationState.SUCCEEDED


def test_without_revocations_nothing_is_told_again(ready: Installation) -> None:
    """The hosts know all there is to know."""
    issued(ready, granted(ready), 11)
    patches.ask(ready.ports, NAME, Manner.FOR_GOOD, PROVIDER)
    ready.run_all()
    assert access_jobs(ready) == []


def test_a_grant_without_certificates_is_revoked_at_once(ready: Installation) -> None:
    """No host has to know of what nobody ever had; the person himself may give it back."""
    grant = granted(ready)
    with pytest.raises(BadInputError, match="reason"):
        access.revoke(ready.ports, grant.id, "", UNIT, NOW)
    with pytest.raises(RefusedError, match="may not revoke"):
        access.revoke(ready.ports, grant.id, "why not", AUDITOR, NOW)
    revoked, operation = access.revoke(ready.ports, grant.id, "done", PROVIDER, NOW)
    assert (revoked.state, operation) == (GrantState.REVOKED, None)
    with pytest.raises(ConflictError, match="grant is revoked"):
        access.revoke(ready.ports, grant.id, "again", UNIT, NOW)


def test_a_grant_does_not_outlive_its_environment(ready: Installation) -> None:
    """The name may come back; a right to enter what had it before does not come back with it."""
    grant, waiting = granted(ready), asked(ready)
    before = subject_of(ready.environment(NAME))
    requests.terminate(ready.ports, NAME, OFFICE, "tested")
    ready.run_all()
    with pytest.raises(ConflictError, match="nobody enters it"):
        asked(ready)
    assert subject_of(ready.make_ready()) != before
    with pytest.raises(RefusedError):
        access.entering(ready.ports, NAME, "zhao", "", NOW)
    with pytest.raises(ConflictError, match="gone"):
        access.approve(ready.ports, waiting.id, UNIT, NOW)
    issued_before = on_record(ready, grant)
    assert access.revoke(ready.ports, issued_before.id, "tidy", UNIT, NOW)[1] is None


def test_keys_are_vouched_for_by_host_and_fingerprint(ready: Installation) -> None:
    """A slip of the pen is told before anything is queued."""
    with pytest.raises(BadInputError, match="no host 'nothing'"):
        access.certify(ready.ports, NAME, {"nothing": "SHA256:abc"}, PROVIDER)
    with pytest.raises(BadInputError, match="is no fingerprint"):
        access.certify(ready.ports, NAME, {"host-1": "abc"}, PROVIDER)
    queued = access.certify(ready.ports, NAME, {"host-1": "SHA256:abc"}, PROVIDER)
    assert (queued.kind, queued.parameters) == (OperationKind.ACCESS, {"vouched": {"host-1": "SHA256:abc"}})


def test_hosts_that_do_not_run_are_not_asked(ready: Installation) -> None:
    """An environment that is going away has no doors to keep."""
    requests.terminate(ready.ports, NAME, OFFICE, "tested")
    ready.run_all()
    with pytest.raises(ConflictError, match="not entered now"):
        access.look_in(ready.ports, NAME, PROVIDER)
