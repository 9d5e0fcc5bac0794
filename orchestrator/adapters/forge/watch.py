"""Keeps looking at pull requests: at once when a webhook told of one, and now and then at all of them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from orchestrator.domain.errors import TenureError
from orchestrator.domain.records import Lease
from orchestrator.ports import Records

log = logging.getLogger("tenure.pull_requests")

LEASE_SECONDS = 900.0
"""A check ends within it; a watcher that was killed keeps others out for so long, but not itself started again."""
RENEW_SECONDS = 60.0
WORK = "pull-requests"


@dataclass(frozen=True)
class WatchNumbers:
    """What may be tuned.

    Attributes:
        look_seconds: Pause between two looks for what webhooks told; a look reads one index.
        poll_seconds: Pause between two looks at the forge for what no webhook told.
        away_seconds: Pause after the forge did not answer.
    """

    look_seconds: float = 0.5
    poll_seconds: float = 60.0
    away_seconds: float = 10.0


class WatchControl:
    """Implements :class:`orchestrator.ports.RunControl` for checks: until the watch stops, or its lease ends."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.ends = time.monotonic() + LEASE_SECONDS

    def cancelled(self) -> bool:
        """Whether the watch is to stop."""
        return self.stopping.is_set()

    def valid_until(self) -> float:
        """Give the end of the lease on ``time.monotonic``'s scale."""
        return self.ends


class PullWatch:
    """Looks at the pull requests of one forge, in a thread of its own; one watch at a time looks.

    Args:
        forge: Its name.
        records: Where the lease is.
        holder: Executor id of this process.
        control: Shared with the checks.
        look: Looks at what webhooks told.
        poll: Looks at what no webhook told.
        now: Real time.
        numbers: What may be tuned.
    """

    def __init__(
        self,
        forge: str,
        records: Records,
        holder: str,
        control: WatchControl,
        *,
        look: Callable[[], object],
        poll: Callable[[], object],
        now: Callable[[], datetime],
        numbers: WatchNumbers,
    ) -> None:
        self._subject = f"forge/{forge}"
        self._records = records
        self._holder = holder
        self._control = control
        self._look = look
        self._poll = poll
        self._now = now
        self._numbers = numbers
        self._lease: Lease | None = None
        self._renew_at = 0.0
        self._poll_at = 0.0
        self._thread = threading.Thread(target=self._run, name="pull-watch", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; a check that is under way is broken off and made again later."""
        self._control.stopping.set()
        self._thread.join()
        if self._lease is not None:
            with self._records.transaction() as tx:
                tx.leases.release(self._lease)

    def _run(self) -> None:
        pause = 0.0
        while not self._control.stopping.wait(pause):
            try:
                pause = self._round()
            except TenureError as error:
                log.warning("%s: %s", error.diagnostic.summary, error.diagnostic.detail)
                pause = self._numbers.away_seconds
            except Exception:
                # What nobody thought of must not end the watch: the next round may do better, and the log tells.
                log.exception("pull requests could not be looked at; trying again")
                pause = self._numbers.away_seconds

    def _round(self) -> float:
        """Look once; gives the pause until the next round."""
        if not self._leads():
            return self._numbers.away_seconds
        self._look()
        if time.monotonic() >= self._poll_at:
            self._poll()
            self._poll_at = time.monotonic() + self._numbers.poll_seconds
        return self._numbers.look_seconds

    def _leads(self) -> bool:
        """Take the lease or keep it; False while another process looks."""
        if self._lease is not None and time.monotonic() < self._renew_at:
            return True
        began = time.monotonic()
        with self._records.transaction() as tx:
            self._lease = tx.leases.acquire(self._subject, WORK, self._holder, self._now(), LEASE_SECONDS)
        self._control.ends = began + LEASE_SECONDS
        self._renew_at = began + RENEW_SECONDS
        return self._lease is not None
