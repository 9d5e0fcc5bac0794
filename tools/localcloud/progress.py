"""How the steps of the local cloud tell what they do."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str], None]
"""Takes one line, a fact in the present or past tense; who prints it adds the time."""


def silent(_line: str) -> None:
    """Progress for callers that want none."""
