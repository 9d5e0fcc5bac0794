"""How every command speaks: for people on a terminal, or as a stream of JSON lines for pipelines.

Each JSON line begins with ``"schema": "tenure/1"`` and a ``type``. Results go to standard output, progress for people
and diagnostics to standard error, so that a pipe carries results only.
"""

from __future__ import annotations

import json
import sys
from contextvars import ContextVar
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel

from orchestrator.domain.calendar import SHANGHAI
from orchestrator.domain.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from orchestrator.domain.errors import Diagnostic, TenureError

SCHEMA = "tenure/1"
PLAIN_WIDTH = 1000

JsonFlag = Annotated[bool, typer.Option("--json", help="Speak JSON lines, one object a line.")]


class Format(StrEnum):
    """Who reads the output."""

    HUMAN = "human"
    JSON = "json"


_format: ContextVar[Format] = ContextVar("format", default=Format.HUMAN)


def use_json(wanted: bool) -> None:
    """Choose the format of this command; the error handler asks for it too."""
    _format.set(Format.JSON if wanted else Format.HUMAN)


def is_json() -> bool:
    """Whether a pipeline reads."""
    return _format.get() is Format.JSON


def emit(kind: str, value: BaseModel | dict[str, Any]) -> None:
    """Write one JSON line of a type; fields of a model are written under their own names.

    A resource's own type stands as ``resource_type``, because ``type`` says what kind of line it is.
    """
    fields = dict(value.model_dump(mode="json") if isinstance(value, BaseModel) else value)
    if "type" in fields:
        fields["resource_type"] = fields.pop("type")
    line = json.dumps({"schema": SCHEMA, "type": kind, **fields}, ensure_ascii=False, default=str)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def say(text: str = "") -> None:
    """Write a line of the result for people; nothing in JSON mode."""
    if not is_json():
        console().print(text, highlight=False, soft_wrap=True)


def tell(text: str) -> None:
    """Write progress for people to standard error; nothing in JSON mode."""
    if not is_json():
        error_console().print(text, highlight=False, soft_wrap=True)


def suggest(command: str, why: str = "") -> None:
    """Name the next command that makes sense."""
    tell(f"[dim]next:[/dim] [cyan]{command}[/cyan]" + (f" [dim]({why})[/dim]" if why else ""))


def console() -> Console:
    """Give the console of results."""
    return _console(stderr=False)


def error_console() -> Console:
    """Give the console of progress and faults."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    """Off a terminal nothing is wrapped: lines there are read by programs, or kept in logs."""
    from rich.console import Console

    made = Console(stderr=stderr)
    return made if made.is_terminal else Console(stderr=stderr, width=PLAIN_WIDTH)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Write a plain table for people; ``empty`` says what it means that there are no rows."""
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns[:-1]:
        grid.add_column(column, no_wrap=True)
    grid.add_column(columns[-1], overflow="fold")
    for row in rows:
        grid.add_row(*row)
    console().print(grid if grid.row_count else f"[dim]{empty}[/dim]")


def local(moment: datetime | None) -> str:
    """Write an instant as people in Shanghai read it."""
    return "–" if moment is None else moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def report(error: TenureError) -> None:
    """Write an error's findings: summary, place, snippet, detail, rule and hint."""
    report_findings(error.diagnostics, error.code)


def report_findings(findings: Iterable[Diagnostic], code: str) -> None:
    """Write findings; ``code`` says in JSON what kind of thing they are."""
    for finding in findings:
        if is_json():
            emit("diagnostic", {"code": code, **finding.model_dump(mode="json", exclude_none=True)})
        else:
            _print_finding(finding)


def _print_finding(finding: Diagnostic) -> None:
    from rich.markup import escape

    err = error_console()
    colour = "red" if finding.severity is Severity.ERROR else "yellow"
    where = f"{finding.place}: " if finding.place else ""
    err.print(
        f"[bold {colour}]{finding.severity}[/bold {colour}]: {escape(where)}{escape(finding.summary)}",
        highlight=False,
        soft_wrap=True,
    )
    lines = [
        (None, finding.place.snippet if finding.place else None),
        (None, finding.detail),
        ("field", finding.field),
        ("rule", finding.rule),
        ("hint", finding.hint),
    ]
    for label, text in lines:
        if text:
            shown = f"[dim]{label}:[/dim] {escape(text)}" if label else escape(text)
            err.print("  " + shown.replace("\n", "\n  "), highlight=False, soft_wrap=True)
