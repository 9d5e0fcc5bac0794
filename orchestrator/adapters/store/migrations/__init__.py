"""How the tables came to be; run by :func:`orchestrator.adapters.store.schema.migrate`."""
