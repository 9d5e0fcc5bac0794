"""The worker: takes operations up, keeps their leases, sweeps the deadlines, takes over from the dead, and cleans."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orchestrator.adapters.engine.attempt import Attempt
from orchestrator.adapters.engine.changes import changes_of
from orchestrator.adapters.engine.durable import Durable
from orchestrator.adapters.engine.keeper import Held, LeaseKeeper
from orchestrator.adapters.engine.numbers import EngineNumbers
from orchestrator.adapters.engine.reconciler import Reconciler
from orchestrator.adapters.engine.slot import ExecutorSlot
from orchestrator.adapters.engine.teller import Teller
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import Operation
from orchestrator.ports import Execution, Records

log = logging.getLogger(__name__)

LEASE_RETRY_SECONDS = 0.25
SETTLING_SECONDS = 3.0
"""After its start DBOS queues again, in a thread of its own, what this executor left running when it died."""
RING_SECONDS = 0.2
STOP_LOOK_SECONDS = 0.05
OVER = "over"
LEFT = "left-to-go-on"


class Worker:
    """Carries out the operations of one installation; one worker per process (DBOS allows one).

    Args:
        records: The tables.
        database_url: Where they are; DBOS keeps its own beside them.
        home: The installation's home; the executor's lock stands there.
        execute: Carries out one attempt: ``orchestrator.workflows.execution.execute`` with its ports bound.
        sweep: Acts on what is due: ``orchestrator.workflows.sweep.sweep`` with its ports bound.
        watch: Looks at the fleet when it is due: ``orchestrator.workflows.drift.scan_when_due`` with its ports bound;
            in a thread of its own, since a cloud that does not answer must hold up no operation.
        numbers: What may be tuned.

    Raises:
        ConflictError: Too many workers run in this home.
    """

    def __init__(
        self,
        records: Records,
        database_url: str,
        home: Path,
        *,
        execute: Callable[[str, Execution], object],
        sweep: Callable[[], object],
        numbers: EngineNumbers,
        watch: Callable[[], object] = int,
    ) -> None:
        self._records = records
        self._execute = execute
        self._sweep = sweep
        self._watch = watch
        self._numbers = numbers
        self._slot = ExecutorSlot(home)
        self.executor = self._slot.executor
        self._stopping = threading.Event()
        self._active: set[str] = set()
        self._turn = threading.Lock()
        self._teller = Teller(records)
        self._keeper = LeaseKeeper(records, self.executor, numbers)
        self._durable = Durable(database_url, self.executor, numbers.workers, self._carry_out)
        self._reconciler = Reconciler(records, self._durable, self.executor, self._is_active)
        self._changes = changes_of(database_url)
        self._pulse = threading.Thread(target=self._beat, name="engine-pulse", daemon=True)
        self._watching = threading.Thread(target=self._look_out, name="engine-watch", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._keeper.start()
        self._teller.start()
        self._durable.start()
        self._reconciler.hand_over()
        self._reconciler.reconcile()
        self._pulse.start()
        self._watching.start()

    def stop(self) -> tuple[str, ...]:
        """Stop politely within ``stop_seconds``; gives the ids of operations that did not let go.

        Operations stay ``running`` on record and go on at the next start. When some did not let go, the process
        has to end by ``os._exit``: DBOS is left to them until then, and their leases end by themselves.
        """
        self._stopping.set()
        self._durable.stop_taking()
        self._pulse.join()
        self._watching.join(self._numbers.stop_seconds)
        left = self._wait_for_the_active()
        if left:
            self._teller.stop()
            return left
        self._durable.close()
        self._teller.stop()
        self._keeper.stop()
        self._changes.close()
        self._slot.release()
        return ()

    def _wait_for_the_active(self) -> tuple[str, ...]:
        deadline = time.monotonic() + self._numbers.stop_seconds
        while self._active and time.monotonic() < deadline:
            time.sleep(STOP_LOOK_SECONDS)
        return self.active()

    def active(self) -> tuple[str, ...]:
        """Give the ids of the operations that run here now."""
        with self._turn:
            return tuple(sorted(self._active))

    def _is_active(self, operation_id: str) -> bool:
        return operation_id in self._active

    def _carry_out(self, operation_id: str) -> str:
        """Run one attempt under the environment's lease; the body of DBOS's workflow."""
        with self._turn:
            if operation_id in self._active:
                return OVER
            self._active.add(operation_id)
        try:
            held = self._wait_for_lease(operation_id)
            return (
                LEFT if held is None else str(self._execute(operation_id, Attempt(held, self._teller, self._stopping)))
            )
        finally:
            self._keeper.give_back(operation_id)
            with self._turn:
                self._active.discard(operation_id)

    def _wait_for_lease(self, operation_id: str) -> Held | None:
        while not self._stopping.wait(0):
            operation = self._operation(operation_id)
            if operation.state not in {OperationState.QUEUED, OperationState.RUNNING}:
                return None
            held = self._keeper.take(operation)
            if held is not None:
                return held
            self._stopping.wait(LEASE_RETRY_SECONDS)
        return None

    def _operation(self, operation_id: str) -> Operation:
        with self._records.read() as tx:
            return tx.operations.get(operation_id)

    def _beat(self) -> None:
        """Hand over what is new, sweep what is due, take over from the dead, clean; each in its own rhythm."""
        rhythms = [
            Rhythm(self._numbers.sweep_seconds, self._sweep),
            Rhythm(self._numbers.reconcile_seconds, self._reconciler.reconcile),
            Rhythm(self._numbers.clean_seconds, self._clean),
        ]
        settled = time.monotonic() + SETTLING_SECONDS
        settling = Rhythm(RING_SECONDS, self._durable.ring)
        while not self._stopping.wait(self._numbers.watch_seconds):
            try:
                if time.monotonic() < settled:
                    settling.keep(time.monotonic())
                if self._changes.seen():
                    self._reconciler.hand_over()
                for rhythm in rhythms:
                    rhythm.keep(time.monotonic())
            except Exception:
                log.exception("the engine could not do its round; trying again")

    def _look_out(self) -> None:
        """Look at the fleet again and again; what stops a look stops no other."""
        while not self._stopping.wait(self._numbers.fleet_seconds):
            try:
                self._watch()
            except Exception:
                log.exception("the fleet could not be looked at; trying again")

    def _clean(self) -> None:
        """Delete what DBOS keeps of runs that were over long ago; it grows without end otherwise."""
        before = datetime.now(UTC) - timedelta(seconds=self._numbers.keep_seconds)
        self._durable.forget(before, self._numbers.clean_count)


class Rhythm:
    """Something that is done again after a pause, counted from its end."""

    def __init__(self, pause_seconds: float, work: Callable[[], object]) -> None:
        self._pause_seconds = pause_seconds
        self._work = work
        self._next = 0.0

    def keep(self, now: float) -> None:
        """Do the work if its time has come; ``now`` is on ``time.monotonic``'s scale."""
        if now >= self._next:
            self._work()
            self._next = time.monotonic() + self._pause_seconds
