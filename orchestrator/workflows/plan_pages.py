"""Where the page of a pull request's plan is: its address has a secret in it, so who reads the comment may read it."""

from __future__ import annotations

from orchestrator.ports import Vault


def page_token(vault: Vault, forge: str, number: int) -> str:
    """Give the secret in the address of one pull request's page."""
    return vault.derive(f"plan-page/{forge}/{number}")


def page_path(vault: Vault, forge: str, number: int) -> str:
    """Give the path of one pull request's page, as the web server has it."""
    return f"/plans/{forge}/{number}/{page_token(vault, forge, number)}"
