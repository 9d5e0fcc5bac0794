"""What many kinds of records have in common: each has an id of its own and is stored or replaced whole."""

from __future__ import annotations

from typing import Protocol


class Kept[R](Protocol):
    """Records by id."""

    def put(self, record: R, /) -> None:
        """Store or replace by id."""
        ...

    def get(self, record_id: str, /) -> R:
        """Give one; NotFoundError."""
        ...


class KeptOfLives[R](Kept[R], Protocol):
    """Records by id that belong to one life of an environment."""

    def of(self, subject: str, /) -> tuple[R, ...]:
        """Give every one of one life of an environment, newest first, those that are over included."""
        ...
