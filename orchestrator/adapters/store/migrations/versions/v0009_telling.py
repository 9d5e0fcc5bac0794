"""Patch windows of single environments, and notices that are still to be sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make everything; notices from before are not sent."""
    op.create_table(
        "patch_windows",
        sa.Column("number", NUMBER, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "environment", "subject")),
        sa.Column("hours", sa.JSON()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_patch_windows"),
        sa.UniqueConstraint("id", name="uq_patch_windows_id"),
    )
    op.create_index("patch_windows_by_subject", "patch_windows", ["subject", "number"])
    op.create_table(
        "notice_posts",
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("missing", sa.JSON()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("notice", name="pk_notice_posts"),
    )
    op.create_index("notice_posts_by_time", "notice_posts", ["next_at"])
