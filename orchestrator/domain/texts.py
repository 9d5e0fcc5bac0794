"""Texts for people: what may stand in them, so that a terminal or a page shows what was written."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator

from orchestrator.domain.faults import Fault, refuse

TEXT_RULE = "text"
HIDDEN = frozenset({"Cc", "Cs", "Cf", "Co", "Cn"})
"""Unicode categories of what steers instead of showing: controls, formats, surrogates, private and unassigned ones."""
REPLACED = "\N{REPLACEMENT CHARACTER}"


def one_line(text: str) -> str:
    """Give the text; refuses characters that are not seen, line breaks included."""
    return _without_hidden(text, permitted="")


def lines(text: str) -> str:
    """Give the text; refuses characters that are not seen, but for line breaks and tabs."""
    return _without_hidden(text, permitted="\n\t")


def visible(text: str) -> str:
    """Give a text that nobody checked so that every character of it is seen: what steers is replaced by U+FFFD."""
    return "".join(REPLACED if unicodedata.category(character) in HIDDEN else character for character in text)


def _without_hidden(text: str, permitted: str) -> str:
    for character in text:
        if unicodedata.category(character) in HIDDEN and character not in permitted:
            refuse(Fault(TEXT_RULE, (), f"character U+{ord(character):04X} may not stand in a text for people"))
    return text


Line = Annotated[str, AfterValidator(one_line)]
Lines = Annotated[str, AfterValidator(lines)]
