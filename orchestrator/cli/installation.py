"""Where commands get the installation from; its parts are loaded when a command runs, not for ``--help``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.bootstrap import Installation


def open_installation() -> Installation:
    """Open the installation that the settings name."""
    from orchestrator import bootstrap

    return bootstrap.open_installation()
