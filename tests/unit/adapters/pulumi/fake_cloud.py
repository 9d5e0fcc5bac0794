"""A cloud in memory, as far as errands and recovery ask it."""

from __future__ import annotations

from typing import Any

from orchestrator.adapters.pulumi.cloud_api import CloudApi

FORBIDDEN: dict[str, Any] = {"forbidden": True}
"""Stands alone in a collection that the account may not list."""


class FakeCloud(CloudApi):
    """Collections by service and path; every call is kept.

    Attributes:
        things: For instance ``{("network", "/ports"): [{"id": …}]}``; queries filter by equal fields.
        calls: Method, service and path of every change.
    """

    def __init__(self, things: dict[tuple[str, str], list[dict[str, Any]]]) -> None:
        self.things = things
        self.calls: list[tuple[str, str, str]] = []

    def items(self, service: str, path: str, key: str, **query: str) -> list[dict[str, Any]]:
        """List what fits the query."""
        del key
        found = self.things.get((service, path.removesuffix("/detail")), [])
        return [one for one in found if all(one.get(name, value) == value for name, value in query.items())]

    def items_if_allowed(self, service: str, path: str, key: str, **query: str) -> list[dict[str, Any]] | None:
        """List what fits the query, unless the account may not; then :data:`FORBIDDEN` stands there."""
        known = self.things.get((service, path), [])
        return None if known == [FORBIDDEN] else self.items(service, path, key, **query)

    def inside(self, project: str) -> FakeCloud:
        """Give what an account sees that may only read in one project."""
        mine = {at: [one for one in there if one.get("project_id") == project] for at, there in self.things.items()}
        return FakeCloud(mine)

    def item(self, service: str, path: str, key: str, **query: str) -> dict[str, Any] | None:
        """Give one thing by its id."""
        del key, query
        collection, _, identity = path.rpartition("/")
        return next((one for one in self.things.get((service, collection), []) if one["id"] == identity), None)

    def act(self, service: str, path: str, action: str) -> None:
        """Have something done to one thing, which is active afterwards."""
        self.calls.append((action, service, path))
        collection, _, identity = path.rpartition("/")
        for one in self.things[service, collection]:
            if one["id"] == identity:
                one["status"] = "ACTIVE"

    def remove(self, service: str, path: str) -> None:
        """Remove one thing by its id."""
        self.calls.append(("delete", service, path))
        collection, _, identity = path.rpartition("/")
        kept = [one for one in self.things.get((service, collection), []) if one["id"] != identity]
        self.things[service, collection] = kept
