"""Every table of the domain. Migrations make them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from orchestrator.adapters.store.columns import Instant, Json, Name, Number

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

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

operations = Table(
    "operations",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("request", Text, ForeignKey("requests.id", deferrable=True, initially="DEFERRED")),
    Column("state", Text, nullable=False),
    Column("asked_by", Json, nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("attempt", Integer, nullable=False),
    Column("cancel_asked", Boolean, nullable=False),
    Column("error", Json),
    Column("result", Json, nullable=False),
    Column("parameters", Json, nullable=False),
    UniqueConstraint("id"),
    Index("operations_by_environment", "environment", "number"),
    Index("operations_by_request", "request", "number"),
    Index("operations_by_state", "state", "number"),
)

events = Table(
    "events",
    metadata,
    Column("sequence", Number, primary_key=True),
    Column("operation", Text, ForeignKey("operations.id"), nullable=False),
    Column("environment", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("event", Json, nullable=False),
    Index("events_by_operation", "operation", "sequence"),
    sqlite_autoincrement=True,
)

plans = Table(
    "plans",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("environment", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("plan", Json, nullable=False),
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

leases = Table(
    "leases",
    metadata,
    Column("environment", Text, primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("operation", Text),
    Column("holder", Text),
    Column("until", Instant),
)
"""A released lease keeps its row, without a holder, so that its token grows for ever."""

audit = Table(
    "audit",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", Json, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("facts", Json, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("audit_by_subject", "subject", "sequence"),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("key", Text, nullable=False),
    Column("signature", Text, nullable=False),
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

notices = Table(
    "notices",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("to", Json, nullable=False),
    Column("facts", Json, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("id"),
    Index("notices_by_environment", "environment", "number"),
)

senders = Table(
    "senders",
    metadata,
    Column("name", Name, primary_key=True),
    Column("role", Text, nullable=False),
    Column("keys", Json, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("sender", Text, ForeignKey("senders.name"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("body_sha256", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

refusals = Table(
    "refusals",
    metadata,
    Column("minute", Instant, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("calls", Integer, nullable=False),
)
"""Refused calls whose minute is not in the audit log yet."""

refusal_reports = Table(
    "refusal_reports",
    metadata,
    Column("source", Text, primary_key=True),
    Column("minute", Instant, nullable=False),
)
"""The last minute of each source that is in the audit log."""
