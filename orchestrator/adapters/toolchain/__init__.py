"""Pulumi's programs of pinned versions: found on PATH, downloaded, or built from pinned Go modules (ADR 0002)."""

from orchestrator.adapters.toolchain.toolchain import PartStatus, Toolchain
from orchestrator.adapters.toolchain.tools import ForgeTools, PeerTools, Tools

__all__ = ["ForgeTools", "PartStatus", "PeerTools", "Toolchain", "Tools"]
