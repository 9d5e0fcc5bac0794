"""What forges told about pull requests, and the newest check of each with its page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import WAITING, forge_deliveries, plan_pages, pull_checks
from orchestrator.domain.forge import ForgeDelivery, PlanPage, PullCheck

DELIVERIES = RecordMapping(ForgeDelivery, forge_deliveries)
CHECKS = RecordMapping(PullCheck, pull_checks)
PAGES = RecordMapping(PlanPage, plan_pages)


class SqlForgeDeliveries:
    """Implements :class:`orchestrator.ports.forge.ForgeDeliveries`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, delivery: ForgeDelivery) -> bool:
        """Store it unless the same forge has sent this id before."""
        columns = forge_deliveries.c
        same = select(forge_deliveries).where(columns.forge == delivery.forge, columns.id == delivery.id)
        if DELIVERIES.one(self._connection, same) is not None:
            return False
        DELIVERIES.insert(self._connection, delivery)
        return True

    def waiting(self, forge: str) -> tuple[ForgeDelivery, ...]:
        """Give those whose pull request was not looked at since, oldest first."""
        columns = forge_deliveries.c
        wanted = select(forge_deliveries).where(columns.forge == forge, WAITING).order_by(columns.at, columns.id)
        return DELIVERIES.all(self._connection, wanted)

    def done(self, deliveries: tuple[ForgeDelivery, ...], at: datetime) -> None:
        """Say that their pull request was looked at."""
        columns = forge_deliveries.c
        for each in deliveries:
            mine = (columns.forge == each.forge, columns.id == each.id)
            self._connection.execute(update(forge_deliveries).where(*mine).values(done_at=at))

    def forget(self, before: datetime) -> int:
        """Remove what was done before an instant."""
        statement = delete(forge_deliveries).where(forge_deliveries.c.done_at < before)
        return self._connection.execute(statement).rowcount


class SqlPullChecks:
    """Implements :class:`orchestrator.ports.forge.PullChecks`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, check: PullCheck) -> None:
        """Store or replace by forge and number."""
        columns = pull_checks.c
        self._connection.execute(delete(pull_checks).where(columns.forge == check.forge, columns.pull == check.pull))
        CHECKS.insert(self._connection, check)

    def find(self, forge: str, number: int) -> PullCheck | None:
        """Give the newest one of a pull request."""
        columns = pull_checks.c
        wanted = select(pull_checks).where(columns.forge == forge, columns.pull == number)
        return CHECKS.one(self._connection, wanted)

    def list(self, forge: str) -> tuple[PullCheck, ...]:
        """List those of a forge, the highest number first."""
        columns = pull_checks.c
        wanted = select(pull_checks).where(columns.forge == forge).order_by(columns.pull.desc())
        return CHECKS.all(self._connection, wanted)

    def put_page(self, page: PlanPage) -> None:
        """Store or replace by forge and number."""
        columns = plan_pages.c
        self._connection.execute(delete(plan_pages).where(columns.forge == page.forge, columns.pull == page.pull))
        PAGES.insert(self._connection, page)

    def page(self, forge: str, number: int) -> PlanPage | None:
        """Give the page of a pull request."""
        columns = plan_pages.c
        return PAGES.one(self._connection, select(plan_pages).where(columns.forge == forge, columns.pull == number))

    def forget_pages(self, before: datetime) -> int:
        """Remove the pages of checks that ended before an instant."""
        return self._connection.execute(delete(plan_pages).where(plan_pages.c.at < before)).rowcount
