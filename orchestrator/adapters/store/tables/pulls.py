"""Tables of pull requests: what forges told, and the newest check of each with its page."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from orchestrator.adapters.store.columns import Instant, Json
from orchestrator.adapters.store.tables.base import metadata

forge_deliveries = Table(
    "forge_deliveries",
    metadata,
    Column("forge", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("pull", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("done_at", Instant),
)
WAITING = forge_deliveries.c.done_at.is_(None)
Index("forge_deliveries_waiting", forge_deliveries.c.at, sqlite_where=WAITING, postgresql_where=WAITING)
Index("forge_deliveries_done", forge_deliveries.c.done_at)

pull_checks = Table(
    "pull_checks",
    metadata,
    Column("forge", Text, primary_key=True),
    Column("pull", Integer, primary_key=True, autoincrement=False),
    Column("head", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("environments", Json, nullable=False),
    Column("answered", Json, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),
)

plan_pages = Table(
    "plan_pages",
    metadata,
    Column("forge", Text, primary_key=True),
    Column("pull", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("plan_pages_at", "at"),
)
