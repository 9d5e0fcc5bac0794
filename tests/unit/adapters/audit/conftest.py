"""Records for copies of the audit log."""

from tests.store import database_template, records

__all__ = ["database_template", "records"]
