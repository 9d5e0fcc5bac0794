"""Drift: what `up` made, where the cloud differs from it, and the looks at the fleet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make everything."""
    _made()
    _drifts()
    _scans()


def _table(name: str, key: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("number", NUMBER, nullable=False),
        sa.Column(key, sa.Text(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("number", name=f"pk_{name}"),
        sa.UniqueConstraint(key, name=f"uq_{name}_{key}"),
    )


def _texts(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _made() -> None:
    _table(
        "made",
        "subject",
        *_texts("environment", "operation"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("things", sa.JSON(), nullable=False),
    )


def _drifts() -> None:
    _table(
        "drifts",
        "id",
        *_texts("environment", "subject", "drift", "kind", "thing", "name"),
        sa.Column("properties", sa.JSON(), nullable=False),
        *_texts("severity"),
        sa.Column("stateful", sa.Boolean(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger()),
        *_texts("exact"),
        sa.Column("suppression", sa.JSON()),
        sa.Column("gone_at", sa.BigInteger()),
    )
    op.create_index("drifts_by_subject", "drifts", ["subject", "number"])
    where = sa.text("gone_at IS NULL")
    op.create_index("drifts_open", "drifts", ["number"], sqlite_where=where, postgresql_where=where)


def _scans() -> None:
    _table(
        "drift_scans",
        "id",
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("environments", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("silent", sa.JSON(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
    )
