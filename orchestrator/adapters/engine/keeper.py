"""Leases: taken before an attempt, renewed while it works, given back when its children are dead.

Times are real. An attempt that could not renew in time counts as lost even when nobody took the environment over,
because its children have ended themselves by then (DESIGN.md decision 5).
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime

from orchestrator.adapters.engine.numbers import EngineNumbers
from orchestrator.domain.errors import LeaseLostError
from orchestrator.domain.lanes import lane_name
from orchestrator.domain.records import Lease, Operation
from orchestrator.ports import Records, Transaction

log = logging.getLogger(__name__)

WORKER = "worker"


def worker_lease_name(executor: str) -> str:
    """Give the name under which a worker shows that it lives; no environment can be called so."""
    return f"{WORKER}/{executor}"


class Held:
    """One lease in hands; read by the attempt's threads, written by the keeper's.

    Attributes:
        lease: As it was renewed last.
        valid_until: End of the lease on ``time.monotonic``'s scale.
        lost: Another holds it, or it ended before it was renewed.
        cancel_asked: Somebody wants the operation to stop.
    """

    def __init__(self, lease: Lease, valid_until: float) -> None:
        self.lease = lease
        self.valid_until = valid_until
        self.lost = False
        self.cancel_asked = False

    def gone(self) -> bool:
        """Whether the lease no longer protects anything."""
        return self.lost or time.monotonic() >= self.valid_until

    def confirm(self, tx: Transaction) -> None:
        """Raise LeaseLostError unless the lease is still this one."""
        present = tx.leases.holder(self.lease.environment)
        if self.lost or present is None or present.token != self.lease.token:
            raise LeaseLostError(f"{self.lease.environment} is held by another worker")


class LeaseKeeper:
    """Keeps every lease of one worker process, and the sign of life of the process itself."""

    def __init__(self, records: Records, executor: str, numbers: EngineNumbers) -> None:
        self._records = records
        self._executor = executor
        self._numbers = numbers
        self._held: dict[str, Held] = {}
        self._turn = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease-keeper", daemon=True)
        self._sign: Held | None = None

    def start(self) -> None:
        """Give the first sign of life and begin to renew."""
        self._sign = self._acquire(worker_lease_name(self._executor), WORKER)
        self._thread.start()

    def stop(self) -> None:
        """Stop renewing and give back the sign of life."""
        self._stop.set()
        self._thread.join()
        if self._sign is not None:
            self._release(self._sign)

    def take(self, operation: Operation) -> Held | None:
        """Take the lease of an operation's lane, or None while another operation holds it."""
        held = self._acquire(lane_name(operation), operation.id)
        if held is not None:
            with self._turn:
                self._held[operation.id] = held
        return held

    def give_back(self, operation_id: str) -> None:
        """Release the lease of an operation whose children are dead."""
        with self._turn:
            held = self._held.pop(operation_id, None)
        if held is not None and not held.lost:
            self._release(held)

    def _acquire(self, name: str, operation: str) -> Held | None:
        seconds = self._numbers.lease_seconds
        valid_until = time.monotonic() + seconds
        with self._records.transaction() as tx:
            lease = tx.leases.acquire(name, operation, self._executor, datetime.now(UTC), seconds)
        return None if lease is None else Held(lease, valid_until)

    def _release(self, held: Held) -> None:
        with self._records.transaction() as tx:
            tx.leases.release(held.lease)

    def _keep(self) -> None:
        next_renewal = time.monotonic() + self._numbers.heartbeat_seconds
        while not self._stop.wait(self._pause()):
            try:
                self._look_for_cancellations()
                if time.monotonic() >= next_renewal:
                    self._renew_all()
                    next_renewal = time.monotonic() + self._numbers.heartbeat_seconds
            except Exception:
                log.exception("the leases could not be renewed; trying again")

    def _pause(self) -> float:
        return self._numbers.cancel_look_seconds if self._held else self._numbers.heartbeat_seconds

    def _all(self) -> dict[str, Held]:
        with self._turn:
            return dict(self._held)

    def _look_for_cancellations(self) -> None:
        held = self._all()
        if held:
            with self._records.read() as tx:
                for operation_id, each in held.items():
                    each.cancel_asked = tx.operations.get(operation_id).cancel_asked

    def _renew_all(self) -> None:
        leases = [*self._all().values(), *([self._sign] if self._sign else [])]
        seconds = self._numbers.lease_seconds
        valid_until = time.monotonic() + seconds
        with self._records.transaction() as tx:
            for held in leases:
                renewed = None if held.gone() else tx.leases.renew(held.lease, datetime.now(UTC), seconds)
                if renewed is None:
                    held.lost = True
                else:
                    held.lease, held.valid_until = renewed, valid_until
        if self._sign is not None and self._sign.lost:
            self._sign = self._acquire(worker_lease_name(self._executor), WORKER)
