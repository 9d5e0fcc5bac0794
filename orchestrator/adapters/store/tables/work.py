"""Tables of the work on environments: operations with their events, plans, leases, notices."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from orchestrator.adapters.store.columns import Instant, Json, Number
from orchestrator.adapters.store.tables.base import metadata

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
