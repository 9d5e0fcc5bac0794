"""Names of units, systems, environments and roles, and the marks that every cloud resource carries."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

UnitId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{1,19}$")]
SystemId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{1,19}$")]
RoleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{1,15}$")]
VolumeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{1,15}$")]
EnvironmentName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9]{1,19}-[a-z][a-z0-9]{1,19}-(test|live|drill)$")
]


class Stage(StrEnum):
    """Stages of a tenancy (Art. 10); trial and production are one environment, promoted in place."""

    TEST = "test"
    TRIAL = "trial"
    PRODUCTION = "production"
    DRILL = "drill"
    """A throw-away copy of a live environment, in which restores are tried (Art. 44); nobody asks for it."""

    @property
    def suffix(self) -> str:
        """The last part of the environment's name."""
        return "live" if self in {Stage.TRIAL, Stage.PRODUCTION} else str(self)


class ManagedBy(StrEnum):
    """Whose word counts for an environment; the other door's is a conflict."""

    GIT = "git"
    HOOK = "hook"


def environment_name(unit: str, system: str, stage: Stage) -> str:
    """Give the name of the environment (and Pulumi stack, and project) of one system at one stage."""
    return f"{unit}-{system}-{stage.suffix}"
