"""Tables of merges: how far branches were followed, and what came of it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint, or_

from orchestrator.adapters.store.columns import Instant, Json, Number
from orchestrator.adapters.store.tables.base import metadata
from orchestrator.domain.merges import OPEN_STATES

followed_branches = Table(
    "followed_branches",
    metadata,
    Column("forge", Text, primary_key=True),
    Column("branch", Text, primary_key=True),
    Column("commit", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

merges = Table(
    "merges",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("forge", Text, nullable=False),
    Column("commit", Text, nullable=False),
    Column("pull", Integer),
    Column("head", Text),
    Column("environment", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("blob", Text, nullable=False),
    Column("applicant", Json),
    Column("request", Text, nullable=False),
    Column("checked", Json),
    Column("state", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("id"),
)
OPEN_MERGE = or_(merges.c.state.in_(sorted(OPEN_STATES)), merges.c.told == "")
Index("merges_open", merges.c.state, merges.c.told, merges.c.number)
Index("merges_by_pull", merges.c.forge, merges.c.pull, merges.c.number)

command_answers = Table(
    "command_answers",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("forge", Text, nullable=False),
    Column("pull", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("id"),
    Index("command_answers_by_pull", "forge", "pull", "number"),
)

written_back = Table(
    "written_back",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False),
    Column("forge", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("pull", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("id"),
)
