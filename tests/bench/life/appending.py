"""Adding to the audit log: by the store, and as bare INSERTs of the same rows through the same driver."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from sqlalchemy import insert, text

from orchestrator.adapters.store.audit import ENTRIES
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.store.tables import audit
from orchestrator.domain.records import AuditEntry
from tests.bench.life.size import NOW, Size, environment
from tests.bench.results import Pairs
from tests.samples import OFFICER

ROUNDS: Final = 10
TOGETHER: Final = 100
"""Entries in one transaction of the main figure: one commit for all of them."""
ALONE: Final = 500
"""Transactions of one entry each, which wait for the disk every time."""
BARE: Final = "bare_audit"


@dataclass(frozen=True)
class Appends:
    """Seconds for entries.

    Attributes:
        together: A round's entries, a hundred in each transaction.
        alone: One entry in a transaction of its own.
        entries: How many there are in a round.
    """

    together: Pairs
    alone: Pairs
    entries: int

    @property
    def per_second(self) -> float:
        """Entries that the store adds in a second, a hundred to a commit."""
        return round(self.entries / median(self.together.ours), 1)

    @property
    def alone_per_second(self) -> float:
        """The same, a commit for each."""
        return round(1 / median(self.alone.ours), 1)


def appends(records: SqlRecords, size: Size) -> Appends:
    """Append the measured number of entries in rounds, each followed by the same rows as bare INSERTs."""
    together, alone, entries = Pairs(), Pairs(), size.measured // ROUNDS
    with records.engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {BARE} AS SELECT * FROM audit WHERE sequence < 0"))  # noqa: S608  our name
        connection.execute(text(f"CREATE UNIQUE INDEX {BARE}_key ON {BARE} (sequence)"))
        connection.execute(text(f"CREATE INDEX {BARE}_by_subject ON {BARE} (subject, sequence)"))
    for _round in range(ROUNDS):
        seconds, made = _append(records, entries, TOGETHER)
        together.add(seconds, _insert(records, made, TOGETHER))
    for _round in range(ROUNDS):
        seconds, made = _append(records, ALONE // ROUNDS, 1)
        alone.add(seconds / len(made), _insert(records, made, 1) / len(made))
    return Appends(together, alone, entries)


def _append(records: SqlRecords, count: int, together: int) -> tuple[float, list[AuditEntry]]:
    made: list[AuditEntry] = []
    start = time.perf_counter()
    for block in range(0, count, together):
        with records.transaction() as transaction:
            for number in range(block, min(block + together, count)):
                facts = {"operation": f"op-{number:012d}", "article": "Art. 13", "resources": 23}
                name = environment(number)
                made.append(transaction.audit.append(NOW, OFFICER, "environment.expired", name, facts))
    return time.perf_counter() - start, made


def _insert(records: SqlRecords, made: list[AuditEntry], together: int) -> float:
    statement, rows = _bare(records, made)
    connection = records.engine.raw_connection()
    try:
        cursor = connection.cursor()
        start = time.perf_counter()
        for block in range(0, len(rows), together):
            if records.engine.dialect.name == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
            for row in rows[block : block + together]:
                cursor.execute(statement, row)
            connection.commit()
        return time.perf_counter() - start
    finally:
        connection.close()


def _bare(records: SqlRecords, made: list[AuditEntry]) -> tuple[str, list[Any]]:
    """Give the statement and the values that the store itself gives to the driver, for another table."""
    compiled = insert(audit).compile(dialect=records.engine.dialect)
    processors = compiled._bind_processors
    rows: list[Any] = []
    for entry in made:
        row = {name: processors.get(name, lambda value: value)(value) for name, value in ENTRIES.row(entry).items()}
        rows.append(row if compiled.positiontup is None else tuple(row[name] for name in compiled.positiontup))
    return str(compiled).replace("INTO audit", f"INTO {BARE}", 1), rows
