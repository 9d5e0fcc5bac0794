"""The first tables, and the triggers that keep the audit log from being changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MESSAGE = "the audit log is never changed"

SQLITE_TRIGGERS = tuple(
    f"CREATE TRIGGER audit_no_{deed.lower()} BEFORE {deed} ON audit BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    for deed in ("UPDATE", "DELETE")
)
POSTGRESQL_TRIGGERS = (
    (
        "CREATE FUNCTION audit_is_immutable() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END $$"
    ),
    (
        "CREATE TRIGGER audit_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_immutable()"
    ),
)


def upgrade() -> None:
    """Make everything."""
    _requests()
    _environments()
    _operations()
    _events()
    _plans()
    _deadlines()
    _leases()
    _audit()
    _notices()
    _senders()
    _deliveries()
    _refusals()
    _refusal_reports()
    for statement in SQLITE_TRIGGERS if op.get_context().dialect.name == "sqlite" else POSTGRESQL_TRIGGERS:
        op.execute(statement)


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.JSON(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_digest", sa.Text(), nullable=False),
        sa.Column("spec", sa.JSON()),
        sa.Column("material", sa.JSON(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("decisions", sa.JSON(), nullable=False),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_requests"),
        sa.UniqueConstraint("id", name="uq_requests_id"),
    )
    op.create_index("requests_by_environment", "requests", ["environment", "number"])
    op.create_index("requests_by_state", "requests", ["state", "number"])


def _environments() -> None:
    op.create_table(
        "environments",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("plan_digest", sa.Text(), nullable=False),
        sa.Column("outputs", sa.JSON(), nullable=False),
        sa.Column("ready_at", sa.BigInteger()),
        sa.Column("ends_at", sa.BigInteger()),
        sa.Column("retired_at", sa.BigInteger()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_environments"),
    )
    op.create_index("environments_by_name", "environments", ["name", "number"])
    op.create_index("environments_by_state", "environments", ["state", "name", "number"])
    op.create_index("environments_by_unit", "environments", ["unit", "name", "number"])
    op.create_index(
        "environments_in_use",
        "environments",
        ["name"],
        unique=True,
        sqlite_where=sa.text("state != 'retired'"),
        postgresql_where=sa.text("state != 'retired'"),
    )


def _operations() -> None:
    op.create_table(
        "operations",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("request", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.JSON(), nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("error", sa.JSON()),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request"], ["requests.id"], name="fk_operations_request", initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("number", name="pk_operations"),
        sa.UniqueConstraint("id", name="uq_operations_id"),
    )
    op.create_index("operations_by_environment", "operations", ["environment", "number"])
    op.create_index("operations_by_request", "operations", ["request", "number"])
    op.create_index("operations_by_state", "operations", ["state", "number"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("sequence", NUMBER, nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["operation"], ["operations.id"], name="fk_events_operation"),
        sa.PrimaryKeyConstraint("sequence", name="pk_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("events_by_operation", "events", ["operation", "sequence"])


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_plans"),
    )


def _deadlines() -> None:
    op.create_table(
        "deadlines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("acts", sa.Boolean(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("met_at", sa.BigInteger()),
        sa.Column("fired_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_deadlines"),
    )
    op.create_index("deadlines_by_subject", "deadlines", ["subject", "due_at", "id"])
    op.create_index(
        "deadlines_open",
        "deadlines",
        ["due_at", "id"],
        unique=False,
        sqlite_where=sa.text("met_at IS NULL AND fired_at IS NULL"),
        postgresql_where=sa.text("met_at IS NULL AND fired_at IS NULL"),
    )


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("operation", sa.Text()),
        sa.Column("holder", sa.Text()),
        sa.Column("until", sa.BigInteger()),
        sa.PrimaryKeyConstraint("environment", name="pk_leases"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.JSON(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit"),
    )
    op.create_index("audit_by_subject", "audit", ["subject", "sequence"])


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("to", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_notices"),
        sa.UniqueConstraint("id", name="uq_notices_id"),
    )
    op.create_index("notices_by_environment", "notices", ["environment", "number"])


def _senders() -> None:
    op.create_table(
        "senders",
        sa.Column("name", NAME, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("name", name="pk_senders"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sender"], ["senders.name"], name="fk_deliveries_sender"),
        sa.PrimaryKeyConstraint("sender", "id", name="pk_deliveries"),
    )


def _refusals() -> None:
    op.create_table(
        "refusals",
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute", "source", "reason", name="pk_refusals"),
    )


def _refusal_reports() -> None:
    op.create_table(
        "refusal_reports",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_refusal_reports"),
    )
