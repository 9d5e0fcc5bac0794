"""Whether anybody has committed anything to the database since the last look."""

from __future__ import annotations

import sqlite3
import time
from typing import Final, Protocol

from sqlalchemy import make_url

LOOK_SECONDS: Final = 0.25


class Changes(Protocol):
    """Says whether a look is worth its price."""

    def seen(self) -> bool:
        """Whether something may have been committed since the last call."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


class SqliteChanges:
    """Asks for ``PRAGMA data_version``: it moves when another connection, of any process, commits."""

    def __init__(self, file: str) -> None:
        self._connection = sqlite3.connect(file, check_same_thread=False)
        self._version: object = None

    def seen(self) -> bool:
        """Compare the version with that of the last call."""
        version = self._connection.execute("PRAGMA data_version").fetchone()
        moved = bool(version != self._version)
        self._version = version
        return moved

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class MaybeChanged:
    """For databases that cannot be asked so cheaply: a look is taken four times a second."""

    def __init__(self) -> None:
        self._next = 0.0

    def seen(self) -> bool:
        """Give True when the last look was long enough ago."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + LOOK_SECONDS
        return True

    def close(self) -> None:
        """Do nothing."""


def changes_of(url: str) -> Changes:
    """Give the cheapest way to learn of commits to a database."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return SqliteChanges(parsed.database)
    return MaybeChanged()
