"""Tables of the doors for other programs: senders, deliveries, refused calls."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from orchestrator.adapters.store.columns import Instant, Json, Name
from orchestrator.adapters.store.tables.base import metadata

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
