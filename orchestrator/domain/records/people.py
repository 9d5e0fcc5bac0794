"""Who acts: roles, and people in them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from orchestrator.domain.model import Model
from orchestrator.domain.names import ManagedBy


class Role(StrEnum):
    """Roles of RULES.md."""

    UNIT = "unit"
    OFFICE = "office"
    PROVIDER = "provider"
    BUREAU = "bureau"
    AUDITOR = "auditor"
    SYSTEM = "system"


class Actor(Model):
    """Who did something: a name, a role, and the door that he came through (``cli``, ``hook:<sender>``, ``clock``)."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    role: Role
    door: Annotated[str, Field(min_length=1, max_length=80)]

    @property
    def manager(self) -> ManagedBy | None:
        """Who manages what is founded through this door; None at the command line, which binds nobody."""
        kind = self.door.partition(":")[0]
        return ManagedBy(kind) if kind in set(ManagedBy) else None
