"""The database: it opens, SQLite can use its write-ahead log there, and its tables are not newer than this Tenure."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.adapters.doctor.finding import Finding, Serves
from orchestrator.adapters.doctor.places import nearest_folder, place_to_write

if TYPE_CHECKING:
    from sqlalchemy import URL

PART = "database"
CONNECT_SECONDS = 5


def database(url: str) -> Finding:
    """Look at the database without making or changing it."""
    from sqlalchemy import make_url  # noqa: PLC0415 - SQLAlchemy loads when it is needed
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415 - as above

    try:
        parsed = make_url(url)
    except ArgumentError:
        return _fault(
            None, "the URL can't be read", "set TENURE_DATABASE_URL, for instance postgresql://tenure@db/tenure"
        )
    shown = parsed.render_as_string(hide_password=True)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(shown, Path(parsed.database or ""))
    return _server(shown, parsed)


def _sqlite(shown: str, file: Path) -> Finding:
    fault = place_to_write(file.parent) or _no_write_ahead_log(nearest_folder(file.parent))
    if fault:
        return _fault(shown, fault, "put the home folder (TENURE_HOME) on a local disk that this account may write")
    if not file.exists():
        return Finding(part=PART, serves=Serves.YES, found=shown, detail="not there yet; made at first use")
    try:
        connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=CONNECT_SECONDS)
        try:
            revision = _sqlite_revision(connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        return _fault(shown, f"it can't be read: {error}", "restore the file from a backup, or move it away")
    return _with_revision(shown, revision, f"SQLite {sqlite3.sqlite_version}")


def _no_write_ahead_log(folder: Path) -> str:
    """Network file systems often have no shared memory for the log; only trying tells."""
    with tempfile.TemporaryDirectory(prefix=".tenure-doctor-", dir=folder) as scratch:
        connection = sqlite3.connect(Path(scratch) / "trial.db")
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.Error as error:
            return f"SQLite can't keep a write-ahead log in {folder}: {error}"
        finally:
            connection.close()
    return "" if mode == "wal" else f"SQLite can't keep a write-ahead log in {folder}"


def _sqlite_revision(connection: sqlite3.Connection) -> str | None:
    from orchestrator.adapters.store.schema import VERSION_TABLE  # noqa: PLC0415 - SQLAlchemy loads when it is needed

    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if VERSION_TABLE not in tables:
        return None
    row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 - a constant
    return None if row is None else str(row[0])


def _server(shown: str, url: URL) -> Finding:
    from sqlalchemy import create_engine, inspect, text  # noqa: PLC0415 - SQLAlchemy loads when it is needed
    from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError  # noqa: PLC0415 - as above

    from orchestrator.adapters.store.schema import VERSION_TABLE  # noqa: PLC0415 - as above

    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"), connect_args={"connect_timeout": CONNECT_SECONDS}
        )
        with engine.connect() as connection:
            server = str(connection.execute(text("SHOW server_version")).scalar())
            known = inspect(connection).has_table(VERSION_TABLE)
            revision = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() if known else None  # noqa: S608 - a constant
    except (ImportError, NoSuchModuleError):
        return _fault(shown, "the PostgreSQL driver is not installed", "install tenure[postgresql]")
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        return _fault(shown, f"it does not answer: {said}", "check TENURE_DATABASE_URL and the server")
    return _with_revision(shown, None if revision is None else str(revision), f"PostgreSQL {server}")


def _with_revision(shown: str, revision: str | None, version: str) -> Finding:
    from orchestrator.adapters.store.schema import HEAD  # noqa: PLC0415 - SQLAlchemy loads when it is needed

    if revision is not None and revision > HEAD:
        return Finding(
            part=PART,
            serves=Serves.NO,
            found=shown,
            version=version,
            detail=f"its tables are of revision {revision}, this Tenure knows {HEAD}",
            hint="use the Tenure that wrote it, or one after it",
        )
    detail = {None: "no tables yet; made at first use", HEAD: f"tables of revision {HEAD}"}
    outdated = f"tables of revision {revision}, brought to {HEAD} at the next start"
    return Finding(part=PART, serves=Serves.YES, found=shown, version=version, detail=detail.get(revision, outdated))


def _fault(shown: str | None, detail: str, hint: str) -> Finding:
    return Finding(part=PART, serves=Serves.NO, found=shown, detail=detail, hint=hint)
