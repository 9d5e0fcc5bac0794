"""What a worker does again and again: dates that are due, and rights to enter whose time is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from orchestrator.workflows import access
from orchestrator.workflows.context import Ports
from orchestrator.workflows.sweep import sweep


def go_round(ports: Ports, real_now: Callable[[], datetime]) -> int:
    """Act on everything that is over or due now; gives how many grants ended and deadlines fired.

    Grants follow real time, deadlines the business clock.
    """
    return access.settle(ports, real_now()) + sweep(ports)
