"""Column types that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware datetime as microseconds since 1970 in UTC: one order and one index on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Give the microseconds; ValueError for a naive datetime, whose zone nobody can know."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Give the datetime in UTC."""
        del dialect
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Json(TypeDecorator[Any]):
    """A nested value as JSON text; ``None`` is SQL's NULL. PostgreSQL's ``json`` keeps the text as it was written."""

    impl = JSON(none_as_null=True)
    cache_ok = True


Number = BigInteger().with_variant(Integer(), "sqlite")
"""A key that the database counts; SQLite counts only columns of the type INTEGER."""

Name = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is sorted by its bytes, as SQLite does: the locale of a PostgreSQL server may overlook hyphens."""
