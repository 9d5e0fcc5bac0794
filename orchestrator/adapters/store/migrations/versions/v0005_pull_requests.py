"""Pull requests: what forges told, and the newest check of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make everything."""
    op.create_table(
        "forge_deliveries",
        sa.Column("forge", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("pull", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("forge", "id", name="pk_forge_deliveries"),
    )
    where = sa.text("done_at IS NULL")
    op.create_index("forge_deliveries_waiting", "forge_deliveries", ["at"], sqlite_where=where, postgresql_where=where)
    op.create_index("forge_deliveries_done", "forge_deliveries", ["done_at"])
    op.create_table(
        "pull_checks",
        sa.Column("forge", sa.Text(), nullable=False),
        sa.Column("pull", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("head", "digest", "outcome", "summary")),
        sa.Column("environments", sa.JSON(), nullable=False),
        sa.Column("answered", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("forge", "pull", name="pk_pull_checks"),
    )
