"""What the database says when something is wrong, in words that a user can act on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches

from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, OperationalError

from orchestrator.domain.errors import BadInputError, ConflictError, MissingPartError, NotFoundError, TenureError


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
        raise _unusable(str(error.orig)) from error


def _unusable(message: str) -> TenureError:
    if "locked" in message or "lock timeout" in message:
        return ConflictError(
            "another writer holds the database for too long",
            detail=message,
            hint="try again; when it stays so, look for a process that hangs: tenure doctor",
        )
    return MissingPartError("the database cannot be used", detail=message, hint="tenure doctor says what is missing")


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
