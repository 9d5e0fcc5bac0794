"""What only SQLite needs: a private file, the write-ahead log, durable commits, and indexes that are really used."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Index, event, text

from orchestrator.adapters.store import DATABASE_FILE, open_records, sqlite_url
from orchestrator.adapters.store.engine import make_engine
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.store.tables import metadata
from orchestrator.domain.errors import BadInputError, BusyError, ConflictError, MissingPartError, NotFoundError
from orchestrator.domain.records import DeadlineKind, Operation
from orchestrator.ports import Transaction
from tests.immutable import IMMUTABLE, keep_proof
from tests.samples import START, a_deadline, a_delivery, a_request, an_event, an_operation
from tests.store import no_queue


def pragma(records: SqlRecords, name: str) -> object:
    """Give the value of a setting as a writing connection has it."""
    with records.engine.begin() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_what_is_acknowledged_survives_a_power_cut(records: SqlRecords) -> None:
    """Commits wait for the disk (synchronous 2 is FULL), readers never wait for writers, references are checked."""
    assert pragma(records, "synchronous") == 2
    assert pragma(records, "journal_mode") == "wal"
    assert pragma(records, "foreign_keys") == 1


def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    """Database, log and index are mode 0600, also when an existing file was open to others."""
    home = tmp_path / "home"
    home.mkdir()
    (home / DATABASE_FILE).touch(mode=0o644)
    records = open_records(sqlite_url(home), no_queue)
    with records.transaction() as transaction:
        transaction.requests.add(a_request())
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in home.iterdir()}
    records.close()
    assert modes == {DATABASE_FILE: 0o600, f"{DATABASE_FILE}-wal": 0o600, f"{DATABASE_FILE}-shm": 0o600}


def test_instants_keep_their_microseconds_and_come_back_in_utc(records: SqlRecords) -> None:
    """An instant of another zone is the same instant; one without a zone is refused."""
    shanghai = timezone(timedelta(hours=8))
    with records.transaction() as transaction:
        transaction.requests.add(a_request(submitted_at=START.astimezone(shanghai)))
        found = transaction.requests.get("req-1").submitted_at
    assert (found, found.utcoffset(), found.microsecond) == (START, timedelta(0), 250_001)
    naive = a_request("req-2", submitted_at=datetime(2026, 1, 1))  # noqa: DTZ001  the refusal is what is tested
    with pytest.raises(Exception, match="no time zone"), records.transaction() as transaction:
        transaction.requests.add(naive)


def test_a_look_cannot_change_anything(records: SqlRecords) -> None:
    """Writing in a read-only look fails, and the connection can write again afterwards."""
    with pytest.raises(MissingPartError, match="cannot be used"), records.read() as look:
        look.requests.add(a_request())
    with records.transaction() as transaction:
        transaction.requests.add(a_request())


def test_transactions_do_not_nest(records: SqlRecords) -> None:
    """A second transaction of the same thread would wait for the first one for ever: it is an error at once."""
    with records.transaction(), pytest.raises(RuntimeError, match="do not nest"), records.transaction():
        pass


def test_a_thread_does_not_wait_for_ever(records: SqlRecords) -> None:
    """When another thread of the process does not end its transaction, the caller is told."""
    impatient = SqlRecords(records.engine, no_queue, patience_seconds=0.1)
    with impatient.transaction(), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: impatient.transaction().__enter__())
        with pytest.raises(BusyError, match="another writer"):
            waiting.result()


def test_readers_do_not_wait_for_a_writer(records: SqlRecords) -> None:
    """While one thread writes, another one looks."""
    seen: list[int] = []

    def look() -> None:
        with records.read() as transaction:
            seen.append(len(transaction.requests.list()))

    with records.transaction() as transaction:
        transaction.requests.add(a_request())
        reader = threading.Thread(target=look)
        reader.start()
        reader.join(timeout=10)
    assert seen == [0]


def test_a_contradiction_is_a_conflict(records: SqlRecords) -> None:
    """A delivery of nobody, an operation of no request and an event of no operation are refused as conflicts."""
    contradictions: tuple[Callable[[Transaction], object], ...] = (
        lambda transaction: transaction.senders.claim(a_delivery()),
        lambda transaction: transaction.operations.add(an_operation(request="req-9")),
        lambda transaction: transaction.operations.add_event(an_operation(), an_event(), START),
    )
    for contradiction in contradictions:
        with pytest.raises(ConflictError, match="contradicts"), records.transaction() as transaction:
            contradiction(transaction)


@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = 'other'", "DELETE FROM {}"])
@pytest.mark.parametrize("table", IMMUTABLE)
def test_what_is_proof_cannot_be_changed(records: SqlRecords, statement: str, table: str) -> None:
    """Not even who writes SQL by hand changes or removes an entry, a certificate, a checkpoint, a kept rulebook."""
    keep_proof(records)
    with pytest.raises(Exception, match=IMMUTABLE[table].message), records.engine.begin() as connection:
        connection.execute(text(statement.format(table, IMMUTABLE[table].column)))


LISTS: dict[str, Callable[[Transaction], object]] = {
    "requests": lambda look: look.requests.list(),
    "requests by state": lambda look: look.requests.list(state="submitted"),
    "requests by environment": lambda look: look.requests.list(environment="water-gauge-test"),
    "environments": lambda look: look.environments.list(),
    "environments by state": lambda look: look.environments.list(state="ready"),
    "environments by unit": lambda look: look.environments.list(unit="water"),
    "environment": lambda look: look.environments.find("water-gauge-test"),
    "operations": lambda look: look.operations.list(),
    "operations by request": lambda look: look.operations.list(request="req-1"),
    "operations by environment": lambda look: look.operations.list(environment="water-gauge-test"),
    "operations by state": lambda look: look.operations.list(state="queued"),
    "events": lambda look: look.operations.events("op-1", after=3),
    "due deadlines": lambda look: look.deadlines.due(START),
    "deadlines of a subject": lambda look: look.deadlines.of("water-gauge-test"),
    "open deadlines": lambda look: look.deadlines.open(),
    "open deadlines before": lambda look: look.deadlines.open(before=START),
    "open deadlines of an environment": lambda look: look.deadlines.open(environment="water-gauge-test", before=START),
    "provisional deadlines": lambda look: look.deadlines.provisional(),
    "provisional deadlines after one": lambda look: look.deadlines.provisional(after=a_deadline()),
    "open deadlines of some kinds": lambda look: look.deadlines.open(kinds={DeadlineKind.REVIEW}),
    "backups of a subject": lambda look: look.backups.of("water-gauge-test@req-1"),
    "holds on a system": lambda look: look.holds.on("water", "gauge"),
    "holds": lambda look: look.holds.list(),
    "certificate of an environment": lambda look: look.certificates.find("water-gauge-test"),
    "certificates": lambda look: look.certificates.list(),
    "newest checkpoint": lambda look: look.checkpoints.newest(),
    "checkpoints": lambda look: look.checkpoints.list(after=3),
    "audit": lambda look: look.audit.list(after=3),
    "audit of a subject": lambda look: look.audit.list(subject="req-1", after=3),
    "notices": lambda look: look.notices.list(),
    "notices of an environment": lambda look: look.notices.list(environment="water-gauge-test"),
    "lease": lambda look: look.leases.holder("water-gauge-test"),
}
PARTIAL: dict[str, str] = {
    "due deadlines": "INDEX deadlines_running (fired_at=? AND paused_at=? AND due_at<?)",
    "open deadlines": "SCAN deadlines USING INDEX deadlines_unmet",
    "open deadlines of some kinds": "SCAN deadlines USING INDEX deadlines_unmet",
    "open deadlines before": "INDEX deadlines_unmet (due_at<?)",
    "open deadlines of an environment": "INDEX deadlines_unmet_by_environment (environment=? AND due_at<?)",
    "provisional deadlines": "INDEX deadlines_provisional (provisional=?)",
    "provisional deadlines after one": "INDEX deadlines_provisional (provisional=? AND due_at>?)",
    "holds on a system": "INDEX holds_in_force (unit=?)",
}
"""A scan of a partial index looks at nothing but what it gives, unless somebody asks for some kinds only."""
INDEXES = sorted(
    (index for table in metadata.sorted_tables for index in table.indexes), key=lambda index: str(index.name)
)


def made_again(connection: Connection, indexes: Iterable[Index]) -> None:
    """Make indexes again: the one that was made last is the first that SQLite thinks of."""
    for index in indexes:
        index.drop(connection)
        index.create(connection)


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_answered_by_an_index(records: SqlRecords, name: str) -> None:
    """No list sorts rows, none looks at rows that it does not give, whichever index was made first."""
    statements: list[tuple[str, Any]] = []

    def note(*arguments: object) -> None:
        statements.append((str(arguments[2]), arguments[3]))

    with records.read() as look:
        event.listen(records.engine, "before_cursor_execute", note)
        LISTS[name](look)
        event.remove(records.engine, "before_cursor_execute", note)
    ((statement, values),) = statements
    with records.engine.begin() as connection:
        for indexes in (INDEXES, INDEXES[::-1]):
            made_again(connection, indexes)
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            assert_is_quick(name, statement, [str(row[3]) for row in plan])


def assert_is_quick(name: str, statement: str, steps: list[str]) -> None:
    """Look at a plan's steps."""
    assert not [step for step in steps if "TEMP B-TREE" in step]
    if name in PARTIAL:
        assert PARTIAL[name] in steps[0]
    elif "WHERE" in statement:
        assert [step for step in steps if step.startswith("SEARCH")], steps


def test_importing_the_package_loads_no_database_library() -> None:
    """Commands that need no database start without SQLAlchemy; Alembic is loaded only to change tables."""
    program = "import sys, orchestrator.adapters.store; print('sqlalchemy' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "False"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://db/tenure", "mysql is no database that Tenure knows"),
        ("nonsense", "the database URL cannot be read"),
        ("sqlite://", "records need a file, not memory"),
    ],
)
def test_a_url_that_names_no_database_is_bad_input(url: str, message: str) -> None:
    """The error names the setting."""
    with pytest.raises(BadInputError, match=message) as caught:
        make_engine(url)
    assert caught.value.diagnostic.field == "TENURE_DATABASE_URL"


def test_a_file_that_is_no_database_is_reported(tmp_path: Path) -> None:
    """The message says that the database cannot be used, and what SQLite said."""
    (tmp_path / DATABASE_FILE).write_text("this is a text, not a database" * 100)
    with pytest.raises(MissingPartError, match="cannot be used") as caught:
        open_records(sqlite_url(tmp_path), no_queue)
    assert "not a database" in caught.value.diagnostic.detail


class NotingQueue:
    """A queue that writes on the connection that it is given."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def enqueue(self, operation: Operation) -> None:
        """Note the operation in a table of our own."""
        self._connection.execute(text("INSERT INTO jobs VALUES (:id)"), {"id": operation.id})


def test_the_queue_is_part_of_the_transaction(tmp_path: Path) -> None:
    """What a queue writes is stored with the transaction, or not at all."""
    records = open_records(sqlite_url(tmp_path), NotingQueue)
    with records.engine.begin() as connection:
        connection.execute(text("CREATE TABLE jobs (id TEXT)"))
    with records.transaction() as transaction:
        transaction.queue.enqueue(an_operation("op-1"))
    with suppress(NotFoundError), records.transaction() as transaction:
        transaction.queue.enqueue(an_operation("op-2"))
        transaction.operations.get("op-2")
    with records.engine.begin() as connection:
        assert connection.execute(text("SELECT id FROM jobs")).scalars().all() == ["op-1"]
    records.close()
