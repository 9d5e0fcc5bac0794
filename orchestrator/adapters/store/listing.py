"""What every list has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Column, Connection, Select, select

KNOWN_NAMES: Final = 1000
"""How many of the newest names a hint is looked for in."""


def page(statement: Select[Any], wanted: Mapping[Column[Any], str | None], limit: int) -> Select[Any]:
    """Keep the rows that have every wanted value (``None`` wants nothing), at most ``limit`` of them."""
    conditions = [column == value for column, value in wanted.items() if value is not None]
    return statement.where(*conditions).limit(limit)


def known(connection: Connection, name: Column[str]) -> list[str]:
    """Give the newest names of a table that counts its rows."""
    statement = select(name).order_by(name.table.c.number.desc()).limit(KNOWN_NAMES)
    return list(connection.execute(statement).scalars())
