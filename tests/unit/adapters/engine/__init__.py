"""Parts of the engine that need no DBOS."""
