"""What only PostgreSQL needs: the same tables, the same guards, and indexes that can be used."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from orchestrator.adapters.store import open_records
from orchestrator.adapters.store.deadlines import due_query
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.store.schema import VERSION_TABLE
from orchestrator.adapters.store.tables import metadata
from orchestrator.domain.errors import BadInputError, MissingPartError
from tests.contracts.surviving import finish
from tests.samples import OFFICER, START, a_request
from tests.store import no_queue


def test_the_tables_are_what_the_migrations_make(records: SqlRecords) -> None:
    """Nothing is left for a further migration to do."""
    with records.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_several_processes_may_make_the_tables_at_once(url: str) -> None:
    """The first one makes them, the others wait and find them."""
    assert finish("open", url) == (0, "")


@pytest.mark.parametrize("statement", ["UPDATE audit SET action = 'other'", "DELETE FROM audit", "TRUNCATE audit"])
def test_the_audit_log_cannot_be_changed(records: SqlRecords, statement: str) -> None:
    """Not even who writes SQL by hand changes or removes an entry."""
    with records.transaction() as transaction:
        transaction.audit.append(START, OFFICER, "submit", "req-1", {})
    with pytest.raises(Exception, match="the audit log is never changed"), records.engine.begin() as connection:
        connection.execute(text(statement))


def test_the_sweep_can_use_its_index(records: SqlRecords) -> None:
    """The planner finds the partial index for the sweep's query."""
    statement = due_query(START, 100).compile(records.engine, compile_kwargs={"literal_binds": True})
    with records.engine.begin() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(connection.execute(text(f"EXPLAIN {statement}")).scalars())
    assert "deadlines_running" in plan
    assert "Sort" not in plan


def test_a_look_cannot_change_anything(records: SqlRecords) -> None:
    """Writing in a read-only look fails."""
    with pytest.raises(Exception, match="read-only transaction"), records.read() as look:
        look.requests.add(a_request())


def test_a_value_that_cannot_be_stored_is_bad_input(records: SqlRecords) -> None:
    """PostgreSQL stores no NUL character in a text."""
    with pytest.raises(BadInputError, match="cannot store"), records.transaction() as transaction:
        transaction.requests.add(a_request(reason="nul \x00 inside"))


def test_a_server_that_does_not_answer_is_a_missing_part() -> None:
    """The message says what the driver saw, and never a password."""
    with pytest.raises(MissingPartError, match="cannot be used") as caught:
        open_records("postgresql://tenure:hunter2@/tenure?host=/nonexistent", no_queue)
    assert "hunter2" not in str(caught.value.diagnostic)
