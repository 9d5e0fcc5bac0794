"""``tenure doctor``: for every part outside the program, what was found, whether it serves, and how to mend it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from orchestrator.cli.output import JsonFlag, console, emit, is_json, say, use_json
from orchestrator.domain.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orchestrator.adapters.doctor import Finding

MARKS = {"yes": "[green]✓[/green]", "degraded": "[yellow]![/yellow]", "no": "[red]✗[/red]"}


def doctor(json: JsonFlag = False) -> None:
    """Say for every part what was found, whether it serves and how to mend it; exit 1 when one does not serve."""
    use_json(json)
    findings = list(_told(_examine()))
    counts = {word: sum(finding.serves == word for finding in findings) for word in MARKS}
    if is_json():
        emit("summary", {"serves": counts["no"] == 0, **counts})
    else:
        _print(findings)
        say(f"{counts['yes']} serve, {counts['degraded']} in part, {counts['no']} not")
    if counts["no"]:
        raise typer.Exit(ExitCode.FAILED)


def _examine() -> Iterator[Finding]:
    from orchestrator.adapters.clock import business_clock, real_now
    from orchestrator.adapters.doctor import examine
    from orchestrator.settings import Settings

    settings = Settings()
    return examine(settings, real_now(), business_now=business_clock(settings.clock_file).now())


def _told(findings: Iterable[Finding]) -> Iterator[Finding]:
    for finding in findings:
        if is_json():
            emit("finding", finding)
        yield finding


def _print(findings: list[Finding]) -> None:
    from rich.markup import escape
    from rich.table import Table

    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in range(3):
        grid.add_column()
    grid.add_column(overflow="fold")
    for finding in findings:
        facts = "\n".join(escape(_short(text)) for text in (finding.found, finding.detail) if text)
        hint = f"\n[cyan]→ {escape(finding.hint)}[/cyan]" if finding.hint else ""
        grid.add_row(MARKS[finding.serves], finding.part, finding.version or "", (facts + hint).strip())
    console().print(grid)


def _short(text: str) -> str:
    """Write the account's home as shells do."""
    return text.replace(str(Path.home()), "~")
