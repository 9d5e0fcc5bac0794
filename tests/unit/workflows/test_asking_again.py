"""Requests that go back and forth between unit and office, and how they stand meanwhile (Art. 11, 12)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.domain.errors import RefusedError
from orchestrator.domain.lifecycle import EnvironmentState, RequestState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Kind
from orchestrator.domain.submission import Submission
from orchestrator.workflows import requests
from tests.fakes.installation import OFFICE, UNIT, Installation, a_submission
from tests.tenancy_steps import (
    EVENING,
    LIVE,
    TEST,
    WISH,
    a_change,
    about,
    in_trial,
    offline,
    pass_days,
    pass_hours,
)


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


def test_a_waiver_does_not_outlive_the_content_that_it_was_given_for(installation: Installation) -> None:
    """Rejected and handed in anew, larger still: the office's earlier decision was about another size (Art. 14)."""

    def wish(size_gib: int) -> Submission:
        roles = {"host": {"volumes": {"data": size_gib}}}
        return a_submission(environment=WISH | {"roles": roles}, oversize_reason="scans of the whole archive")

    request = requests.submit(installation.ports, wish(4000), UNIT)
    installation.run_all()
    requests.accept(installation.ports, request.id, OFFICE)
    requests.waive(installation.ports, request.id, "envelope", OFFICE, "4000 GiB are needed")
    requests.reject(installation.ports, request.id, OFFICE, "which scans?")
    requests.resubmit(installation.ports, request.id, wish(16000), UNIT)
    installation.run_all()
    requests.accept(installation.ports, request.id, OFFICE)
    with pytest.raises(RefusedError, match="16000 GiB"):
        requests.review(installation.ports, request.id, OFFICE)


def test_evidence_of_an_end_does_not_outlive_a_rejection(installation: Installation) -> None:
    """Art. 16: the system may have gone on in between; it is taken offline and backed up anew, and the clock waits."""
    in_trial(installation)
    request = offline(installation)
    installation.run_all()
    assert len(installation.request(request.id).evidence) == 3
    requests.reject(installation.ports, request.id, OFFICE, "a department still needs it")
    requests.resubmit(installation.ports, request.id, about(Kind.TERMINATE, Stage.TRIAL), UNIT)
    assert installation.request(request.id).evidence == ()
    assert requests.outlook(installation.ports, request.id).by is None
    requests.accept(installation.ports, request.id, OFFICE)
    with pytest.raises(RefusedError, match="offline"):
        requests.review(installation.ports, request.id, OFFICE)


def test_a_loss_that_nobody_signed_is_asked_about(installation: Installation) -> None:
    """Art. 15: an approval of the content does not cover a volume's deletion; the office is shown the plan."""
    in_trial(installation)
    request = requests.submit(installation.ports, a_change(access_from=["198.51.100.0/25"]), UNIT)
    installation.run_all()
    installation.cloud.make(LIVE, "volume", "by-another-hand")
    installation.cloud.know(LIVE, "by-another-hand")
    requests.accept(installation.ports, request.id, OFFICE)
    requests.review(installation.ports, request.id, OFFICE, request.content_digest)
    pass_hours(installation, EVENING)
    again = installation.request(request.id)
    assert (again.state, again.plan_digest != request.plan_digest) == (RequestState.ACCEPTED, True)
    assert "by-another-hand" in installation.cloud.of(LIVE).named()
    requests.review(installation.ports, request.id, OFFICE)
    installation.run_all()
    assert installation.request(request.id).outcome == "changed"
