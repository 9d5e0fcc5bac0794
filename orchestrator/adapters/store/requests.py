"""The requests on record."""

from __future__ import annotations

from sqlalchemy import Connection, select

from orchestrator.adapters.store.faults import changed_meanwhile, not_found
from orchestrator.adapters.store.listing import known, page
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import requests
from orchestrator.domain.errors import ConflictError
from orchestrator.domain.records import Request

REQUESTS = RecordMapping(Request, requests)


class SqlRequests:
    """Implements :class:`orchestrator.ports.Requests`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, request: Request) -> None:
        """Store a new request; ConflictError when the id is taken."""
        if self.find(request.id):
            raise ConflictError(f"request {request.id} exists already", hint=f"tenure request show {request.id}")
        REQUESTS.insert(self._connection, request)

    def find(self, request_id: str) -> Request | None:
        """Give one, or None."""
        return REQUESTS.one(self._connection, select(requests).where(requests.c.id == request_id))

    def get(self, request_id: str) -> Request:
        """Give one; NotFoundError."""
        found = self.find(request_id)
        if found is None:
            raise not_found("request", request_id, known(self._connection, requests.c.id), "tenure request list")
        return found

    def put(self, request: Request, *, expected: Request) -> None:
        """Replace the record if it still equals ``expected``; ConflictError tells what happened instead."""
        found = self.get(request.id)
        if differences := REQUESTS.differences(found, expected):
            raise changed_meanwhile("request", request.id, differences, "tenure request show")
        REQUESTS.replace(self._connection, request, "id")

    def list(
        self, *, state: str | None = None, environment: str | None = None, limit: int = 100
    ) -> tuple[Request, ...]:
        """List, newest first."""
        statement = page(select(requests), {requests.c.state: state, requests.c.environment: environment}, limit)
        return REQUESTS.all(self._connection, statement.order_by(requests.c.number.desc()))
