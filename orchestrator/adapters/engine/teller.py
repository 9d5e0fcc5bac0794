"""Events of the work, gathered for a moment: one commit for many, so that a disk's flush is not paid per resource."""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy.exc import DBAPIError
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    sleep_using_event,
    stop_when_event_set,
    wait_exponential,
)

from orchestrator.domain.errors import ConflictError, MissingPartError
from orchestrator.domain.records import Operation, StepEvent
from orchestrator.ports import Records, Transaction

log = logging.getLogger(__name__)

GATHER_SECONDS: Final = 0.1
FLUSH_SECONDS: Final = 30.0
STOP_SECONDS: Final = 10.0
FIRST_PAUSE_SECONDS: Final = 0.05
LONGEST_PAUSE_SECONDS: Final = 2.0


class Told(NamedTuple):
    """One event and where it belongs."""

    operation: Operation
    event: StepEvent
    at: datetime


class Teller:
    """Stores the events of every attempt of a process, in order; a crash loses those of the last tenth of a second.

    While the database cannot be used the events wait here and are tried again; an event that it will never take is
    logged and left out, so that it does not hold up those behind it.

    Args:
        records: Where events go.
        flush_seconds: How long :meth:`flush` waits.
        stop_seconds: How long :meth:`stop` waits for a database that cannot be used.
    """

    def __init__(
        self, records: Records, *, flush_seconds: float = FLUSH_SECONDS, stop_seconds: float = STOP_SECONDS
    ) -> None:
        self._records = records
        self._flush_seconds = flush_seconds
        self._stop_seconds = stop_seconds
        self._waiting: list[Told] = []
        self._told = 0
        self._stored = 0
        self._turn = threading.Condition()
        self._hurry = threading.Event()
        self._stopping = False
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._work, name="event-teller", daemon=True)

    def start(self) -> None:
        """Begin to store."""
        self._thread.start()

    def stop(self) -> None:
        """Store what waits, and end; what could not be stored in time is lost, and the log says how much."""
        with self._turn:
            self._stopping = True
            self._turn.notify_all()
        self._hurry.set()
        self._thread.join(self._stop_seconds)
        self._given_up.set()
        self._thread.join()
        if self._told > self._stored:
            log.error("%d events were never stored: the database could not be used", self._told - self._stored)

    def tell(self, operation: Operation, event: StepEvent, at: datetime) -> None:
        """Take an event."""
        with self._turn:
            self._waiting.append(Told(operation, event, at))
            self._told += 1
            self._turn.notify_all()

    def flush(self) -> None:
        """Wait until what was told so far is stored.

        Raises:
            MissingPartError: It could not be stored in time; it waits on, and the work must not count as done before.
        """
        self._hurry.set()
        with self._turn:
            goal = self._told
            if not self._turn.wait_for(lambda: self._stored >= goal, timeout=self._flush_seconds):
                raise MissingPartError(
                    "the events of the work cannot be stored",
                    detail=f"{goal - self._stored} wait for the database",
                    hint="tenure doctor",
                )

    def _work(self) -> None:
        while not self._given_up.is_set() and self._wait_for_events():
            self._hurry.wait(GATHER_SECONDS)
            self._hurry.clear()
            with self._turn:
                batch = tuple(self._waiting)
            if self._store(batch):
                self._strike(len(batch))

    def _wait_for_events(self) -> bool:
        with self._turn:
            self._turn.wait_for(lambda: self._waiting or self._stopping)
            return bool(self._waiting)

    def _strike(self, count: int) -> None:
        with self._turn:
            del self._waiting[:count]
            self._stored += count
            self._turn.notify_all()

    def _store(self, batch: tuple[Told, ...]) -> bool:
        """Store all, or all but those that can never be stored; False when the teller was stopped before."""
        try:
            self._patiently(batch)
        except Exception as error:
            if _passes(error):
                return False
            if len(batch) > 1:
                return all(self._store((told,)) for told in batch)
            log.exception("an event of %s cannot be stored and is left out", batch[0].operation.id)
        return True

    def _patiently(self, batch: tuple[Told, ...]) -> None:
        tries = Retrying(
            retry=retry_if_exception(_passes),
            wait=wait_exponential(multiplier=FIRST_PAUSE_SECONDS, max=LONGEST_PAUSE_SECONDS),
            stop=stop_when_event_set(self._given_up),
            sleep=sleep_using_event(self._given_up),
            before_sleep=_say_why,
            reraise=True,
        )
        for attempt in tries:
            with attempt:
                self._commit(batch, again=attempt.retry_state.attempt_number > 1)

    def _commit(self, batch: tuple[Told, ...], *, again: bool) -> None:
        with self._records.transaction() as tx:
            if again and _is_there(tx, batch):
                return  # the commit before had come through after all, only its answer was lost
            for operation, event, at in batch:
                tx.operations.add_event(operation, event, at)


def _passes(error: BaseException) -> bool:
    """Whether the same write may succeed later: the database is busy, away or full, not contradicted."""
    if isinstance(error, ConflictError):
        return error.diagnostic.rule != "integrity"
    return isinstance(error, MissingPartError | DBAPIError | OSError)


def _is_there(tx: Transaction, batch: tuple[Told, ...]) -> bool:
    """Whether the newest events of the batch's first operation are the batch's; a batch is stored whole or not."""
    first = batch[0].operation.id
    told = [(each.event, each.at) for each in batch if each.operation.id == first]
    stored = [(each.event, each.at) for each in tx.operations.events(first)]
    return stored[-len(told) :] == told


def _say_why(state: RetryCallState) -> None:
    """Log the first failure of a row of them, and then every tenth."""
    if state.attempt_number % 10 == 1 and state.outcome is not None:
        log.warning("events cannot be stored; trying again: %s", state.outcome.exception())
