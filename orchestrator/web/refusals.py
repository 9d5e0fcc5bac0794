"""Refused calls, counted in memory and written in batches.

A flood of bad signatures must not hold the database's one writer, so a call only counts, and once a second one
transaction writes what came together. A kill loses the counts of that second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from orchestrator.ports import Records

MAXIMUM_SOURCES: Final = 200
"""Sources with lines of their own between two flushes; what comes on top is told together."""
OTHERS: Final = "other sources"

Key = tuple[str, str, datetime]
"""Source, reason, and the instant cut to its minute."""


class RefusalTally:
    """Counts refusals per source, reason and minute; used from several threads.

    Args:
        records: Where the counts go.
        now: Real time, never the driven clock.
    """

    def __init__(self, records: Records, now: Callable[[], datetime]) -> None:
        self._records = records
        self._now = now
        self._lock = Lock()
        self._counts: Counter[Key] = Counter()
        self._open_minute: datetime | None = datetime.min.replace(tzinfo=UTC)  # an earlier process may have left some

    def count(self, source: str, reason: str) -> None:
        """Count one refused call."""
        minute = _minute(self._now())
        with self._lock:
            known = {key[0] for key in self._counts}
            named = source if source in known or len(known) < MAXIMUM_SOURCES else OTHERS
            self._counts[named, reason, minute] += 1

    def flush(self) -> None:
        """Write the counts, and the audit lines of minutes that are over; when that fails the counts stay."""
        now = self._now()
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts and (self._open_minute is None or self._open_minute >= _minute(now)):
            return
        try:
            self._write(counts, now)
        except BaseException:
            with self._lock:
                self._counts.update(counts)
            raise
        self._open_minute = _minute(now) if counts else None

    def _write(self, counts: Counter[Key], now: datetime) -> None:
        with self._records.transaction() as tx:
            for (source, reason, minute), count in counts.items():
                tx.senders.count_refusal(source, reason, minute, count)
            tx.senders.flush_refusals(now)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
