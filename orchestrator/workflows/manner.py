"""How work that can be rehearsed is asked for."""

from __future__ import annotations

from enum import StrEnum


class Manner(StrEnum):
    """Whether anything is changed."""

    FOR_GOOD = "for-good"
    REHEARSAL = "rehearsal"
    """Only say what would be changed."""
