"""Faults on purpose: chosen requests to the local cloud fail or wait. For tests of what a user then sees."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from tools.localcloud.settings import Layout, Service, write_private


class Moment(StrEnum):
    """When the fault strikes."""

    BEFORE = "before"
    AFTER = "after"


class Fault(BaseModel):
    """One fault.

    Attributes:
        service: Whose API fails.
        method: HTTP method, or ``*``.
        path: Regular expression, searched in the path of the request (for instance ``/servers$``).
        skip: How many matching requests pass first.
        count: How many are hit then.
        status: The answer's status; None only delays.
        message: What the answer says.
        delay_seconds: How long a hit request waits before anything else happens.
        moment: ``before``: the service never sees the request; ``after``: it does the work, only the answer is lost.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: Service
    method: str = "*"
    path: str
    skip: int = Field(default=0, ge=0)
    count: int = Field(default=1, ge=1)
    status: int | None = Field(default=500, ge=400, le=599)
    message: str = "a fault on purpose"
    delay_seconds: float = Field(default=0, ge=0)
    moment: Moment = Moment.BEFORE


def inject(root: Path, faults: Sequence[Fault]) -> None:
    """Make exactly these faults the ones in force, their counts from zero."""
    entries = [{"id": uuid.uuid4().hex, **fault.model_dump(mode="json")} for fault in faults]
    write_private(Layout(root).faults, json.dumps(entries, indent=2))


def clear(root: Path) -> None:
    """No more faults."""
    Layout(root).faults.unlink(missing_ok=True)
