"""The lines that a task changed, from what Ansible's modules tell of before and after."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any

LINES_TOLD = 40
LINE_CHARACTERS = 200


def changed_lines(result: Mapping[str, Any]) -> tuple[str, ...]:
    """Give them marked ``+`` and ``-``, each thing under its name; at most so many, then how many more there are."""
    lines = [line[:LINE_CHARACTERS] for one in _diffs(result) for line in _lines(one)]
    more = len(lines) - LINES_TOLD
    return tuple(lines) if more <= 0 else (*lines[:LINES_TOLD], f"… and {more} more")


def _diffs(result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give the result's own, then those of a loop's rounds."""
    own = result.get("diff") or []
    yield from (one for one in (own if isinstance(own, list) else [own]) if isinstance(one, dict))
    for one in result.get("results") or []:
        if isinstance(one, dict) and one.get("changed"):
            yield from _diffs(one)


def _lines(diff: Mapping[str, Any]) -> Iterator[str]:
    if diff.get("prepared"):
        yield from str(diff["prepared"]).splitlines()
        return
    before, after = _text(diff.get("before")), _text(diff.get("after"))
    changed = [line for line in difflib.unified_diff(before, after, n=0, lineterm="") if _tells(line)]
    header = str(diff.get("after_header") or diff.get("before_header") or "")
    if header and changed:
        yield header
    yield from changed


def _text(value: Any) -> list[str]:  # noqa: ANN401  JSON
    """Give the lines of a text, or of an object written out."""
    if value is None:
        return []
    return (value if isinstance(value, str) else json.dumps(value, indent=1, sort_keys=True)).splitlines()


def _tells(line: str) -> bool:
    return not line.startswith(("---", "+++", "@@"))
