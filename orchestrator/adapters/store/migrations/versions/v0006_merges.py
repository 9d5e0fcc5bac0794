"""Merges: how far branches were followed, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make everything."""
    op.create_table(
        "followed_branches",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("forge", "branch", "commit")),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("forge", "branch", name="pk_followed_branches"),
    )
    op.create_table(
        "merges",
        sa.Column("number", NUMBER, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "forge", "commit")),
        sa.Column("pull", sa.Integer()),
        sa.Column("head", sa.Text()),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("environment", "path", "blob")),
        sa.Column("applicant", sa.JSON()),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("checked", sa.JSON()),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("state", "detail", "told")),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_merges"),
        sa.UniqueConstraint("id", name="uq_merges_id"),
    )
    op.create_index("merges_open", "merges", ["state", "told", "number"])
    op.create_index("merges_by_pull", "merges", ["forge", "pull", "number"])
    op.create_table(
        "command_answers",
        sa.Column("number", NUMBER, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "forge")),
        sa.Column("pull", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("by", "text", "outcome")),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_command_answers"),
        sa.UniqueConstraint("id", name="uq_command_answers_id"),
    )
    op.create_index("command_answers_by_pull", "command_answers", ["forge", "pull", "number"])
    op.create_table(
        "written_back",
        sa.Column("number", NUMBER, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "forge", "environment", "digest")),
        sa.Column("pull", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_written_back"),
        sa.UniqueConstraint("id", name="uq_written_back_id"),
    )
