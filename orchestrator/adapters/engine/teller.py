"""Events of the work, gathered for a moment: one commit for many, so that a disk's flush is not paid per resource."""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from typing import Final

from orchestrator.domain.records import Operation, StepEvent
from orchestrator.ports import Records

log = logging.getLogger(__name__)

GATHER_SECONDS: Final = 0.1
FLUSH_SECONDS: Final = 30.0


class Teller:
    """Stores the events of every attempt of a process, in order; a crash loses those of the last tenth of a second."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._waiting: list[tuple[Operation, StepEvent, datetime]] = []
        self._told = 0
        self._stored = 0
        self._turn = threading.Condition()
        self._hurry = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="event-teller", daemon=True)

    def start(self) -> None:
        """Begin to store."""
        self._thread.start()

    def stop(self) -> None:
        """Store what waits, and end."""
        with self._turn:
            self._stopping = True
            self._turn.notify_all()
        self._hurry.set()
        self._thread.join()

    def tell(self, operation: Operation, event: StepEvent, at: datetime) -> None:
        """Take an event."""
        with self._turn:
            self._waiting.append((operation, event, at))
            self._told += 1
            self._turn.notify_all()

    def flush(self) -> None:
        """Wait until what was told so far is stored, but not for ever."""
        self._hurry.set()
        with self._turn:
            goal = self._told
            self._turn.wait_for(lambda: self._stored >= goal, timeout=FLUSH_SECONDS)

    def _work(self) -> None:
        while self._wait_for_events():
            self._hurry.wait(GATHER_SECONDS)
            self._hurry.clear()
            with self._turn:
                batch, self._waiting = self._waiting, []
            self._store(batch)
            with self._turn:
                self._stored += len(batch)
                self._turn.notify_all()

    def _wait_for_events(self) -> bool:
        with self._turn:
            self._turn.wait_for(lambda: self._waiting or self._stopping)
            return bool(self._waiting)

    def _store(self, batch: list[tuple[Operation, StepEvent, datetime]]) -> None:
        try:
            with self._records.transaction() as tx:
                for operation, event, at in batch:
                    tx.operations.add_event(operation, event, at)
        except Exception:
            log.exception("%d events could not be stored", len(batch))
