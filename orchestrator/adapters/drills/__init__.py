"""Drills: the ground on which restores are tried, and the readable page of a drill's report (Art. 44)."""

from orchestrator.adapters.drills.no_ground import NoDrillGround

__all__ = ["NoDrillGround"]
