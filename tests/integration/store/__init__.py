"""The records on PostgreSQL."""
