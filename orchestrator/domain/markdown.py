"""Texts of strangers in Markdown: shown as they are, and never taken for markup.

Everything that came from a file stands as code. Code is where no forge looks for markup, HTML, mentions, references
or words that close an issue, so there is nothing to escape and nothing to forget.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from orchestrator.domain.texts import visible

LONGEST_TEXT = 300
TICKS = re.compile(r"`+")
LEAST_FENCE = 3
BAR = "|"
BAR_IN_A_CELL = "\N{FULLWIDTH VERTICAL LINE}"
LONGEST_TABLE = 40_000
"""Characters; a comment has room for 65,536, and more than its table stands in it."""


def code(text: str) -> str:
    """Give a text in one line as a code span; a long one is cut."""
    line = _one_line(text)
    if len(line) > LONGEST_TEXT:
        line = line[:LONGEST_TEXT] + "…"
    ticks = "`" * (_longest_run(line) + 1)
    room = " " if not line.strip() or line[0] in "` " or line[-1] in "` " else ""
    return f"{ticks}{room}{line}{room}{ticks}"


def cell(text: str) -> str:
    """Give a text as a code span for a table, empty for an empty one.

    Forges end a cell at a bar inside code too, and disagree about backslashes before one; what follows would be markup.
    """
    return code(text.replace(BAR, BAR_IN_A_CELL)) if text else ""


def rows(cells: Iterable[Iterable[str]], longest: int = LONGEST_TABLE) -> list[str]:
    """Give a table's rows, as many as there is room for."""
    found: list[str] = []
    for each in cells:
        row = "| " + " | ".join(each) + " |"
        longest -= len(row) + 1
        if longest < 0:
            break
        found.append(row)
    return found


def fence(lines: Iterable[str], language: str = "text") -> tuple[str, tuple[str, ...], str]:
    """Give the opening of a fenced block, its lines, and its end; no line of it can end it."""
    shown = tuple(_one_line(line) for line in lines)
    ticks = "`" * max(LEAST_FENCE, *(_longest_run(line) + 1 for line in shown), LEAST_FENCE)
    return f"{ticks}{language}", shown, ticks


def _one_line(text: str) -> str:
    return visible(" ".join(text.splitlines()).replace("\t", " "))


def _longest_run(line: str) -> int:
    return max((len(run) for run in TICKS.findall(line)), default=0)
