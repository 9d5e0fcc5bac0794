"""A disk that is full or refuses to write: a clear error, nothing half done, nothing lost, and work can go on."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from sqlalchemy import event

from orchestrator.adapters.store import DATABASE_FILE
from orchestrator.adapters.store.engine import make_engine
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.chain import faults
from orchestrator.domain.errors import MissingPartError
from tests.contracts.surviving import PROGRAMS
from tests.samples import OFFICER, START, a_request
from tests.store import no_queue

SPARE_PAGES = 20


def small_records(records: SqlRecords, url: str) -> SqlRecords:
    """Give ``records`` as they are on a disk that has room for a few more pages."""
    with records.engine.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    engine = make_engine(url)

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + SPARE_PAGES}")

    event.listen(engine, "connect", limit)
    return SqlRecords(engine, no_queue)


def submit(records: SqlRecords, request_id: str) -> None:
    """Store a request and its entry of the audit log in one transaction."""
    with records.transaction() as transaction:
        transaction.audit.append(START, OFFICER, "submit", request_id, {})
        transaction.requests.add(a_request(request_id, reason="x" * 1000))


def fill(records: SqlRecords) -> tuple[list[str], MissingPartError]:
    """Store requests until the disk is full; give those that were acknowledged, and what was said then."""
    acknowledged: list[str] = []
    while True:
        request_id = f"req-{len(acknowledged)}"
        try:
            submit(records, request_id)
        except MissingPartError as error:
            return acknowledged, error
        acknowledged.append(request_id)


def test_a_full_disk_is_told_and_loses_nothing(records: SqlRecords, url: str) -> None:
    """The error says what to do; what was acknowledged is there, of the rest nothing; with room, work goes on."""
    small = small_records(records, url)
    acknowledged, error = fill(small)
    small.close()
    assert str(error) == "the disk of the database is full"
    assert error.diagnostic.hint == "make room there, then do it again"
    assert "nothing that was stored before is lost" in error.diagnostic.detail
    submit(records, "req-after")
    with records.read() as look:
        stored = [request.id for request in look.requests.list(limit=1000)]
        entries = look.audit.list(limit=1000)
    assert stored == ["req-after", *reversed(acknowledged)]
    assert [entry.subject for entry in entries] == [*acknowledged, "req-after"]
    assert list(faults(entries)) == []


def test_reading_goes_on_while_the_disk_is_full(records: SqlRecords, url: str) -> None:
    """Lists, and so pages and reports, are answered all the time."""
    small = small_records(records, url)
    acknowledged, _error = fill(small)
    with small.read() as look:
        assert len(look.requests.list(limit=1000)) == len(acknowledged)
    small.close()


def test_a_file_that_cannot_grow_loses_nothing(records: SqlRecords, url: str, tmp_path: Path) -> None:
    """The system refuses a write in the middle of a commit: everything acknowledged before survives, whole."""
    size_bytes = (tmp_path / "home" / DATABASE_FILE).stat().st_size + 300_000
    command = [sys.executable, str(PROGRAMS), "fill", url, "1", str(size_bytes)]
    *acknowledged, said = subprocess.check_output(command, text=True, timeout=60).splitlines()
    assert said in {"the disk of the database does not work", "the disk of the database is full"}
    with records.read() as look:
        stored = {request.id for request in look.requests.list(limit=10_000)}
        assert list(faults(look.audit.list(limit=10_000))) == []
    assert stored == set(acknowledged)
    assert stored
    submit(records, "req-after")
    with records.engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
