"""What may be chosen at the command line of the bench."""

from __future__ import annotations

from orchestrator.domain.model import Model


class Options(Model):
    """How much is measured.

    Attributes:
        rounds: Pairs to measure.
        at_once: Environments made at once; 0 leaves that out.
        idle_seconds: For how long an idle server is watched; 0 leaves that out.
        environments: Environments on record, at the largest of the sizes of ``life``.
        fleet: Environments without servers on the cloud, at the largest of the sizes of ``gitops``.
        files: Environments in the repository of ``gitops``.
    """

    rounds: int = 5
    at_once: int = 8
    idle_seconds: float = 20.0
    environments: int = 100_000
    fleet: int = 200
    files: int = 2000
