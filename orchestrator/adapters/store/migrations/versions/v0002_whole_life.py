"""The whole life of a tenancy: gates, evidence, paused clocks, backups, holds, rulebooks, certificates, checkpoints.

New columns of old tables keep their defaults: old rows have what a record without the field would say.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IMMUTABLE = ("certificates", "checkpoints", "rulebooks")
POSTGRESQL_FUNCTION = (
    "CREATE FUNCTION kept_as_written() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION '% are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
)
UNMET = "met_at IS NULL"
RUNNING = "met_at IS NULL AND fired_at IS NULL AND paused_at IS NULL"
PROVISIONAL = {"sqlite": "met_at IS NULL AND provisional IS 1", "postgresql": "met_at IS NULL AND provisional IS TRUE"}


def upgrade() -> None:
    """Make everything."""
    _fields()
    _deadlines()
    _checkpoints()
    _certificates()
    _backups()
    _holds()
    _rulebooks()
    if op.get_context().dialect.name == "postgresql":
        op.execute(POSTGRESQL_FUNCTION)
    for table in IMMUTABLE:
        _keep_as_written(table)


def _fields() -> None:
    for name in ("plan_digest", "waiting_for", "weight"):
        op.add_column("requests", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    for name in ("waivers", "evidence"):
        op.add_column("requests", sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("environments", sa.Column("evaluations", sa.JSON(), nullable=False, server_default="[]"))
    for name in ("promoted_at", "suspended_at"):
        op.add_column("environments", sa.Column(name, sa.BigInteger()))


def _deadlines() -> None:
    for name in ("since", "paused_at"):
        op.add_column("deadlines", sa.Column(name, sa.BigInteger()))
    for name in ("value", "used"):
        op.add_column("deadlines", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("deadlines", sa.Column("unit", sa.Text(), nullable=False, server_default=""))
    op.drop_index("deadlines_open", "deadlines")
    _partial_index("deadlines_running", "deadlines", ["fired_at", "paused_at", "due_at", "id"], RUNNING)
    _partial_index("deadlines_unmet", "deadlines", ["due_at", "id"], UNMET)
    _partial_index("deadlines_unmet_by_environment", "deadlines", ["environment", "due_at", "id"], UNMET)
    provisional = PROVISIONAL[op.get_context().dialect.name]
    _partial_index("deadlines_provisional", "deadlines", ["provisional", "due_at", "id"], provisional)


def _partial_index(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=False, sqlite_where=where, postgresql_where=where)


def _checkpoints() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_checkpoints"),
    )


def _certificates() -> None:
    op.create_table(
        "certificates",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("certificate", sa.JSON(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_certificates"),
        sa.UniqueConstraint("id", name="uq_certificates_id"),
    )
    op.create_index("certificates_by_environment", "certificates", ["environment", "number"])


def _backups() -> None:
    op.create_table(
        "backups",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("until", sa.Text()),
        sa.Column("compared_at", sa.BigInteger()),
        sa.Column("removed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("number", name="pk_backups"),
        sa.UniqueConstraint("id", name="uq_backups_id"),
    )
    op.create_index("backups_by_subject", "backups", ["subject", "number"])


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("lifted_at", sa.BigInteger()),
        sa.Column("lifted_by", sa.JSON()),
        sa.PrimaryKeyConstraint("number", name="pk_holds"),
        sa.UniqueConstraint("id", name="uq_holds_id"),
    )
    _partial_index("holds_in_force", "holds", ["unit", "number"], "lifted_at IS NULL")


def _rulebooks() -> None:
    op.create_table(
        "rulebooks",
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("label", name="pk_rulebooks"),
    )


def _keep_as_written(table: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION kept_as_written()"
        )
        return
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} are never changed'); END"
        )
