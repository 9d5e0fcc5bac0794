"""The live tree of one operation, for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Self

from rich.live import Live
from rich.markup import escape
from rich.tree import Tree

from orchestrator.cli.follow import LineView, mark
from orchestrator.cli.output import error_console
from orchestrator.domain.records import StepEvent, StepStatus, StoredEvent

MINIMUM_LEAVES = 4
ORDER = {StepStatus.FAILED: 0, StepStatus.NOTE: 1, StepStatus.STARTED: 2, StepStatus.DONE: 3}
WORDS = {
    StepStatus.FAILED: "failed",
    StepStatus.NOTE: "noted",
    StepStatus.STARTED: "running",
    StepStatus.DONE: "done",
}


class TreeView(LineView):
    """Phases as branches, resources as leaves grouped by service; a leaf changes in place."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._phases: dict[str, dict[str, StepEvent]] = {}
        self._console = error_console()
        self._live = Live(console=self._console, get_renderable=self._render, refresh_per_second=8)

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
        key = f"{stored.sequence}" if own else event.resource
        leaves.pop(key, None)
        self._phases[event.phase] = {key: event} | leaves

    def _render(self) -> Tree:
        tree = Tree(f"[bold]{escape(self._title)}[/bold]")
        room = max(MINIMUM_LEAVES, self._console.height - len(self._phases) - 4)
        for phase, leaves in self._phases.items():
            branch = tree.add(_summary(phase, leaves.values()))
            room -= _grow(branch, leaves.values(), room if phase == next(reversed(self._phases)) else MINIMUM_LEAVES)
        return tree


def _summary(phase: str, events: Iterable[StepEvent]) -> str:
    counts = Counter(event.status for event in events if event.resource)
    words = [f"{number} {WORDS[status]}" for status, number in counts.items()]
    return f"[bold]{escape(phase)}[/bold] [dim]{', '.join(words)}[/dim]"


def _grow(branch: Tree, events: Iterable[StepEvent], room: int) -> int:
    """Add what a person wants to see first: what failed, what runs, then the newest; gives how many leaves it took."""
    shown = [event for event in events if event.resource or event.detail]
    shown.sort(key=lambda event: ORDER[event.status])
    for event in shown[:room]:
        branch.add(_leaf(event))
    if len(shown) > room:
        branch.add(f"[dim]and {len(shown) - room} more[/dim]")
    return min(len(shown), room)


def _leaf(event: StepEvent) -> str:
    kind = event.type.rsplit(":", 1)[-1]
    took = f" [dim]{event.seconds:.1f} s[/dim]" if event.seconds is not None else ""
    name = f"{escape(event.resource)} [dim]{kind}[/dim] " if event.resource else ""
    return f"{mark(event)} {event.action} {name}{escape(event.detail)}{took}".replace("  ", " ")
