"""Hosts in care: authorisations, grants, findings, exclusions, reports, and what an operation was asked to do.

New columns of old tables keep their defaults: old rows have what a record without the field would say.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make everything."""
    op.add_column("operations", sa.Column("parameters", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("backups", sa.Column("doubted_at", sa.BigInteger()))
    _authorisations()
    _grants()
    _findings()
    _exclusions()
    _reports()


def _table(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("number", name=f"pk_{name}"),
        sa.UniqueConstraint("id", name=f"uq_{name}_id"),
    )


def _texts(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _authorisations() -> None:
    _table(
        "authorisations",
        sa.Column("jobs", sa.JSON(), nullable=False),
        *_texts("reason"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by_unit", sa.JSON()),
        sa.Column("by_office", sa.JSON()),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.Column("revoked_by", sa.JSON()),
    )
    op.create_index("authorisations_by_subject", "authorisations", ["subject", "number"])


def _grants() -> None:
    _table(
        "grants",
        sa.Column("person", sa.JSON(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        *_texts("reason"),
        sa.Column("minutes", sa.Integer(), nullable=False),
        *_texts("state"),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("by_unit", sa.JSON()),
        sa.Column("by_office", sa.JSON()),
        sa.Column("granted_at", sa.BigInteger()),
        sa.Column("until", sa.BigInteger()),
        sa.Column("serials", sa.JSON(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("ended_by", sa.JSON()),
        *_texts("ended_why"),
    )
    op.create_index("grants_by_environment", "grants", ["environment", "number"])
    op.create_index("grants_by_state", "grants", ["state", "number"])


def _findings() -> None:
    _table(
        "findings",
        *_texts("host", "kind", "thing", "detail", "severity"),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        *_texts("request"),
        sa.Column("gone_at", sa.BigInteger()),
    )
    op.create_index("findings_by_subject", "findings", ["subject", "number"])
    where = sa.text("gone_at IS NULL")
    op.create_index("findings_open", "findings", ["number"], sqlite_where=where, postgresql_where=where)


def _exclusions() -> None:
    _table(
        "exclusions",
        *_texts("package", "reason"),
        sa.Column("by", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Text()),
        sa.Column("lifted_at", sa.BigInteger()),
        sa.Column("lifted_by", sa.JSON()),
    )
    op.create_index("exclusions_by_subject", "exclusions", ["subject", "number"])


def _reports() -> None:
    _table(
        "reports",
        *_texts("kind", "host", "operation"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("reports_by_subject", "reports", ["subject", "kind", "host", "number"])
    op.create_index("reports_by_environment", "reports", ["environment", "number"])
