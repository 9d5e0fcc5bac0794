"""An installation in which something has begun, for each point's turn: one is led there, the others are its copies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from orchestrator.adapters.store import DATABASE_FILE
from orchestrator.adapters.store.records import SqlRecords
from tests.fakes.installation import Installation
from tests.unit.workflows.conftest import unflushed_records

IDS_USED = 200
"""More ids than any beginning uses: a copy does not give one of them again."""


class Turns[T]:
    """Gives an installation for each turn.

    Args:
        template: A database without rows.
        folder: Where the installations keep theirs.
        begin: Leads the first one to where every turn begins.

    Attributes:
        begun: What the beginning gave.
    """

    def __init__(self, template: Path, folder: Path, begin: Callable[[Installation], T]) -> None:
        self._folder = folder
        self._count = 0
        self._open: list[SqlRecords] = []
        self._first = self._opened(template)
        self.begun = begin(self._first)

    def fresh(self) -> Installation:
        """Give the next one."""
        while self._open:  # a closed database has its last commit in its file
            self._open.pop().close()
        installation = self._opened(self._folder / "1" / DATABASE_FILE)
        installation.cloud.become(self._first.cloud)
        installation.clock.set(self._first.clock.now())
        for _ in range(IDS_USED):
            installation.ports.ids.new("used")
        return installation

    def _opened(self, database: Path) -> Installation:
        self._count += 1
        records = unflushed_records(database, self._folder / str(self._count))
        self._open.append(records)
        return Installation(records)
