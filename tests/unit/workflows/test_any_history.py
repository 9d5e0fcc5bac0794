"""Histories at random: commands, deaths, refusals, clock jumps and hands in the cloud, in any order.

Whatever happens, nothing leaves the tables of the three lives, nothing is made twice, and nothing is recorded as
retired while the project holds anything.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import event

from orchestrator.adapters.store import DATABASE_FILE, open_records, sqlite_url
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.errors import ConflictError, OperationFailedError
from orchestrator.domain.lifecycle import EnvironmentState, OperationState, RequestState
from orchestrator.domain.records import Operation, OperationKind, Request
from orchestrator.workflows import operations, requests
from orchestrator.workflows.sweep import sweep
from tests.fakes.installation import OFFICE, PROVIDER, Installation
from tests.fakes.points import KilledError, Trouble, die, refuse
from tests.store import fresh_records, no_queue
from tests.unit.workflows.conftest import do_not_flush

SYSTEMS = ("one", "two")
TROUBLES: dict[str, Trouble | None] = {"none": None, "dies": die, "refused": refuse}
WHOLE = 8


def _template() -> Path:
    home = Path(tempfile.mkdtemp())
    open_records(sqlite_url(home), no_queue).close()
    return home / DATABASE_FILE


class History(RuleBasedStateMachine):
    """Two environments and everything that may happen to them."""

    template: Path | None = None

    @initialize()
    def begin(self) -> None:
        """Start with nothing on record."""
        History.template = History.template or _template()
        self.home = Path(tempfile.mkdtemp())
        self.records: SqlRecords = fresh_records(History.template, self.home)
        event.listen(self.records.engine, "connect", do_not_flush)
        self.installation = Installation(self.records)

    def teardown(self) -> None:
        """Let go of the database."""
        if hasattr(self, "records"):
            self.records.close()
            shutil.rmtree(self.home)

    @rule(system=st.sampled_from(SYSTEMS))
    def submit(self, system: str) -> None:
        """Somebody wants an environment."""
        self._may_conflict(lambda: self.installation.submit(system=system))

    @rule(number=st.integers(0, 9), reject=st.booleans())
    def decide(self, number: int, *, reject: bool) -> None:
        """The office takes the next decision on some request."""
        request = self._some_request(number)
        if request is None:
            return
        ports = self.installation.ports
        if reject:
            self._may_conflict(lambda: requests.reject(ports, request.id, OFFICE, "no"))
        elif request.state is RequestState.SUBMITTED:
            requests.accept(ports, request.id, OFFICE)
        else:
            self._may_conflict(lambda: requests.review(ports, request.id, OFFICE))

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

    @rule(number=st.integers(0, 9), cancel=st.booleans())
    def steer(self, number: int, *, cancel: bool) -> None:
        """The provider cancels or retries some operation."""
        with self.records.read() as tx:
            found = tx.operations.list()
        if found:
            command = operations.cancel if cancel else operations.retry
            chosen = found[number % len(found)]
            self._may_conflict(lambda: command(self.installation.ports, chosen.id, PROVIDER))

    @rule(system=st.sampled_from(SYSTEMS))
    def terminate(self, system: str) -> None:
        """The office ends an environment."""
        name = f"archives-{system}-test"
        with self.records.read() as tx:
            known = tx.environments.find(name) is not None
        if known:
            self._may_conflict(lambda: requests.terminate(self.installation.ports, name, OFFICE, "tested"))

    @rule(days=st.sampled_from([0, 1, 3, 20]))
    def time_passes(self, days: int) -> None:
        """Business time moves on, and two workers sweep."""
        self.installation.clock.advance(timedelta(days=days, minutes=1))
        sweep(self.installation.ports)
        assert sweep(self.installation.ports) == 0

    @rule(system=st.sampled_from(SYSTEMS), appears=st.booleans())
    def a_hand_in_the_cloud(self, system: str, *, appears: bool) -> None:
        """Somebody makes or removes something by hand in a project."""
        name = f"archives-{system}-test"
        self.installation.cloud.remove(name, "by-hand")
        if appears and "project" in self.installation.cloud.of(name).named():
            self.installation.cloud.make(name, "volume", "by-hand")

    @invariant()
    def nothing_is_made_twice(self) -> None:
        """There is never a second copy of anything."""
        if hasattr(self, "installation"):
            assert all(self.installation.cloud.of(f"archives-{system}-test").most <= 1 for system in SYSTEMS)

    @invariant()
    def states_tell_the_truth(self) -> None:
        """Retired means empty, ready means whole, and every open request belongs to something that lives."""
        if not hasattr(self, "installation"):
            return
        with self.records.read() as tx:
            for environment in tx.environments.list():
                if environment != tx.environments.get(environment.name):
                    continue  # an earlier life of the same name
                found = self.installation.cloud.found(environment.name)
                if environment.state in {EnvironmentState.RETIRED, EnvironmentState.PLANNED}:
                    assert found == ()
                if environment.state is EnvironmentState.READY and not self._is_busy(environment.name):
                    assert len([thing for thing in found if thing.name != "by-hand"]) == WHOLE
            for request in tx.requests.list():
                assert (request.closed_at is not None) == (request.state is RequestState.CLOSED)

    @invariant()
    def what_is_over_says_why(self) -> None:
        """A failed or partly done operation has its diagnostic, any operation that is over its time."""
        if not hasattr(self, "installation"):
            return
        with self.records.read() as tx:
            for operation in tx.operations.list():
                bad = operation.state in {OperationState.FAILED, OperationState.PARTLY_DONE}
                assert (operation.error is not None) == bad
                assert (operation.finished_at is None) == (operation in self.installation.under_way())

    def _is_busy(self, name: str) -> bool:
        return any(
            operation.environment == name and operation.kind is OperationKind.RETIRE
            for operation in self.installation.under_way()
        )

    def _next_operation(self, number: int) -> Operation | None:
        under_way = self.installation.under_way()
        if not under_way:
            return None
        environment = under_way[number % len(under_way)].environment
        return next(operation for operation in under_way if operation.environment == environment)

    def _some_request(self, number: int) -> Request | None:
        with self.records.read() as tx:
            open_ones = [
                request
                for request in tx.requests.list()
                if request.state in {RequestState.SUBMITTED, RequestState.ACCEPTED}
            ]
        return open_ones[number % len(open_ones)] if open_ones else None

    def _may_conflict(self, command: Callable[[], object]) -> None:
        with suppress(ConflictError):
            command()


History.TestCase.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnyHistory = History.TestCase
