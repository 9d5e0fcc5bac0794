"""Every step of every operation fails in turn, dies in turn, and is repeated (STYLE.md: sagas of omicron).

A clean run tells how many points there are; then each has its turn. Points lie before and after every commit, around
every kept step, and on both sides of every create and remove of the cloud.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.domain.lifecycle import EnvironmentState, RequestState
from orchestrator.domain.records import Request
from orchestrator.workflows import requests
from tests.fakes.installation import OFFICE, Installation
from tests.fakes.points import Trouble, die, refuse
from tests.unit.workflows.attempts import Rows, die_at_each_point, run_to_the_end
from tests.unit.workflows.turns import Turns

NAME = "archives-catalogue-test"


def begin_provision(installation: Installation) -> Request:
    """Lead a request to where provisioning is queued."""
    request = installation.submit()
    installation.run_all()
    return installation.approve(request)


def begin_retire(installation: Installation) -> Request:
    """Lead an environment to where its retirement is queued."""
    installation.make_ready()
    return requests.terminate(installation.ports, NAME, OFFICE, "tested")


def good_end(installation: Installation, request: Request) -> None:
    """Check what must hold however the way was: the right end, once, without second copies or leftovers."""
    assert installation.request(request.id).state is RequestState.CLOSED
    assert installation.cloud.of(NAME).most == 1
    assert installation.cloud.of(NAME).lock == ""
    environment = installation.environment(NAME)
    actions = installation.actions(NAME)
    if request.kind == "test":
        assert environment.state is EnvironmentState.READY
        assert len(installation.cloud.found(NAME)) == 8
        assert actions.count("provision.succeeded") == 1
        assert installation.notices(NAME).count("environment-ready") == 1
    else:
        assert environment.state is EnvironmentState.RETIRED
        assert installation.cloud.found(NAME) == ()
        assert actions.count("environment.retired") == 1
        assert installation.notices(NAME).count("environment-retired") == 1


@pytest.fixture(scope="module", params=[begin_provision, begin_retire], ids=["provision", "retire"])
def turns(
    request: pytest.FixtureRequest, database_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Turns[Request]:
    """Give turns for each operation that changes resources."""
    return Turns(database_template, tmp_path_factory.mktemp("turns"), request.param)


@pytest.mark.parametrize(
    ("trouble", "rows"),
    [(refuse, Rows.SURVIVE), (die, Rows.SURVIVE), (die, Rows.LOST)],
    ids=["fails", "dies", "dies-and-rows-are-lost"],
)
def test_trouble_at_every_point_in_turn(turns: Turns[Request], trouble: Trouble, rows: Rows) -> None:
    """Whatever step fails or dies, and whether or not the engine's rows survive, the next attempts end well, once."""
    points = points_of(turns)
    assert len(points) > 20
    for number in range(1, len(points) + 1):
        installation = turns.fresh()
        installation.points.at_number(number, trouble)
        run_to_the_end(installation, installation.under_way()[0], rows)
        good_end(installation, turns.begun)


def points_of(turns: Turns[Request]) -> list[str]:
    """Give the points of a clean run."""
    installation = turns.fresh()
    installation.run(installation.under_way()[0])
    good_end(installation, turns.begun)
    return installation.points.passed


def test_every_point_dies_once_in_one_life(turns: Turns[Request]) -> None:
    """One operation whose every attempt dies one point later than the one before still ends well, once."""
    installation = turns.fresh()
    die_at_each_point(installation, installation.under_way()[0])
    good_end(installation, turns.begun)


def test_every_step_repeated(turns: Turns[Request]) -> None:
    """A run that is started again after its end does nothing."""
    installation = turns.fresh()
    operation = installation.under_way()[0]
    installation.run(operation)
    made = installation.cloud.of(NAME).made
    actions = installation.actions(NAME)
    installation.run(operation)
    installation.run(operation)
    assert (installation.cloud.of(NAME).made, installation.actions(NAME)) == (made, actions)
    good_end(installation, turns.begun)
