"""Records for the parts that keep leases and store events."""

from __future__ import annotations

from tests.store import database_template, records

__all__ = ["database_template", "records"]
