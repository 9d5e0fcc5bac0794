"""Some fields of a document changed, and not a character besides: comments, order, quotes and blanks stay.

A field is changed where it stands in the text. What stands there in an uncommon way (a text over several lines, a list
with remarks inside its brackets) is written by the round trip of the parser instead, which keeps comments too, but may
move blanks. What was written is read back and compared, so no field but the named ones ever says something else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from copy import deepcopy
from io import StringIO
from typing import Any

from pydantic import BaseModel, JsonValue

from orchestrator.adapters.documents.formatting import (
    as_scalar,
    begin_of,
    block,
    kind_under,
    places_of,
    round_trip,
)
from orchestrator.adapters.documents.parser import parse
from orchestrator.adapters.documents.tree import Entry, Node
from orchestrator.domain.errors import OperationFailedError, TenureError
from orchestrator.domain.file_fields import FileField

CLOSING = re.compile(r"[ ,]*\]")


def amended(text: str, file: str, fields: Iterable[FileField], model: type[BaseModel]) -> str:
    """Give a document with some fields changed.

    Raises:
        BadInputError: The text can't be read as YAML.
        OperationFailedError: It could not be written so that it says just this.
    """
    for field in fields:
        wanted = _with(parse(text, file).data, field.path, field.value)
        made = (attempt(text, file, field, model) for attempt in (_in_place, _by_round_trip))
        found = next((one for one in made if one is not None and _says(one, file, wanted)), None)
        if found is None:
            raise OperationFailedError(f"{field.name} of {file} can't be changed by machine", rule="amend")
        text = found
    return text


def _says(text: str, file: str, wanted: object) -> bool:
    try:
        return parse(text, file).data == wanted
    except TenureError:
        return False


def _with(data: object, path: Sequence[str], value: JsonValue) -> object:
    """Give plain data with one value set, or taken away when it is None."""
    changed = deepcopy(data)
    _set(changed, path, value)
    return changed


def _set(data: Any, path: Sequence[str], value: JsonValue) -> None:  # noqa: ANN401  plain data, or the parser's own
    *outer, last = path
    for name in outer:
        if not data.get(name):
            data[name] = {}
        data = data[name]
    if value is None:
        data.pop(last, None)
    else:
        data[last] = value


def _by_round_trip(text: str, file: str, field: FileField, model: type[BaseModel]) -> str:
    del file, model
    yaml = round_trip()
    data = yaml.load(text)
    _set(data, field.path, field.value)
    written = StringIO()
    yaml.dump(data, written)
    return written.getvalue()


def _in_place(text: str, file: str, field: FileField, model: type[BaseModel]) -> str | None:
    """Change a field where it stands; None where that is not simple."""
    root = parse(text, file).root
    entry, depth = root.find(field.path)
    lines = text.splitlines(keepends=True)
    if entry is not None and depth == len(field.path):
        return _removed(lines, entry) if field.value is None else _replaced(lines, entry, field.value)
    if field.value is None:
        return text
    node = root if entry is None else entry.node
    if node.entries is None or node.is_list:
        return None
    kind: object = model
    for name in field.path[:depth]:
        kind = kind_under(kind, name)
    return _inserted(lines, node, kind, _nested(field.path[depth:], field.value))


def _nested(path: Sequence[str], value: JsonValue) -> dict[str, JsonValue]:
    first, *rest = path
    return {first: _nested(rest, value) if rest else value}


def _replaced(lines: list[str], entry: Entry, value: JsonValue) -> str | None:
    if isinstance(value, list):
        return _replaced_list(lines, entry, value)
    span = entry.node.span
    if entry.node.entries is not None or span.end <= span.column:
        return None
    line = lines[span.line - 1]
    lines[span.line - 1] = line[: span.column - 1] + _flow(value) + line[span.end - 1 :]
    return "".join(lines)


def _removed(lines: list[str], entry: Entry) -> str:
    """Take a field away with the remarks right above it."""
    begin = begin_of(lines, entry, 0)
    return "".join((*lines[:begin], *lines[max(entry.key_span.line, _last_line(entry.node)) :]))


def _last_line(node: Node) -> int:
    return max((node.span.line, *(_last_line(entry.node) for entry in (node.entries or {}).values())))


def _replaced_list(lines: list[str], entry: Entry, value: list[JsonValue]) -> str | None:
    node, span = entry.node, entry.node.span
    if not node.is_list:
        return None
    line = lines[span.line - 1]
    if not line.startswith("[", span.column - 1):
        return _replaced_items(lines, entry, value)
    last = [one.node.span for one in (node.entries or {}).values()][-1:]
    end = CLOSING.match(line, last[0].end - 1 if last else span.column)
    if end is None or any(one.line != span.line for one in last):
        return None
    lines[span.line - 1] = line[: span.column - 1] + _flow(value) + line[end.end() :]
    return "".join(lines)


def _replaced_items(lines: list[str], entry: Entry, value: list[JsonValue]) -> str | None:
    """Let items that stay keep their line and the remarks above it; new ones get a line of their own."""
    items = [one.node for one in (entry.node.entries or {}).values()]
    if not value or any(item.entries is not None for item in items):
        return None
    begin, dash = entry.key_span.line, lines[items[0].span.line - 1].index("-")
    known: dict[str, list[str]] = {}
    head = lines[:begin]
    for item in items:
        known[json.dumps(item.value)] = lines[begin : item.span.line]
        begin = item.span.line
    made = (known.get(json.dumps(one), [f"{' ' * dash}- {_flow(one)}\n"]) for one in value)
    return "".join((*head, *(line for part in made for line in part), *lines[begin:]))


def _inserted(lines: list[str], node: Node, kind: object, value: dict[str, JsonValue]) -> str | None:
    """Put a field into a mapping at its place in the schema, above the remarks of the field that follows it."""
    at, column = node.span.line - 1, node.span.column - 1
    if lines[at].startswith("{", column):
        rest = lines[at][column + 1 :]
        blanks = rest[: len(rest) - len(rest.lstrip(" "))]
        comma = ", " if node.entries else ""
        lines[at] = lines[at][: column + 1] + blanks + _flow(value)[1:-1] + comma + rest[len(blanks) :]
        return "".join(lines)
    entries = list((node.entries or {}).items())
    if not entries:
        return None
    order, (name,) = places_of(kind), value
    place = order.get(name, -1)
    following = next((entry for key, entry in entries if order.get(str(key), -1) > place), entries[0][1])
    line = begin_of(lines, following, 0)
    indent = " " * (following.key_span.column - 1)
    made = [indent + one for one in block(value).splitlines(keepends=True)]
    return "".join((*lines[:line], *made, *lines[line:]))


def _flow(value: JsonValue) -> str:
    """Give a value as it stands in one line."""
    match value:
        case bool() | int() | float() | None:
            return json.dumps(value)
        case str():
            return as_scalar(value)
        case list():
            return f"[{', '.join(_flow(one) for one in value)}]"
        case dict():
            return f"{{{', '.join(f'{as_scalar(name)}: {_flow(one)}' for name, one in value.items())}}}"
