"""Every step of a drill and of a verification fails in turn and dies in turn, and is repeated (Art. 30, 44).

However the way was: in the end there is a report, the backup counts, and nothing is left of the throw-away copy.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.domain.lifecycle import EnvironmentState, OperationState
from orchestrator.domain.records import Operation, ReportKind
from orchestrator.workflows import drill, verify
from tests.fakes.installation import PROVIDER, Installation
from tests.fakes.points import Trouble, die, refuse
from tests.tenancy_steps import LIVE, in_trial, pass_days
from tests.unit.workflows.attempts import Rows, run_to_the_end
from tests.unit.workflows.turns import Turns

COPY = "archives-catalogue-drill"

type Ask = Callable[[Installation], Operation]


def ask_for_a_drill(installation: Installation) -> Operation:
    """Queue a drill."""
    return drill.ask(installation.ports, LIVE, PROVIDER)


def ask_for_a_verification(installation: Installation) -> Operation:
    """Queue a verification."""
    return verify.ask(installation.ports, LIVE, PROVIDER)


KINDS: dict[Ask, ReportKind] = {ask_for_a_drill: ReportKind.DRILL, ask_for_a_verification: ReportKind.VERIFICATION}


def good_end(installation: Installation, operation: Operation, kind: ReportKind) -> None:
    """Check what must hold however the way was."""
    assert installation.operation(operation.id).state is OperationState.SUCCEEDED
    assert installation.cloud.found(COPY) == ()
    assert installation.cloud.of(COPY).lock == ""
    assert installation.cloud.of(COPY).most == 1
    assert installation.environment(COPY).state is EnvironmentState.RETIRED
    assert installation.environment(LIVE).state is EnvironmentState.READY
    with installation.records.read() as tx:
        assert tx.reports.list(environment=LIVE, kind=kind)
        newest = tx.backups.of(f"{LIVE}@{tx.environments.get(LIVE).request}")[0]
    assert newest.compared_at is not None
    assert newest.sound


def begin(installation: Installation) -> None:
    """Lead a system into its trial; a day later its environment has two backups."""
    in_trial(installation)
    pass_days(installation, 1)


@pytest.fixture(scope="module")
def turns(database_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Turns[None]:
    """Give turns."""
    return Turns(database_template, tmp_path_factory.mktemp("turns"), begin)


@pytest.mark.parametrize(
    ("ask", "trouble", "rows"),
    [(ask_for_a_drill, die, Rows.LOST), (ask_for_a_verification, refuse, Rows.SURVIVE)],
    ids=["drill-dies-and-rows-are-lost", "verification-fails"],
)
def test_trouble_at_every_point_in_turn(turns: Turns[None], ask: Ask, trouble: Trouble, rows: Rows) -> None:
    """Whatever step fails or dies, the next attempts end well and leave nothing."""
    clean = turns.fresh()
    operation = ask(clean)
    before = len(clean.points.passed)
    clean.run(operation)
    good_end(clean, operation, KINDS[ask])
    points = clean.points.passed[before:]
    assert len(points) > 20
    for number in range(1, len(points) + 1):
        installation = turns.fresh()
        operation = ask(installation)
        installation.points.at_number(number, trouble)
        run_to_the_end(installation, operation, rows)
        good_end(installation, operation, KINDS[ask])
