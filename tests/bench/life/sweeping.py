"""Finding what is due: as records, and as a bare SELECT through the same driver."""

from __future__ import annotations

import time
from typing import Final

from orchestrator.adapters.store.deadlines import due_query
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.errors import OperationFailedError
from tests.bench.life.size import NOW, Size
from tests.bench.results import Pairs

ROUNDS: Final = 5


def sweeps(records: SqlRecords, size: Size) -> Pairs:
    """Find everything that falls due at one midnight, several times."""
    pairs = Pairs()
    for _round in range(ROUNDS):
        pairs.add(_ours(records, size), _bare(records, size))
    return pairs


def _ours(records: SqlRecords, size: Size) -> float:
    start = time.perf_counter()
    with records.read() as look:
        found = len(look.deadlines.due(NOW, limit=2 * size.due))
    _check(found, size)
    return time.perf_counter() - start


def _bare(records: SqlRecords, size: Size) -> float:
    statement = str(due_query(NOW, 2 * size.due).compile(records.engine, compile_kwargs={"literal_binds": True}))
    connection = records.engine.raw_connection()
    try:
        start = time.perf_counter()
        cursor = connection.cursor()
        cursor.execute(statement)
        found = len(cursor.fetchall())
        seconds = time.perf_counter() - start
    finally:
        connection.close()
    _check(found, size)
    return seconds


def _check(found: int, size: Size) -> None:
    if found != size.due:
        raise OperationFailedError("the sweep did not find what is due", detail=f"{found} instead of {size.due}")
