"""Rows as earlier revisions of the tables held them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, inspect

from orchestrator.adapters.store.deadlines import DEADLINES
from orchestrator.adapters.store.environments import ENVIRONMENTS
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.store.requests import REQUESTS
from orchestrator.adapters.store.schema import MIGRATIONS, migrate
from orchestrator.adapters.store.tables import metadata
from tests.samples import a_deadline, a_request, an_environment
from tests.store import no_queue

FIRST_ROWS: Final = {
    "requests": REQUESTS.row(a_request()),
    "environments": ENVIRONMENTS.row(an_environment()),
    "deadlines": DEADLINES.row(a_deadline()),
}
"""One row of each table that got columns later."""


def store_at_revision(engine: Engine, revision: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Make the tables of a revision and store rows in them, without the columns that came later."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for table, row in rows.items():
            _insert(connection, table, row)


def first_rows_are_understood(engine: Engine) -> None:
    """Check that rows from before a column existed say what a record without that field says; closes the engine."""
    store_at_revision(engine, "0001", FIRST_ROWS)
    records = SqlRecords(engine, no_queue)
    migrate(engine)
    with records.read() as look:
        assert look.requests.get("req-1") == a_request()
        assert look.environments.get("water-gauge-test") == an_environment()
        assert look.deadlines.due(a_deadline().due_at) == (a_deadline(),)
    records.close()


def _insert(connection: Connection, table: str, row: Mapping[str, Any]) -> None:
    columns = {column["name"] for column in inspect(connection).get_columns(table)}
    known = {name: value for name, value in row.items() if name in columns}
    connection.execute(metadata.tables[table].insert().values(known))
