"""The operations on record, their plans and their events."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from orchestrator.adapters.store.faults import changed_meanwhile, not_found
from orchestrator.adapters.store.listing import known, page
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import events, operations, plans
from orchestrator.domain.errors import ConflictError, NotFoundError
from orchestrator.domain.plan import Plan
from orchestrator.domain.records import Operation, StepEvent, StoredEvent

OPERATIONS = RecordMapping(Operation, operations)
EVENTS = RecordMapping(StoredEvent, events)


class SqlOperations:
    """Implements :class:`orchestrator.ports.Operations`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, operation: Operation) -> None:
        """Store a new operation; ConflictError when the id is taken."""
        if self._find(operation.id):
            raise ConflictError(
                f"operation {operation.id} exists already", hint=f"tenure operation show {operation.id}"
            )
        OPERATIONS.insert(self._connection, operation)

    def get(self, operation_id: str) -> Operation:
        """Give one; NotFoundError."""
        found = self._find(operation_id)
        if found is None:
            raise not_found(
                "operation", operation_id, known(self._connection, operations.c.id), "tenure operation list"
            )
        return found

    def put(self, operation: Operation, *, expected: Operation) -> None:
        """Replace the record if it still equals ``expected``; ConflictError otherwise."""
        found = self.get(operation.id)
        if differences := OPERATIONS.differences(found, expected):
            raise changed_meanwhile("operation", operation.id, differences, "tenure operation show")
        OPERATIONS.replace(self._connection, operation, "id")

    def list(
        self, *, environment: str | None = None, request: str | None = None, state: str | None = None, limit: int = 100
    ) -> tuple[Operation, ...]:
        """List, newest first."""
        wanted = {
            operations.c.environment: environment,
            operations.c.request: request,
            operations.c.state: state,
        }
        statement = page(select(operations), wanted, limit).order_by(operations.c.number.desc())
        return OPERATIONS.all(self._connection, statement)

    def add_event(self, operation: Operation, event: StepEvent, at: datetime) -> None:
        """Append to the operation's stream."""
        row = {
            "operation": operation.id,
            "environment": operation.environment,
            "at": at,
            "event": event.model_dump(mode="json"),
        }
        self._connection.execute(insert(events), row)

    def events(self, operation_id: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Give the stream, from the first event with a sequence number above ``after``."""
        statement = select(events).where(events.c.operation == operation_id, events.c.sequence > after)
        return EVENTS.all(self._connection, statement.order_by(events.c.sequence))

    def store_plan(self, plan: Plan) -> None:
        """Keep a plan under its digest; the same plan twice is one."""
        digest = plan.digest
        if self._connection.execute(select(plans.c.digest).where(plans.c.digest == digest)).first():
            return
        row = {
            "digest": digest,
            "environment": plan.environment,
            "made_at": plan.made_at,
            "plan": plan.model_dump(mode="json"),
        }
        self._connection.execute(insert(plans), row)

    def plan(self, digest: str) -> Plan:
        """Give a plan; NotFoundError."""
        found = self._connection.execute(select(plans.c.plan).where(plans.c.digest == digest)).scalar()
        if found is None:
            raise NotFoundError(f"no plan has the digest {digest}", hint="make one: tenure env plan NAME")
        return Plan.model_validate(found)

    def _find(self, operation_id: str) -> Operation | None:
        return OPERATIONS.one(self._connection, select(operations).where(operations.c.id == operation_id))
