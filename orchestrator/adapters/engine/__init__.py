"""The durable engine: DBOS carries out operations, the tables stay the truth (docs/adr/0006-durable-engine.md).

Importing this package imports no DBOS: doors that only put operations on record never pay for it. A worker does.
"""

from __future__ import annotations

from orchestrator.adapters.engine.numbers import EngineNumbers
from orchestrator.adapters.engine.rows import RowQueue, row_queue

__all__ = ["EngineNumbers", "RowQueue", "row_queue"]
