"""Forges: Gitea, GitHub and GitLab behind one port (docs/adr/0016-forges.md)."""

from orchestrator.adapters.forge.opening import hooks_of, open_forge
from orchestrator.adapters.forge.settings import ForgeSettings

__all__ = ["ForgeSettings", "hooks_of", "open_forge"]
