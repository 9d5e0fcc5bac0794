"""How the demo speaks: headings, facts with the time that has passed, and nothing that was not checked."""

from __future__ import annotations

import time

from rich.markup import escape

from orchestrator.cli.output import emit, error_console, is_json
from orchestrator.domain.errors import OperationFailedError


class Teller:
    """Writes for people to standard error as progress does, and for pipelines as JSON lines."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def heading(self, text: str) -> None:
        """Begin a chapter."""
        if is_json():
            emit("chapter", {"text": text, "seconds": self._seconds()})
            return
        error_console().print(f"\n[bold]{escape(text)}[/bold] [dim]{self._seconds():.0f} s[/dim]", highlight=False)

    def progress(self, line: str) -> None:
        """Pass on what a long step says."""
        if is_json():
            emit("progress", {"text": line.strip(), "seconds": self._seconds()})
        elif line.strip():
            error_console().print(f"  [dim]{escape(line.strip())}[/dim]", highlight=False, soft_wrap=True)

    def fact(self, text: str, *, holds: bool = True, instead: str = "") -> None:
        """Tell what was checked; a check that does not hold ends the demo with ``instead``."""
        if not holds:
            raise OperationFailedError(f"the demo expected: {text}", detail=instead)
        if is_json():
            emit("fact", {"text": text, "seconds": self._seconds()})
        else:
            error_console().print(f"  [green]✓[/green] {escape(text)}", highlight=False, soft_wrap=True)

    def hint(self, text: str) -> None:
        """Tell what a person may do next."""
        if is_json():
            emit("hint", {"text": text})
        else:
            error_console().print(f"  [cyan]{escape(text)}[/cyan]", highlight=False, soft_wrap=True)

    def _seconds(self) -> float:
        return round(time.monotonic() - self._started, 1)
