"""Tables of the care for hosts: backups, who may enter, what was found and reported."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from orchestrator.adapters.store.columns import Instant, Json, Number
from orchestrator.adapters.store.tables.base import metadata

backups = Table(
    "backups",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("place", Text, nullable=False),
    Column("items", Json, nullable=False),
    Column("until", Text),
    Column("compared_at", Instant),
    Column("removed_at", Instant),
    Column("doubted_at", Instant),
    UniqueConstraint("id"),
    Index("backups_by_subject", "subject", "number"),
)

authorisations = Table(
    "authorisations",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("jobs", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by_unit", Json),
    Column("by_office", Json),
    Column("revoked_at", Instant),
    Column("revoked_by", Json),
    UniqueConstraint("id"),
    Index("authorisations_by_subject", "subject", "number"),
)

grants = Table(
    "grants",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("person", Json, nullable=False),
    Column("roles", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("by_unit", Json),
    Column("by_office", Json),
    Column("granted_at", Instant),
    Column("until", Instant),
    Column("serials", Json, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", Json),
    Column("ended_why", Text, nullable=False),
    UniqueConstraint("id"),
    Index("grants_by_environment", "environment", "number"),
    Index("grants_by_state", "state", "number"),
)

findings = Table(
    "findings",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("thing", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("request", Text, nullable=False),
    Column("gone_at", Instant),
    UniqueConstraint("id"),
    Index("findings_by_subject", "subject", "number"),
)
STILL_THERE = findings.c.gone_at.is_(None)
Index("findings_open", findings.c.number, sqlite_where=STILL_THERE, postgresql_where=STILL_THERE)

exclusions = Table(
    "exclusions",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("package", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Json, nullable=False),
    Column("at", Instant, nullable=False),
    Column("until", Text),
    Column("lifted_at", Instant),
    Column("lifted_by", Json),
    UniqueConstraint("id"),
    Index("exclusions_by_subject", "subject", "number"),
)

patch_windows = Table(
    "patch_windows",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("hours", Json),
    Column("reason", Text, nullable=False),
    Column("by", Json, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("id"),
    Index("patch_windows_by_subject", "subject", "number"),
)

reports = Table(
    "reports",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", Json, nullable=False),
    UniqueConstraint("id"),
    Index("reports_by_subject", "subject", "kind", "host", "number"),
    Index("reports_by_environment", "environment", "number"),
)
