"""Every test here may ask for ``records`` on SQLite."""

from __future__ import annotations

from tests.store import database_template, records

__all__ = ["database_template", "records"]
