"""The live tree of one operation, for a terminal."""

from __future__ import annotations

from collections import Counter
from typing import Self

from rich.live import Live
from rich.markup import escape
from rich.tree import Tree

from orchestrator.cli.follow import LineView, mark
from orchestrator.cli.output import error_console
from orchestrator.domain.records import StepEvent, StepStatus, StoredEvent


class TreeView(LineView):
    """Phases as branches, resources as leaves grouped by service; a leaf changes in place."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._phases: dict[str, dict[str, StepEvent]] = {}
        self._live = Live(console=error_console(), get_renderable=self._render, refresh_per_second=8)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Draw the last state and leave it on the screen."""
        self._live.__exit__(None, None, None)

    def take(self, stored: StoredEvent) -> None:
        """Show one event: a step replaces its own earlier line."""
        event = stored.event
        leaves = self._phases.setdefault(event.phase, {})
        own = event.status is StepStatus.NOTE and not event.resource
        leaves[f"{stored.sequence}" if own else event.resource] = event

    def _render(self) -> Tree:
        tree = Tree(f"[bold]{escape(self._title)}[/bold]")
        for phase, leaves in self._phases.items():
            counts = Counter(event.status for event in leaves.values() if event.resource)
            open_steps = counts[StepStatus.STARTED]
            summary = f"{counts[StepStatus.DONE]} done" + (f", {open_steps} running" if open_steps else "")
            branch = tree.add(f"[bold]{escape(phase)}[/bold] [dim]{summary}[/dim]")
            for event in leaves.values():
                if event.resource or event.detail:
                    branch.add(_leaf(event))
        return tree


def _leaf(event: StepEvent) -> str:
    kind = event.type.rsplit(":", 1)[-1]
    took = f" [dim]{event.seconds:.1f} s[/dim]" if event.seconds is not None else ""
    name = f"{escape(event.resource)} [dim]{kind}[/dim] " if event.resource else ""
    return f"{mark(event)} {event.action} {name}{escape(event.detail)}{took}".replace("  ", " ")
