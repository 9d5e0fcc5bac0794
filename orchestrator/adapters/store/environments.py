"""The environments on record; a name may be used again once its environment is retired."""

from __future__ import annotations

from sqlalchemy import Connection, Select, select, update

from orchestrator.adapters.store.faults import changed_meanwhile, not_found
from orchestrator.adapters.store.listing import known, page
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import environments
from orchestrator.domain.errors import ConflictError
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.records import Environment

ENVIRONMENTS = RecordMapping(Environment, environments, unit=lambda environment: environment.spec.unit)


class SqlEnvironments:
    """Implements :class:`orchestrator.ports.Environments`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, environment: Environment) -> None:
        """Store a new environment; ConflictError when the name is in use (a retired name may be used again)."""
        found = self.find(environment.name)
        if found is not None and found.state is not EnvironmentState.RETIRED:
            raise ConflictError(
                f"environment {environment.name} exists already",
                detail=f"it is {found.state}, made by {found.request}",
                hint=f"tenure env show {environment.name}",
            )
        ENVIRONMENTS.insert(self._connection, environment)

    def find(self, name: str) -> Environment | None:
        """Give the newest one of that name, or None."""
        return ENVIRONMENTS.one(self._connection, _newest(name))

    def get(self, name: str) -> Environment:
        """Give the newest one of that name; NotFoundError."""
        found = self.find(name)
        if found is None:
            raise not_found("environment", name, known(self._connection, environments.c.name), "tenure env list")
        return found

    def put(self, environment: Environment) -> Environment:
        """Replace version n by n + 1 and give it back; ConflictError when somebody else was faster.

        ``created_at`` tells an environment from an earlier one of the same name.
        """
        following = environment.model_copy(update={"version": environment.version + 1})
        newest = _newest(environment.name).with_only_columns(environments.c.number).scalar_subquery()
        statement = update(environments).where(
            environments.c.number == newest,
            environments.c.version == environment.version,
            environments.c.created_at == environment.created_at,
        )
        if self._connection.execute(statement.values(ENVIRONMENTS.row(following))).rowcount == 0:
            found = self.get(environment.name)
            differences = ENVIRONMENTS.differences(found, environment)
            raise changed_meanwhile("environment", environment.name, differences, "tenure env show")
        return following

    def list(self, *, state: str | None = None, unit: str | None = None, limit: int = 100) -> tuple[Environment, ...]:
        """List by name; of one name, the oldest first."""
        wanted = {environments.c.state: state, environments.c.unit: unit}
        statement = page(select(environments), wanted, limit).order_by(environments.c.name, environments.c.number)
        return ENVIRONMENTS.all(self._connection, statement)


def _newest(name: str) -> Select[tuple[object, ...]]:
    return select(environments).where(environments.c.name == name).order_by(environments.c.number.desc()).limit(1)
