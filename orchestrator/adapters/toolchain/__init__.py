"""Pulumi's programs of pinned versions: found on PATH, downloaded, or built from pinned Go modules (ADR 0002)."""

from orchestrator.adapters.toolchain.toolchain import PartStatus, Toolchain
from orchestrator.adapters.toolchain.tools import PeerTools, Tools

__all__ = ["PartStatus", "PeerTools", "Toolchain", "Tools"]
