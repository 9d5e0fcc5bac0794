"""Hours that somebody decided for the patches of one environment."""

from __future__ import annotations

from sqlalchemy import Connection

from orchestrator.adapters.store.kept import SqlKeptOfLives
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import patch_windows
from orchestrator.domain.records import PatchWindow

PATCH_WINDOWS = RecordMapping(PatchWindow, patch_windows)


class SqlPatchWindows(SqlKeptOfLives[PatchWindow]):
    """Implements :class:`orchestrator.ports.PatchWindows`."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, PATCH_WINDOWS, "patch window", "tenure patch status ENV")
