"""The repository of desired state, read by git's own program; nothing is ever checked out."""

from orchestrator.adapters.git.program import Git
from orchestrator.adapters.git.repository import GitRepository, Origin

__all__ = ["Git", "GitRepository", "Origin"]
