"""Doing several things of which none may keep another from being done."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from orchestrator.domain.errors import BusyError, CancelledError, TenureError


def one_by_one(steps: Iterable[Callable[[], object]]) -> None:
    """Do every step; the first error of one is raised when all others are done.

    A service that is away, and a wish to stop, end it at once: no other step would do better.
    """
    failed: list[TenureError] = []
    for step in steps:
        try:
            step()
        except (BusyError, CancelledError):
            raise
        except TenureError as error:
            failed.append(error)
    if failed:
        raise failed[0]
