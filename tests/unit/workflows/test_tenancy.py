"""The whole life of a tenancy over fakes: extend, trial, change, suspension, production, termination with proof."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.domain.errors import BadInputError, NotFoundError, RefusedError
from orchestrator.domain.lifecycle import EnvironmentState, OperationState, RequestState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import DeadlineKind, EvidenceKind, Kind, OperationKind, Request
from orchestrator.workflows import operations, requests
from orchestrator.workflows.sweep import sweep
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, Installation
from tests.fakes.points import refuse
from tests.tenancy_steps import (
    EVENING,
    LIVE,
    TEST,
    a_change,
    about,
    asked_for_production,
    decided,
    done,
    hand_in,
    in_trial,
    pass_days,
    pass_hours,
)


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


def test_a_change_waits_while_its_environment_is_worked_on(installation: Installation) -> None:
    """Art. 15: the window opens, but the environment is not as the plan found it; the next round looks again."""
    in_trial(installation)
    decided(installation, requests.submit(installation.ports, a_change(access_from=["198.51.100.0/25"]), UNIT))
    stands(installation, EnvironmentState.BROKEN)
    pass_hours(installation, EVENING)
    assert installation.newest(LIVE).kind is not OperationKind.CHANGE
    stands(installation, EnvironmentState.READY)
    pass_hours(installation, timedelta(minutes=5))
    assert installation.newest(LIVE).kind is OperationKind.CHANGE


def stands(installation: Installation, state: EnvironmentState) -> None:
    """Put the live environment into a state."""
    with installation.records.transaction() as tx:
        tx.environments.put(tx.environments.get(LIVE).model_copy(update={"state": state}))


def test_who_confirms_or_evaluates_says_why(installation: Installation) -> None:
    """A decision without a reason is none; a finding that set no day is not confirmed as fixed (Art. 21, 37)."""
    in_trial(installation)
    ending = requests.submit(installation.ports, about(Kind.TERMINATE, Stage.TRIAL), UNIT)
    with pytest.raises(BadInputError, match="say what was done"):
        requests.confirm(installation.ports, ending.id, EvidenceKind.OFFLINE, UNIT, " ")
    with pytest.raises(BadInputError, match="says why"):
        requests.evaluate(installation.ports, TEST, OFFICE, requests.TestVerdict.PASSED, " ")
    with pytest.raises(NotFoundError, match="set no day"):
        requests.confirm_fixed(installation.ports, ending.id, OFFICE, "patched")
    with pytest.raises(BadInputError, match="has no plan"):
        requests.replan(installation.ports, ending.id, PROVIDER)
