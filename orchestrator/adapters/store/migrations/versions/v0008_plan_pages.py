"""Plans of pull requests as pages: what a comment has no room for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "plan_pages",
        sa.Column("forge", sa.Text(), nullable=False),
        sa.Column("pull", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("forge", "pull", name="pk_plan_pages"),
    )
    op.create_index("plan_pages_at", "plan_pages", ["at"])
