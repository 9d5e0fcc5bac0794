"""What the database says when something is wrong, in words that a user can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Final

from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from orchestrator.domain.errors import (
    BadInputError,
    BusyError,
    ConflictError,
    MissingPartError,
    NotFoundError,
    TenureError,
)

BUSY_CODES: Final = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "40P01", "40001"})
"""Somebody else has what is wanted: locked, not to be had in time, a deadlock, not to be serialised."""
FULL_CODES: Final = frozenset({"SQLITE_FULL", "53100"})
BROKEN_CODES: Final = frozenset({"SQLITE_IOERR", "58030"})


@contextmanager
def explained() -> Iterator[None]:
    """Turn the database's own errors into the domain's."""
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(
            "the record contradicts one that is stored", detail=str(error.orig), rule="integrity"
        ) from error
    except DataError as error:
        raise BadInputError("the database cannot store this value", detail=str(error.orig)) from error
    except DatabaseError as error:
        if type(error) not in {DatabaseError, OperationalError}:
            raise  # a statement of ours is wrong: no user can mend that
        raise _unusable(error.orig) from error
    except sqlite3.DatabaseError as error:  # of the few statements that do not pass through SQLAlchemy
        raise _unusable(error) from error
    except NoConnectionError as error:
        raise busy(str(error)) from error


def busy(detail: str = "") -> BusyError:
    """Make the error for a database that others keep busy for too long."""
    return BusyError(
        "another writer holds the database for too long",
        detail=detail,
        hint="try again; when it stays so, look for a process that hangs: tenure doctor",
    )


def _unusable(cause: BaseException | None) -> TenureError:
    codes = _codes(cause)
    if codes & BUSY_CODES:
        return busy(str(cause))
    if codes & FULL_CODES:
        summary, hint = "the disk of the database is full", "make room there, then do it again"
    elif codes & BROKEN_CODES:
        summary, hint = "the disk of the database does not work", "look whether it is full or failing, then do it again"
    else:
        return MissingPartError(
            "the database cannot be used", detail=str(cause), hint="tenure doctor says what is missing"
        )
    kept = "nothing of this call was stored, and nothing that was stored before is lost"
    return MissingPartError(summary, detail=f"{cause}; {kept}", hint=hint)


def _codes(cause: BaseException | None) -> frozenset[str]:
    """Give what the driver calls the error: SQLite's primary and extended name, or PostgreSQL's SQLSTATE."""
    name = str(getattr(cause, "sqlite_errorname", "") or getattr(cause, "sqlstate", "") or "")
    return frozenset({name, "_".join(name.split("_")[:2])})


def not_found(what: str, name: str, known: Iterable[str], command: str) -> NotFoundError:
    """Make the error for a name that is not on record, with the names that look like it."""
    close = get_close_matches(name, known, n=3)
    return NotFoundError(
        f"no {what} is called {name}",
        hint=f"did you mean {', '.join(close)}?" if close else f"list what there is: {command}",
    )


def changed_meanwhile(
    what: str, name: str, differences: Mapping[str, tuple[object, object]], command: str
) -> ConflictError:
    """Make the error for a record that is no longer what the caller saw."""
    facts = ", ".join(_fact(field, *values) for field, values in differences.items())
    return ConflictError(f"{what} {name} was changed meanwhile", detail=facts, hint=f"look again: {command} {name}")


def _fact(field: str, was: object, is_: object) -> str:
    short = isinstance(was, str | int | None) and isinstance(is_, str | int | None)
    return f"{field} was {was}, is {is_}" if short else f"{field} is different"
