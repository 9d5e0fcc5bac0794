"""Histories at random over real workers: DBOS on SQLite, processes that are killed, a clock that jumps, a fake cloud.

The rules are those of tests/histories.py; the commands come from this process while a worker in another one goes on
with whatever is there. Each history begins with an empty installation. ``TENURE_TEST_HISTORY_SECONDS`` says for how
long histories are made (60 by default); what is left of the last one is still told.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from subprocess import Popen
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from orchestrator.adapters.clock import DrivenClock
from orchestrator.adapters.engine import row_queue
from orchestrator.adapters.ids import SortableIds
from orchestrator.adapters.store import DATABASE_FILE, open_records, sqlite_url
from orchestrator.domain.lifecycle import OperationState
from tests.fakes.clock import START
from tests.fakes.cloud import FakeCloud
from tests.fakes.installation import fake_ports
from tests.fakes.points import Points
from tests.histories import AnyHistory
from tests.integration.engine.conftest import Workshop

SECONDS = float(os.environ.get("TENURE_TEST_HISTORY_SECONDS", "60"))
STEPS_OF_ONE = 60
"""Rules that one history follows; many of them take several commands."""
EXAMPLES = 12
"""The first two examples of each run of hypothesis are the simplest ones, in which next to nothing happens."""
REST_SECONDS = 60.0
LOOK_SECONDS = 0.02
SWEPT_SECONDS = 0.15
"""Longer than the pause between two sweeps: what is due by then has been queued."""
UNDER_WAY = (OperationState.QUEUED, OperationState.RUNNING)
LIMIT = 10_000
NUMBERS = {"sweep_seconds": 0.1, "reconcile_seconds": 0.2, "heartbeat_seconds": 0.5, "lease_seconds": 5.0}


class History(AnyHistory):
    """Two systems, and at most one worker that lives for a while.

    Attributes:
        program: Forks workers.
        template: A database that the store and DBOS have prepared.
        until: When the time for histories is over, on ``time.monotonic``'s scale.
        histories, followed: How many were begun, and how many rules were followed in all of them.
        kills: How many workers were killed, by a signal or at a point of their work.
    """

    program: ClassVar[Popen[str]]
    template: ClassVar[Path]
    until: ClassVar[float]
    histories: ClassVar[int] = 0
    followed: ClassVar[int] = 0
    kills: ClassVar[int] = 0

    @initialize()
    def begin(self) -> None:
        """Start with nothing on record; when the time is over nothing happens in a history any more."""
        self.over = time.monotonic() >= self.until
        History.histories += not self.over
        self.home = Path(tempfile.mkdtemp(prefix="tenure-history-"))
        (self.home / "cloud").mkdir()
        shutil.copyfile(self.template, self.home / DATABASE_FILE)
        url = sqlite_url(self.home)
        self.clock = DrivenClock(self.home / "clock.json")
        self.clock.set(START)
        self.healthy = False
        self.shop = Workshop(self.home, url, self.program, open_records(url, row_queue))
        cloud = FakeCloud(Points(), self.home / "cloud")
        self.open(self.shop.records, fake_ports(self.shop.records, cloud, self.clock, SortableIds()), cloud, self)

    def teardown(self) -> None:
        """Come to rest, look once more, and let go of everything."""
        if not hasattr(self, "shop"):
            return
        try:
            if self._operations():
                self.work_well()
            History.followed += 0 if self.over else self.steps
        finally:
            for process in list(self.shop.processes):
                self.shop.end(process)
            self.shop.records.close()
            shutil.rmtree(self.home)

    def pass_time(self, by: timedelta) -> None:
        """Move the clock; a worker that lives sweeps by itself, also while this goes on."""
        if not self.over:
            self.clock.advance(by)

    def work_well(self) -> None:
        """Let a worker without trouble do everything, then compare the records with the cloud."""
        if self.over:
            return
        if not (self.healthy and self._lives()):
            self._begin()
        end = time.monotonic() + REST_SECONDS
        while not self._rests():
            assert time.monotonic() < end, f"no rest comes: {self._operations()}"
            time.sleep(LOOK_SECONDS)

    def _rests(self) -> bool:
        """Whether nothing was under way while the records were compared with the cloud; raises what did not fit."""
        before = self._operations()
        if any(state.startswith(UNDER_WAY) for state in before.values()):
            return False
        time.sleep(SWEPT_SECONDS)
        try:
            self.what_holds_at_rest()
        except AssertionError:
            if self._operations() == before:
                raise
        return self._operations() == before

    def _operations(self) -> dict[str, str]:
        with self.records.read() as tx:
            return {each.id: f"{each.state}/{each.attempt}" for each in tx.operations.list(limit=LIMIT)}

    @rule(trouble=st.sampled_from(["none", "kill_at", "refuse_at"]), at=st.integers(1, 80))
    def a_worker_starts(self, trouble: str, at: int) -> None:
        """A worker takes over, and perhaps it or the cloud will fail at some point."""
        if not self.over:
            self._begin(**({} if trouble == "none" else {trouble: at}))

    @rule(number=st.sampled_from([signal.SIGKILL, signal.SIGTERM]), after_milliseconds=st.integers(0, 400))
    def a_worker_ends(self, number: signal.Signals, after_milliseconds: int) -> None:
        """The worker is killed, or stopped politely, some moments later."""
        if self._lives():
            time.sleep(after_milliseconds / 1000)
        self._end(number)

    def may_be_refused(self, command: Callable[[], object]) -> None:
        """Give a command while there is time."""
        if not self.over:
            super().may_be_refused(command)

    @rule()
    def all_comes_to_rest(self) -> None:
        """Everything that is under way is done."""
        self.work_well()

    def _begin(self, **trouble: int) -> None:
        self._end()
        self.shop.start(clock=str(self.home / "clock.json"), numbers=NUMBERS, **trouble)
        self.healthy = not trouble

    def _end(self, number: int = signal.SIGKILL) -> None:
        if self.shop.processes and not self._lives():
            self.shop.processes.clear()
            History.kills += 1
        for process in list(self.shop.processes):
            History.kills += number == signal.SIGKILL
            self.shop.end(process, number)

    def _lives(self) -> bool:
        return any(Path(f"/proc/{process}").exists() for process in self.shop.processes)


@pytest.fixture(scope="module")
def template(program: Popen[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database in which a worker has run once: preparing DBOS's tables takes a second."""
    home = tmp_path_factory.mktemp("template") / "home"
    (home / "cloud").mkdir(parents=True)
    url = sqlite_url(home)
    shop = Workshop(home, url, program, open_records(url, row_queue))
    assert shop.work() == 0
    with shop.records.read() as tx:
        assert tx.operations.list(state=OperationState.RUNNING) == ()
    shop.records.close()
    return home / DATABASE_FILE


SOME = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS_OF_ONE,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.slow
@pytest.mark.timeout(int(10 * SECONDS + 600))
def test_any_history_over_real_workers(program: Popen[str], template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No commands, kills, clock jumps and repeated deliveries lead out of the tables or past gates and evidence."""
    History.program, History.template = program, template
    History.until = time.monotonic() + SECONDS
    while time.monotonic() < History.until:
        run_state_machine_as_test(History, settings=SOME)
    told = f"{History.histories} histories, {History.followed} steps, {History.kills} killed workers"
    with capsys.disabled():
        print(f"\n{told} in {SECONDS:.0f} s")  # noqa: T201  how far a run went is its result
    assert History.followed > History.histories
