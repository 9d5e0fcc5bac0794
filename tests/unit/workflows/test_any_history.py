"""Histories at random over ``execute`` alone: commands, deaths at any point, refusals, clock jumps, hands in the cloud.

Whatever happens, nothing leaves the tables of the three lives, nothing is made twice, nothing goes without its gates
and evidence, and nothing is recorded as retired while the project holds anything.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from orchestrator.adapters.store import DATABASE_FILE, open_records, sqlite_url
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Operation
from orchestrator.workflows.sweep import sweep
from tests.fakes.installation import Installation
from tests.fakes.points import KilledError, Trouble, die, refuse
from tests.histories import AnyHistory
from tests.store import no_queue
from tests.unit.workflows.conftest import unflushed_records

pytestmark = pytest.mark.no_cover  # what chance runs through is no coverage, and counting it takes half as long again

TROUBLES: dict[str, Trouble | None] = {"none": None, "dies": die, "refused": refuse}


def _template() -> Path:
    home = Path(tempfile.mkdtemp())
    open_records(sqlite_url(home), no_queue).close()
    return home / DATABASE_FILE


class History(AnyHistory):
    """Two systems whose operations run when the history says so, one attempt at a time."""

    template: Path | None = None

    @initialize()
    def begin(self) -> None:
        """Start with nothing on record."""
        History.template = History.template or _template()
        self.home = Path(tempfile.mkdtemp())
        self.fresh = unflushed_records(History.template, self.home)
        self.installation = Installation(self.fresh)
        self.open(self.fresh, self.installation.ports, self.installation.cloud, self)

    def teardown(self) -> None:
        """Let go of the database."""
        if hasattr(self, "fresh"):
            self.fresh.close()
            shutil.rmtree(self.home)

    def pass_time(self, by: timedelta) -> None:
        """Move the clock, and let two workers sweep."""
        self.installation.clock.advance(by)
        sweep(self.ports)
        assert sweep(self.ports) == 0

    def work_well(self) -> None:
        """Run everything, oldest first."""
        self.installation.run_all()

    @rule(
        number=st.integers(0, 9),
        trouble=st.sampled_from(sorted(TROUBLES)),
        at=st.integers(1, 60),
        rows_survive=st.booleans(),
    )
    def run(self, number: int, trouble: str, at: int, *, rows_survive: bool) -> None:
        """The engine runs an attempt of the oldest operation of some environment."""
        operation = self._next_operation(number)
        if operation is None:
            return
        points = self.installation.points
        happens = TROUBLES[trouble]
        if happens is not None:
            points.at_number(at, happens)
        if not rows_survive:
            self.installation.kept.clear()
        with suppress(KilledError, OperationFailedError):
            self.installation.run(operation)
        points.calm()

    @rule(number=st.integers(0, 9))
    def run_well(self, number: int) -> None:
        """The engine runs everything of some environment."""
        while (operation := self._next_operation(number)) is not None:
            self.installation.run(operation)

    @invariant()
    def records_tell_the_truth(self) -> None:
        """Retired means empty, ready means whole, after each step."""
        if hasattr(self, "installation"):
            self.what_holds_at_rest()

    def _next_operation(self, number: int) -> Operation | None:
        under_way = self.installation.under_way()
        if not under_way:
            return None
        environment = under_way[number % len(under_way)].environment
        return next(operation for operation in under_way if operation.environment == environment)


History.TestCase.settings = settings(
    max_examples=30, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnyHistory = History.TestCase
