"""Tables and headers in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

GENERATED = "<!-- Written by `make docs` from the code; changes belong there. -->"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Give a table; cells may hold anything but line breaks."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def page(*parts: str) -> str:
    """Give a page: the mark of generated files, then the parts."""
    return "\n\n".join((GENERATED, *parts)) + "\n"
