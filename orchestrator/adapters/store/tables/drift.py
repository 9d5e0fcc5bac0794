"""Tables of drift: what was made, where the cloud differs from it, and when it was looked at."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from orchestrator.adapters.store.columns import Instant, Json, Number
from orchestrator.adapters.store.tables.base import metadata

made = Table(
    "made",
    metadata,
    Column("number", Number, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("things", Json, nullable=False),
    UniqueConstraint("subject"),
)

drifts = Table(
    "drifts",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("drift", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("thing", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("properties", Json, nullable=False),
    Column("severity", Text, nullable=False),
    Column("stateful", Boolean, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("told_at", Instant),
    Column("exact", Text, nullable=False),
    Column("suppression", Json),
    Column("gone_at", Instant),
    UniqueConstraint("id"),
    Index("drifts_by_subject", "subject", "number"),
)
STANDING = drifts.c.gone_at.is_(None)
Index("drifts_open", drifts.c.number, sqlite_where=STANDING, postgresql_where=STANDING)

drift_scans = Table(
    "drift_scans",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("environments", Integer, nullable=False),
    Column("left_out", Json, nullable=False),
    Column("silent", Json, nullable=False),
    Column("found", Integer, nullable=False),
    UniqueConstraint("id"),
)
