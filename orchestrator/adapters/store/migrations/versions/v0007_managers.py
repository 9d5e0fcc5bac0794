"""Who manages an environment: git or the hook, as the door says by which it was founded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ENVIRONMENTS = sa.table(
    "environments", sa.column("number", sa.BigInteger()), sa.column("request", sa.Text()), sa.column("managed_by")
)
REQUESTS = sa.table("requests", sa.column("id", sa.Text()), sa.column("submitted_by", sa.JSON()))


def upgrade() -> None:
    """Add the column, and say of every environment what its first request's door says."""
    op.add_column("environments", sa.Column("managed_by", sa.Text()))
    connection = op.get_bind()
    same = REQUESTS.c.id == ENVIRONMENTS.c.request
    founded = connection.execute(sa.select(ENVIRONMENTS.c.number, REQUESTS.c.submitted_by).where(same)).all()
    for number, actor in founded:
        manager = str(actor["door"]).partition(":")[0]
        if manager in {"git", "hook"}:
            mine = sa.update(ENVIRONMENTS).where(ENVIRONMENTS.c.number == number)
            connection.execute(mine.values(managed_by=manager))
