"""How large the installation is that is measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tests.samples import START

NOW: Final = START.replace(hour=16, minute=0, second=0, microsecond=0) + timedelta(days=1000)
"""Midnight in Shanghai, when dates fall due."""
SYSTEMS_PER_UNIT: Final = 500
STEP: Final = 7919
"""A prime: entries of one environment lie far apart in the audit log, as in a real one."""


MEASURED: Final = 20_000


@dataclass(frozen=True)
class Size:
    """Numbers of rows.

    Attributes:
        environments: Environments; everything else grows with them.
    """

    environments: int

    @property
    def measured(self) -> int:
        """How many entries at the end of the audit log are measured."""
        return min(MEASURED, 10 * self.environments)

    @property
    def requests(self) -> int:
        """One that made it and one that ends it."""
        return 2 * self.environments

    @property
    def operations(self) -> int:
        """Preview, provision, stop, retire."""
        return 4 * self.environments

    @property
    def deadlines(self) -> int:
        """Ten for each environment."""
        return 10 * self.environments

    @property
    def entries(self) -> int:
        """Fifty of the audit log for each environment."""
        return 50 * self.environments

    @property
    def due(self) -> int:
        """How many deadlines fall due at ``NOW``, one for each of the newest environments."""
        return min(MEASURED, self.environments)


def unit(number: int) -> str:
    """Give the unit of an environment."""
    return f"unit{number // SYSTEMS_PER_UNIT}"


def system(number: int) -> str:
    """Give the system of an environment."""
    return f"sys{number % SYSTEMS_PER_UNIT}"


def environment(number: int) -> str:
    """Give the name of an environment."""
    return f"{unit(number)}-{system(number)}-test"


def subject(number: int) -> str:
    """Give the subject of an environment's life."""
    return f"{environment(number)}@{request(2 * number)}"


def request(number: int) -> str:
    """Give the id of a request; environment n has 2n and 2n + 1."""
    return f"req-{number:012d}"


def operation(number: int) -> str:
    """Give the id of an operation; environment n has 4n to 4n + 3."""
    return f"op-{number:012d}"
