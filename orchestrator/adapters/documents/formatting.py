"""The normal form of a document: fields in the schema's order, one indent, every comment where it belongs.

A formatter must never change what a file says, so the text before and after are read and compared, and a file that
would be read otherwise is left as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from io import StringIO
from types import UnionType
from typing import get_args, get_origin

from pydantic import BaseModel
from ruamel.yaml import YAML

from orchestrator.adapters.documents.parser import parse
from orchestrator.adapters.documents.scalars import NotANumberError, plain_value
from orchestrator.adapters.documents.tree import Entry, Node
from orchestrator.domain.errors import OperationFailedError

MODELINE = "# yaml-language-server:"
WIDEST = 4096
"""Columns; long lines are left to who wrote them."""

PLAIN = re.compile(r"[\w./][\w ./-]*(?<! )")
"""Texts that need no quotes anywhere; more would be possible, this is enough."""

INDENT = 2
MOST_PASSES = 4
"""The emitter may move a comment's column once more after the first pass."""


class AnyOrder(BaseModel):
    """Stands for documents whose fields stay in the order that they have: requests are read as letters are."""


def normal_form(text: str, file: str, model: type[BaseModel]) -> str:
    """Give a document in its normal form; what is in it already comes back as it is.

    Raises:
        BadInputError: The text can't be read as YAML.
        OperationFailedError: Its normal form would be read otherwise: the file is left alone.
    """
    before = parse(text, file)
    if before.faults:
        return text
    made = text
    for _ in range(MOST_PASSES):
        last, made = made, _emitted(_ordered(made, file, model))
        if made == last:
            break
    if parse(made, file).data != before.data:
        raise OperationFailedError(f"{file} can't be brought to its normal form without changing it", rule="fmt")
    return made


def _ordered(text: str, file: str, model: type[BaseModel]) -> str:
    """Put the fields of every block into the order of the schema, each with the comments above it."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    root = parse(text, file).root
    start = _first_line(root, len(lines))
    head, body = _head(lines[:start])
    ordered = _block(lines, root, model, (start - len(body), len(lines)))
    return "".join((*head, *ordered))


def _first_line(root: Node, end: int) -> int:
    entries = list((root.entries or {}).values())
    return entries[0].key_span.line - 1 if entries else end


def _head(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Divide what stands above the first field: a head that ends with the modeline or a blank line stays first."""
    cut = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith((MODELINE, "---", "%")):
            cut = number
    return list(lines[:cut]), list(lines[cut:])


def _block(lines: Sequence[str], node: Node, kind: object, span: tuple[int, int], depth: int = 0) -> list[str]:
    """Give the lines of a mapping with its fields in order and at its depth; one in braces stays as it is."""
    start, end = span
    entries = _entries(node)
    if not _is_block(lines, node):
        return list(lines[start:end])
    begins = [start, *(begin_of(lines, entry, start) for _, entry in entries[1:])]
    parts: dict[str, list[str]] = {}
    for (name, entry), begin, stop in zip(entries, begins, [*begins[1:], end], strict=True):
        own, moved = entry.key_span.line, depth * INDENT - entry.key_span.column + 1
        if _is_block(lines, entry.node):
            inside = _block(lines, entry.node, kind_under(kind, name), (own, stop), depth + 1)
        else:
            inside = _moved(lines[own:stop], moved)
        parts[name] = [*_moved(lines[begin:own], moved), *inside]
    order = places_of(kind)
    names = sorted(parts, key=lambda name: order.get(name, len(order)))
    return [line for name in names for line in parts[name]]


def _moved(lines: Sequence[str], columns: int) -> list[str]:
    """Move lines to the right, or to the left as far as there is room."""
    if columns >= 0:
        return [" " * columns + line if line.strip() else line for line in lines]
    return [line[min(-columns, len(line) - len(line.lstrip(" "))) :] for line in lines]


def _entries(node: Node) -> list[tuple[str, Entry]]:
    return [(str(key), entry) for key, entry in (node.entries or {}).items()]


def _is_block(lines: Sequence[str], node: Node) -> bool:
    """Whether it is a mapping whose every key stands first in a line of its own, as far in as the others."""
    entries = _entries(node)
    columns = {entry.key_span.column for _, entry in entries}
    numbers = {entry.key_span.line for _, entry in entries}
    alone = all(not lines[entry.key_span.line - 1][: entry.key_span.column - 1].strip() for _, entry in entries)
    return not node.is_list and len(columns) == 1 and len(numbers) == len(entries) and alone


def begin_of(lines: Sequence[str], entry: Entry, least: int) -> int:
    """Give the line where a field begins: with the comments right above it, as far in as it stands."""
    begin = entry.key_span.line - 1
    indent = " " * (entry.key_span.column - 1) + "#"
    while begin > least and lines[begin - 1].startswith(indent):
        begin -= 1
    return begin


def places_of(kind: object) -> dict[str, int]:
    """Give the place of each field of a model; nothing for a mapping by free names, which stays as it is."""
    known = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}
    return {name: index for index, name in enumerate(known)}


def kind_under(kind: object, name: str) -> object:
    """Give what stands under a name: a model, a mapping of models, or anything else."""
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)) or name not in kind.model_fields:
        return None
    found: object = kind.model_fields[name].annotation
    options = get_args(found) if isinstance(found, UnionType) else (found,)
    return next((option for option in options if option is not type(None)), None)


def _emitted(text: str) -> str:
    """Write the text again with one indent; comments, quotes and braces stay."""
    yaml = round_trip()
    written = StringIO()
    yaml.dump(yaml.load(text), written)
    return written.getvalue()


def round_trip() -> YAML:
    """Give a reader and writer that keeps comments, quotes and braces, and writes one indent."""
    yaml = YAML(typ="rt")
    yaml.indent(mapping=INDENT, sequence=2 * INDENT, offset=INDENT)
    yaml.width = WIDEST
    yaml.preserve_quotes = True
    yaml.allow_unicode = True
    return yaml


def block(data: Mapping[str, object]) -> str:
    """Give plain values as a document in blocks, which is read back as these values."""
    yaml = YAML(typ="rt")
    yaml.width = WIDEST
    yaml.allow_unicode = True
    written = StringIO()
    yaml.dump(dict(data), written)
    return written.getvalue()


def as_scalar(value: str) -> str:
    """Give a text as a scalar that stands in one line, also inside brackets, and is read back as that text."""
    plain = PLAIN.fullmatch(value) and isinstance(_read_back(value), str)
    return value if plain else json.dumps(value, ensure_ascii=False)


def _read_back(value: str) -> object:
    try:
        return plain_value(value)
    except NotANumberError:
        return None
