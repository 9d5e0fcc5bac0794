"""The tables: whoever asks for them gets all of them."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from sqlalchemy import Table

from orchestrator.adapters.store import tables


def test_the_package_names_every_table_of_its_modules() -> None:
    """A module that is not named would be a table that no migration is held against."""
    for module in pkgutil.iter_modules(tables.__path__, f"{tables.__name__}."):
        import_module(module.name)
    exported = (getattr(tables, name) for name in tables.__all__)
    assert {thing.name for thing in exported if isinstance(thing, Table)} == set(tables.metadata.tables)
