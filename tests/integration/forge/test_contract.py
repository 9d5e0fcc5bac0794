"""The adapter for Gitea keeps the whole contract, on a real one."""

from __future__ import annotations

from tests.contracts.forges import ForgeContract


class TestGitea(ForgeContract):
    """Gitea, as it is."""
