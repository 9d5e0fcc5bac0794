"""Findings of high and low risk: cut off at once, or a day by which it is fixed (Art. 37)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.domain.errors import ConflictError
from orchestrator.domain.lifecycle import EnvironmentState, OperationState, RequestState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Kind
from orchestrator.workflows import operations, requests
from tests.fakes.installation import OFFICE, PROVIDER, Installation
from tests.fakes.points import refuse
from tests.tenancy_steps import (
    LIVE,
    about,
    done,
    in_trial,
    pass_days,
)


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


def test_a_suspension_that_fails_stays_open_and_is_retried(installation: Installation) -> None:
    """Until every server is cut off nobody is told that it is."""
    in_trial(installation)
    installation.points.once("connect", refuse)
    request = done(installation, about(Kind.SUSPEND, Stage.TRIAL, severity="high"), PROVIDER)
    failed = installation.operation_of(request)
    assert (failed.state, request.outcome) == (OperationState.FAILED, "")
    assert installation.environment(LIVE).state is EnvironmentState.READY
    operations.retry(installation.ports, failed.id, PROVIDER)
    installation.run_all()
    assert installation.request(request.id).outcome == "suspended"


def test_a_low_risk_gets_a_day_and_then_opens_a_suspension(installation: Installation) -> None:
    """Art. 37: not fixed by its day, the office is asked for forced handling; nothing is stopped by itself."""
    in_trial(installation)
    done(installation, about(Kind.SUSPEND, Stage.TRIAL, severity="low", fix_by="2026-03-06"), PROVIDER)
    pass_days(installation, 6)
    with installation.records.read() as tx:
        opened = tx.requests.list(environment=LIVE)[0]
    assert (opened.kind, opened.state) == (Kind.SUSPEND, RequestState.SUBMITTED)
    assert installation.environment(LIVE).state is EnvironmentState.READY


def test_a_day_that_passes_while_it_is_suspended_asks_for_nothing(installation: Installation) -> None:
    """Art. 37: what is cut off already needs no forced handling."""
    in_trial(installation)
    done(installation, about(Kind.SUSPEND, Stage.TRIAL, severity="low", fix_by="2026-03-06"), PROVIDER)
    high = done(installation, about(Kind.SUSPEND, Stage.TRIAL, severity="high"), PROVIDER)
    pass_days(installation, 6)
    with installation.records.read() as tx:
        assert tx.requests.list(environment=LIVE)[0].id == high.id


def test_a_day_to_fix_something_lies_ahead(installation: Installation) -> None:
    """Art. 37: a day that has passed is refused by the review that would set it."""
    in_trial(installation)
    late = about(Kind.SUSPEND, Stage.TRIAL, severity="low", fix_by="2026-03-06")
    request = requests.submit(installation.ports, late, PROVIDER)
    installation.clock.advance(timedelta(days=30))
    with pytest.raises(ConflictError, match="has passed"):
        installation.approve(request)


def test_a_fixed_finding_opens_nothing(installation: Installation) -> None:
    """Art. 37: confirmed by the office in time, the day passes without a suspension."""
    in_trial(installation)
    request = done(installation, about(Kind.SUSPEND, Stage.TRIAL, severity="low", fix_by="2026-03-06"), PROVIDER)
    requests.confirm_fixed(installation.ports, request.id, OFFICE, "patched, seen in the scan")
    pass_days(installation, 6)
    with installation.records.read() as tx:
        assert tx.requests.list(environment=LIVE)[0].id == request.id
