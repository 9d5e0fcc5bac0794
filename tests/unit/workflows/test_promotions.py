"""A trial becomes production in place: what fails on the way is done again, and nothing is made anew (Art. 14, 22)."""

from __future__ import annotations

import pytest

from orchestrator.domain.lifecycle import EnvironmentState, OperationState, RequestState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Operation, OperationKind
from orchestrator.workflows import operations
from tests.fakes.installation import PROVIDER, Installation
from tests.fakes.points import refuse
from tests.tenancy_steps import LIVE, asked_for_production, hand_in, in_trial, pass_days
from tests.unit.workflows.attempts import die_at_each_point

OLD = "old-data"


@pytest.fixture
def tried(installation: Installation) -> Installation:
    """Give an installation whose system was in its trial for 30 days."""
    in_trial(installation)
    pass_days(installation, 31)
    return installation


def promotion(installation: Installation) -> Operation:
    """Have production asked for and reviewed; gives the operation that carries it out, which waits."""
    installation.approve(hand_in(installation, asked_for_production(installation)))
    queued = installation.newest(LIVE)
    assert queued.kind is OperationKind.PROMOTE
    return queued


def test_a_promotion_that_fails_is_retried(tried: Installation) -> None:
    """The environment counts as broken until then, and stays a trial."""
    queued = promotion(tried)
    tried.points.once("hosts", refuse)
    tried.run(queued)
    assert tried.operation(queued.id).state is OperationState.FAILED
    assert (tried.environment(LIVE).state, tried.environment(LIVE).stage) == (EnvironmentState.BROKEN, Stage.TRIAL)
    operations.retry(tried.ports, queued.id, PROVIDER)
    tried.run_all()
    assert (tried.environment(LIVE).state, tried.environment(LIVE).stage) == (EnvironmentState.READY, Stage.PRODUCTION)


def test_every_point_dies_in_turn(tried: Installation) -> None:
    """Wherever the worker dies, production is entered once and nothing is made a second time."""
    before = tried.cloud.of(LIVE).made
    die_at_each_point(tried, promotion(tried))
    environment = tried.environment(LIVE)
    assert (environment.state, environment.stage) == (EnvironmentState.READY, Stage.PRODUCTION)
    assert tried.cloud.of(LIVE).made == before
    assert tried.actions(LIVE).count("promote.succeeded") == 1


def test_a_promotion_that_would_take_something_away_is_asked_about_again(tried: Installation) -> None:
    """Art. 14: it is made in place; even a signed plan that deletes is not carried out, and the office learns why."""
    tried.cloud.make(LIVE, "volume", OLD)
    tried.cloud.know(LIVE, OLD)
    queued = promotion(tried)
    tried.run_all()
    stopped = tried.operation(queued.id)
    assert stopped.error is not None
    assert (stopped.state, "made in place" in stopped.error.summary) == (OperationState.FAILED, True)
    assert OLD in tried.cloud.of(LIVE).named()
    assert tried.environment(LIVE).stage is Stage.TRIAL
    assert tried.request(str(queued.request)).state is RequestState.ACCEPTED
