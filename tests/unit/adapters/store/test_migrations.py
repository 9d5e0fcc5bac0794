"""Bringing tables up to date: the tables agree with the migrations, two processes may start at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from orchestrator.adapters.store import open_records, sqlite_url
from orchestrator.adapters.store.engine import make_engine
from orchestrator.adapters.store.environments import ENVIRONMENTS
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.store.requests import REQUESTS
from orchestrator.adapters.store.schema import HEAD, MIGRATIONS, VERSION_TABLE, migrate
from orchestrator.adapters.store.tables import metadata
from orchestrator.domain.errors import ConflictError
from orchestrator.domain.records import Actor, Role
from tests.contracts.surviving import finish
from tests.samples import a_request, an_environment
from tests.store import no_queue
from tests.store_rows import first_rows_are_understood, store_at_revision

OPEN = "from orchestrator.adapters.store import open_records; import sys; open_records(sys.argv[1], lambda c: None)"


def test_the_tables_are_what_the_migrations_make(records: SqlRecords) -> None:
    """Nothing is left for a further migration to do."""
    with records.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_revision_is_the_one_that_the_program_wants() -> None:
    """The constant that makes the check quick is the head of the migrations."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_current_database_is_opened_without_alembic(records: SqlRecords) -> None:
    """One query shows that nothing is to be done."""
    command = [sys.executable, "-c", OPEN + "; print('alembic' in sys.modules)", str(records.engine.url)]
    assert subprocess.check_output(command, text=True).strip() == "False"


def test_several_processes_may_make_the_tables_at_once(tmp_path: Path) -> None:
    """The first one makes them, the others wait and find them."""
    url = sqlite_url(tmp_path)
    assert finish("open", url) == (0, "")
    records = open_records(url, no_queue)
    with records.read() as look:
        assert look.requests.list() == ()
    records.close()


def test_rows_of_the_first_tables_are_still_understood(tmp_path: Path) -> None:
    """Rows that were written before a column existed say what a record without that field says."""
    first_rows_are_understood(make_engine(sqlite_url(tmp_path)))


@pytest.mark.parametrize(("door", "manager"), [("git", "git"), ("hook:oa", "hook"), ("cli", None), ("cli:root", None)])
def test_what_stood_before_is_managed_by_the_door_that_founded_it(
    tmp_path: Path, door: str, manager: str | None
) -> None:
    """Who manages an environment was on record in its first request alone."""
    engine = make_engine(sqlite_url(tmp_path))
    asked = a_request(submitted_by=Actor(name="li", role=Role.UNIT, door=door))
    rows = {"requests": REQUESTS.row(asked), "environments": ENVIRONMENTS.row(an_environment())}
    store_at_revision(engine, "0006", rows)
    records = SqlRecords(engine, no_queue)
    migrate(engine)
    with records.read() as look:
        assert look.environments.get("water-gauge-test").managed_by == manager
    records.close()


def test_a_database_of_a_newer_program_is_left_alone(records: SqlRecords) -> None:
    """An old program does not touch tables that it does not know."""
    with records.engine.begin() as connection:
        connection.execute(text("UPDATE tenure_version SET version_num = '9999'"))
    with pytest.raises(ConflictError, match="a newer Tenure wrote this database"):
        open_records(records.engine.url.render_as_string(), no_queue)
