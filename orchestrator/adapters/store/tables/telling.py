"""Tables of what people are told."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from orchestrator.adapters.store.columns import Instant, Json
from orchestrator.adapters.store.tables.base import metadata

notice_posts = Table(
    "notice_posts",
    metadata,
    Column("notice", Text, primary_key=True),
    Column("missing", Json),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("error", Text, nullable=False),
    Index("notice_posts_by_time", "next_at"),
)
"""Notices that are still to be sent; what was sent, or given up, has no row any more."""
