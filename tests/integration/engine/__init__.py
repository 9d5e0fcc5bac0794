"""The durable engine on real parts: DBOS, SQLite, processes that are really killed."""
