"""Milliseconds for DBOS on SQLite before 3.42, which Debian 12 still has.

DBOS asks ``unixepoch('subsec')`` for every time stamp; older SQLite answers NULL. There our own function of that name
answers, so that DBOS keeps its time stamps and needs no newer library.
"""

from __future__ import annotations

import sqlite3
import time
from typing import Any, Final

SINCE: Final = (3, 42, 0)
"""First version that knows the modifier."""


class ConnectionWithMoments(sqlite3.Connection):
    """A connection on which ``unixepoch('subsec')`` is real time in seconds with its fraction."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  as sqlite3.connect takes them
        super().__init__(*args, **options)
        if sqlite3.sqlite_version_info < SINCE:
            self.create_function("unixepoch", 1, _unixepoch)


def _unixepoch(moment: str) -> float:
    if moment != "subsec":
        raise ValueError(f"unixepoch({moment!r}) is not what DBOS asks")
    return time.time()


def engine_options(url: str) -> dict[str, Any]:
    """Give what DBOS hands to SQLAlchemy for its own connections."""
    return {"connect_args": {"factory": ConnectionWithMoments}} if url.startswith("sqlite") else {}
