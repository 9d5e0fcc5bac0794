"""Tables of the life of tenancies: requests, environments, dates, holds, rulebooks, certificates."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from orchestrator.adapters.store.columns import Instant, Json, Name, Number
from orchestrator.adapters.store.tables.base import metadata

requests = Table(
    "requests",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("submitted_by", Json, nullable=False),
    Column("submitted_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("content", Json, nullable=False),
    Column("content_digest", Text, nullable=False),
    Column("spec", Json),
    Column("material", Json, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("decisions", Json, nullable=False),
    Column("closed_at", Instant),
    Column("outcome", Text, nullable=False),
    Column("plan_digest", Text, nullable=False),
    Column("waivers", Json, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("waiting_for", Text, nullable=False),
    Column("weight", Text, nullable=False),
    UniqueConstraint("id"),
    Index("requests_by_state", "state", "number"),
    Index("requests_by_environment", "environment", "number"),
)

environments = Table(
    "environments",
    metadata,
    Column("number", Number, primary_key=True),
    Column("name", Name, nullable=False),
    Column("unit", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("spec", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("plan_digest", Text, nullable=False),
    Column("outputs", Json, nullable=False),
    Column("ready_at", Instant),
    Column("ends_at", Instant),
    Column("retired_at", Instant),
    Column("version", Integer, nullable=False),
    Column("evaluations", Json, nullable=False),
    Column("promoted_at", Instant),
    Column("suspended_at", Instant),
    Column("managed_by", Text),
    Index("environments_by_name", "name", "number"),
    Index("environments_by_state", "state", "name", "number"),
    Index("environments_by_unit", "unit", "name", "number"),
)
Index(
    "environments_in_use",
    environments.c.name,
    unique=True,
    sqlite_where=environments.c.state != "retired",
    postgresql_where=environments.c.state != "retired",
)

deadlines = Table(
    "deadlines",
    metadata,
    Column("id", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("article", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("acts", Boolean, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("met_at", Instant),
    Column("fired_at", Instant),
    Column("since", Instant),
    Column("value", Integer, nullable=False),
    Column("unit", Text, nullable=False),
    Column("used", Integer, nullable=False),
    Column("paused_at", Instant),
    Index("deadlines_by_subject", "subject", "due_at", "id"),
)
UNMET = deadlines.c.met_at.is_(None)
RUNNING = UNMET & deadlines.c.fired_at.is_(None) & deadlines.c.paused_at.is_(None)
PROVISIONAL = UNMET & deadlines.c.provisional.is_(True)
"""Conditions of partial indexes: a query that repeats one is answered by its index, however many dates are over."""
SWEPT = (deadlines.c.fired_at, deadlines.c.paused_at, deadlines.c.due_at, deadlines.c.id)
CORRECTED = (deadlines.c.provisional, deadlines.c.due_at, deadlines.c.id)
"""What comes before ``due_at`` is always the same there: by it SQLite, which knows no sizes, prefers these indexes."""
_soonest = (deadlines.c.due_at, deadlines.c.id)
Index("deadlines_running", *SWEPT, sqlite_where=RUNNING, postgresql_where=RUNNING)
Index("deadlines_unmet", *_soonest, sqlite_where=UNMET, postgresql_where=UNMET)
Index(
    "deadlines_unmet_by_environment",
    deadlines.c.environment,
    *_soonest,
    sqlite_where=UNMET,
    postgresql_where=UNMET,
)
Index("deadlines_provisional", *CORRECTED, sqlite_where=PROVISIONAL, postgresql_where=PROVISIONAL)

holds = Table(
    "holds",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Json, nullable=False),
    Column("at", Instant, nullable=False),
    Column("lifted_at", Instant),
    Column("lifted_by", Json),
    UniqueConstraint("id"),
)
IN_FORCE = holds.c.lifted_at.is_(None)
Index("holds_in_force", holds.c.unit, holds.c.number, sqlite_where=IN_FORCE, postgresql_where=IN_FORCE)

rulebooks = Table(
    "rulebooks",
    metadata,
    Column("label", Text, primary_key=True),
    Column("rulebook", Json, nullable=False),
)

certificates = Table(
    "certificates",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("certificate", Json, nullable=False),
    Column("key", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("signature", Text, nullable=False),
    UniqueConstraint("id"),
    Index("certificates_by_environment", "environment", "number"),
)
