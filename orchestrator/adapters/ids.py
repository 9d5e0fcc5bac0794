"""Ids that sort by time: ``req-01k9x3v8d2h7m4qwt0ze``."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import Final

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base32 in lower case: no i, l, o, u; it sorts as its numbers do."""
BITS_PER_LETTER: Final = 5
RANDOM_BITS: Final = 50
LETTERS: Final = 20
"""Ten letters of milliseconds since 1970 (enough until the year 37648) and ten random ones."""


class SortableIds:
    """Implements :class:`orchestrator.ports.Ids`; within one process every id is greater than the one before.

    Args:
        clock_nanoseconds: Real time; ids follow it even when business time is driven.
        random_bits: Gives that many random bits.
    """

    def __init__(
        self,
        clock_nanoseconds: Callable[[], int] = time.time_ns,
        random_bits: Callable[[int], int] = secrets.randbits,
    ) -> None:
        self._clock_nanoseconds = clock_nanoseconds
        self._random_bits = random_bits
        self._last = 0
        self._turn = threading.Lock()

    def new(self, prefix: str) -> str:
        """Give ``prefix-`` and a part that is unique and sorts by time; matches ``^[a-z0-9-]{1,64}$``."""
        milliseconds = self._clock_nanoseconds() // 1_000_000
        number = (milliseconds << RANDOM_BITS) | self._random_bits(RANDOM_BITS)
        with self._turn:
            self._last = max(number, self._last + 1)  # the same millisecond, or a clock that was set back
            number = self._last
        return f"{prefix}-{_letters(number)}"


def _letters(number: int) -> str:
    shifts = range((LETTERS - 1) * BITS_PER_LETTER, -1, -BITS_PER_LETTER)
    return "".join(ALPHABET[(number >> shift) & (len(ALPHABET) - 1)] for shift in shifts)
