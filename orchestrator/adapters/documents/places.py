"""Places in a text that a person wrote, and the snippet that shows the fault."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from unicodedata import east_asian_width

from orchestrator.domain.errors import Place

LONGEST_LINE = 200
"""Characters of a line that a snippet shows; a longer line is cut around the fault."""

LINE_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""What the YAML parser counts as the end of a line."""

PRIVATE_KEY = "PRIVATE KEY"
"""Stands in the first line of every private key in PEM or OpenSSH form."""

WIDE = frozenset("WF")
"""East Asian widths that take two columns of a terminal."""


@dataclass(frozen=True)
class Span:
    """A stretch of one line: line and columns count from 1, ``end`` is the column behind it."""

    line: int
    column: int
    end: int


@dataclass(frozen=True)
class Source:
    """A text with the name of its file."""

    file: str
    text: str

    def place(self, span: Span) -> Place:
        """Give the place with a snippet: the line, and a mark under the stretch.

        A text in which a private key stands is never shown, not even in part.
        """
        snippet = None if PRIVATE_KEY in self.text else self._snippet(span)
        return Place(file=self.file, line=span.line, column=span.column, snippet=snippet)

    def line(self, number: int) -> str:
        """Give one line without its end; empty past the last one."""
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    @cached_property
    def _lines(self) -> list[str]:
        return LINE_BREAK.split(self.text)

    def _snippet(self, span: Span) -> str:
        line, start = self.line(span.line), span.column - 1
        cut = max(0, start - LONGEST_LINE // 2)
        shown = line[cut : cut + LONGEST_LINE]
        stretch = line[start : min(span.end - 1, cut + LONGEST_LINE)]
        before = "".join(" " * _width(character) for character in line[cut:start])
        mark = "^" * max(1, sum(_width(character) for character in stretch))
        gutter = f"{span.line:>4} | "
        return f"{gutter}{_printable(shown)}\n{' ' * (len(gutter) - 2)}| {before}{mark}"


def _width(character: str) -> int:
    return 2 if east_asian_width(character) in WIDE else 1


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "�" for character in text)
