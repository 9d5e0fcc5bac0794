"""Which operations of an environment exclude each other.

Everything that changes an environment, or must find it unchanged, goes one after the other (DESIGN.md decision 5 calls
it one operation at a time). Who is let in at the doors of its hosts is another matter: a right that was revoked has to
end at once (Art. 36), not after hours of patching.
"""

from __future__ import annotations

from enum import StrEnum

from orchestrator.domain.records import Operation, OperationKind


class Lane(StrEnum):
    """Operations of one lane of an environment go one after the other; lanes do not wait for each other."""

    RESOURCES = "resources"
    """All that reads or changes what the environment is made of."""
    DOORS = "doors"
    """Who may enter the hosts: revocations, certificates, logs of sessions. Nothing else of the hosts is touched."""


LANES: dict[OperationKind, Lane] = {OperationKind.ACCESS: Lane.DOORS}
"""Kinds that have a lane of their own."""


def lane_of(kind: OperationKind) -> Lane:
    """Give the lane of a kind of operation."""
    return LANES.get(kind, Lane.RESOURCES)


def lane_name(operation: Operation) -> str:
    """Give the name under which an operation's lane of its environment is queued and leased.

    The lane of the resources has the environment's own name; no environment can be called as the others are.
    """
    lane = lane_of(operation.kind)
    return operation.environment if lane is Lane.RESOURCES else f"{operation.environment}/{lane}"
