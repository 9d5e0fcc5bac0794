"""What only PostgreSQL needs: the same tables, the same guards, and indexes that can be used."""

from __future__ import annotations

from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from orchestrator.adapters.store import open_records
from orchestrator.adapters.store.deadlines import due_query, open_query, provisional_query
from orchestrator.adapters.store.engine import make_engine
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.store.schema import VERSION_TABLE
from orchestrator.adapters.store.tables import metadata
from orchestrator.domain.errors import BadInputError, MissingPartError
from orchestrator.domain.records import Deadline
from tests.contracts.surviving import finish
from tests.immutable import IMMUTABLE, keep_proof
from tests.samples import OFFICER, START, a_deadline, a_request
from tests.store import no_queue
from tests.store_rows import first_rows_are_understood


def test_the_tables_are_what_the_migrations_make(records: SqlRecords) -> None:
    """Nothing is left for a further migration to do."""
    with records.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_rows_of_the_first_tables_are_still_understood(url: str) -> None:
    """Rows that were written before a column existed say what a record without that field says."""
    first_rows_are_understood(make_engine(url))


def test_several_processes_may_make_the_tables_at_once(url: str) -> None:
    """The first one makes them, the others wait and find them."""
    assert finish("open", url) == (0, "")


@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = 'other'", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", IMMUTABLE)
def test_what_is_proof_cannot_be_changed(records: SqlRecords, statement: str, table: str) -> None:
    """Not even who writes SQL by hand changes or removes an entry, a certificate, a checkpoint, a kept rulebook."""
    keep_proof(records)
    with pytest.raises(Exception, match=IMMUTABLE[table].message), records.engine.begin() as connection:
        connection.execute(text(statement.format(table, IMMUTABLE[table].column)))


KINDS: tuple[dict[str, object], ...] = (
    {"met_at": START, "fired_at": START},
    {"met_at": START},
    {"fired_at": START},
    {},
    {"paused_at": START},
    {"provisional": True},
)
"""Dates that were met late or in time, missed ones, running ones, some that stand still, provisional ones."""


def many_deadlines() -> list[Deadline]:
    """Give a hundred environments with a date of each kind."""
    return [
        a_deadline(f"d-{number}-{kind}", environment=f"water-gauge{number}-test", **changes)
        for number in range(100)
        for kind, changes in enumerate(KINDS)
    ]


INDEXES = {
    "deadlines_running": due_query(START + timedelta(days=90), 100),
    "deadlines_unmet": open_query(limit=100),
    "deadlines_unmet_by_environment": open_query(environment="water-gauge7-test", limit=100),
    "deadlines_provisional": provisional_query(limit=100),
}


def test_each_list_of_deadlines_has_its_index(records: SqlRecords) -> None:
    """The planner finds the partial index for each query, and nothing is sorted."""
    with records.transaction() as transaction:
        for deadline in many_deadlines():
            transaction.deadlines.add(deadline)
    with records.engine.begin() as connection:
        connection.execute(text("ANALYZE deadlines"))
        for way in ("seqscan", "bitmapscan"):
            connection.execute(text(f"SET LOCAL enable_{way} = off"))
        for index, query in INDEXES.items():
            statement = query.compile(records.engine, compile_kwargs={"literal_binds": True})
            plan = "\n".join(connection.execute(text(f"EXPLAIN {statement}")).scalars())
            assert f"using {index} " in plan
            assert "Sort" not in plan


def test_a_look_cannot_change_anything(records: SqlRecords) -> None:
    """Writing in a read-only look fails."""
    with pytest.raises(Exception, match="read-only transaction"), records.read() as look:
        look.requests.add(a_request())


def test_a_value_that_cannot_be_stored_is_bad_input(records: SqlRecords) -> None:
    """PostgreSQL stores no NUL character in a text."""
    with pytest.raises(BadInputError, match="cannot store"), records.transaction() as transaction:
        transaction.requests.add(a_request(reason="nul \x00 inside"))


FULL_DISK = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON requests FOR EACH ROW EXECUTE FUNCTION no_room();
"""


def test_a_full_disk_is_told_and_loses_nothing(records: SqlRecords) -> None:
    """The server says disk_full (53100) in the middle of a transaction: a clear error, and nothing is stored."""
    with records.engine.begin() as connection:
        connection.execute(text(FULL_DISK))
    full = pytest.raises(MissingPartError, match="the disk of the database is full")
    with full as caught, records.transaction() as transaction:
        transaction.audit.append(START, OFFICER, "submit", "req-1", {})
        transaction.requests.add(a_request())
    assert caught.value.diagnostic.hint == "make room there, then do it again"
    with records.read() as look:
        assert look.audit.list() == ()


def test_a_server_that_does_not_answer_is_a_missing_part() -> None:
    """The message says what the driver saw, and never a password."""
    with pytest.raises(MissingPartError, match="cannot be used") as caught:
        open_records("postgresql://tenure:hunter2@/tenure?host=/nonexistent", no_queue)
    assert "hunter2" not in str(caught.value.diagnostic)
