"""YAML text to a tree: a strict subset, and every fault at once that does not end the reading.

Refused, each with its rule: broken syntax, tabs as indentation, several documents, anchors and aliases (and with them
alias bombs), tags, keys that are no strings, duplicate keys, numbers that are none, nesting beyond 32 levels,
documents over 256 KiB. Events are read lazily, so a bomb ends the reading before it costs memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import ReaderError

from orchestrator.adapters.documents.places import Source, Span
from orchestrator.adapters.documents.scalars import NotANumberError, plain_value
from orchestrator.adapters.documents.tree import Entry, Node
from orchestrator.domain.errors import BadInputError, Diagnostic, Place

LARGEST_BYTES = 256 * 1024
DEEPEST = 32
MOST_VALUES = 10_000
MOST_FAULTS = 50
"""So many faults end the reading: nobody mends more at once, and each costs time to show."""

KEY = "?"
"""Stands in a path for a key that is no name, as in YAML itself."""

INDENTING_TAB = re.compile(r"^ *\t", re.MULTILINE)


class YamlRule(StrEnum):
    """What this reader of YAML refuses."""

    SYNTAX = "yaml/syntax"
    ENCODING = "yaml/encoding"
    TAB = "yaml/tab"
    SIZE = "yaml/size"
    DEPTH = "yaml/depth"
    EMPTY = "yaml/empty"
    DOCUMENTS = "yaml/one-document"
    ALIAS = "yaml/alias"
    TAG = "yaml/tag"
    KEY = "yaml/key"
    DUPLICATE_KEY = "yaml/duplicate-key"
    NUMBER = "yaml/number"


@dataclass(frozen=True)
class Document:
    """A parsed file: its tree, and the faults that did not keep it from being read.

    Attributes:
        source: Text and name of the file.
        root: The top of the tree.
        faults: Sorted by place.
    """

    source: Source
    root: Node
    faults: tuple[Diagnostic, ...] = ()

    @property
    def data(self) -> object:
        """The values without places."""
        return self.root.data


def parse(text: str, file: str) -> Document:
    """Read one YAML document; raises BadInputError when the text can't be read as YAML at all."""
    source = Source(file, text)
    _check_text(source)
    builder = _Builder(source)
    try:
        root = builder.document()
    except MarkedYAMLError as error:
        raise _syntax_error(source, error, builder.field) from None
    except ReaderError as error:
        raise _stop(source, YamlRule.ENCODING, _offset_span(text, error.position), _unprintable(error)) from None
    return Document(source, root, tuple(builder.faults))


def _check_text(source: Source) -> None:
    size = len(source.text.encode("utf-8", errors="surrogatepass"))
    if size > LARGEST_BYTES:
        summary = f"the document has {size} bytes; permitted are {LARGEST_BYTES}"
        raise BadInputError(summary, rule=YamlRule.SIZE, place=Place(file=source.file, line=1, column=1))
    tab = INDENTING_TAB.search(source.text)
    if tab:
        span = _offset_span(source.text, tab.end() - 1)
        raise _stop(source, YamlRule.TAB, span, "a tab indents this line", "YAML is indented with spaces")


def _offset_span(text: str, offset: int) -> Span:
    before = text[:offset]
    column = offset - (before.rfind("\n") + 1) + 1
    return Span(before.count("\n") + 1, column, column + 1)


def _unprintable(error: ReaderError) -> str:
    return f"character U+{error.character:04X} may not stand in a YAML document"


def _stop(source: Source, rule: YamlRule, span: Span, summary: str, hint: str | None = None) -> BadInputError:
    return BadInputError(summary, rule=rule, place=source.place(span), hint=hint)


def _syntax_error(source: Source, error: MarkedYAMLError, field: str | None) -> BadInputError:
    mark = error.problem_mark or error.context_mark
    last = max(1, source.text.count("\n") + (not source.text.endswith("\n")))
    line = min(mark.line + 1, last)
    column = mark.column + 1 if mark.line < last else len(source.line(line)) + 1
    context = f"{error.context}, line {error.context_mark.line + 1}" if error.context and error.context_mark else ""
    hint = "put text that holds `: ` in quotes" if "mapping values" in (error.problem or "") else None
    return BadInputError(
        f"this is no YAML: {error.problem}",
        detail=context,
        field=field,
        rule=YamlRule.SYNTAX,
        place=source.place(Span(line, column, column + 1)),
        hint=hint,
    )


@dataclass
class _Builder:
    """Builds a tree from the parser's events and collects what may not stand in a document of ours."""

    source: Source
    faults: list[Diagnostic] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._events: Iterator[Event] = YAML(typ="safe", pure=True).parse(self.source.text)
        self._path: list[str] = []
        self._values = 0

    @property
    def field(self) -> str | None:
        """Dotted path of what is being read, or None at the top; after an error, of what was being read."""
        return ".".join(self._path) or None

    def document(self) -> Node:
        """Read the only document; raises BadInputError when there is none, or more than one."""
        started = next(event for event in self._events if isinstance(event, DocumentStartEvent | StreamEndEvent))
        if isinstance(started, StreamEndEvent):
            raise _stop(self.source, YamlRule.EMPTY, Span(1, 1, 2), "the document is empty")
        root = self._node(next(self._events))
        following = next(event for event in self._events if not isinstance(event, DocumentEndEvent))
        if isinstance(following, DocumentStartEvent):
            summary = "a second document starts here; a file holds one"
            self._fault(YamlRule.DOCUMENTS, self._span(following), summary)
        return root

    def _node(self, event: Event) -> Node:
        span = self._span(event)
        self._values += 1
        if self._values > MOST_VALUES:
            raise _stop(self.source, YamlRule.SIZE, span, f"more than {MOST_VALUES} values stand in this document")
        if len(self._path) >= DEEPEST:
            raise _stop(self.source, YamlRule.DEPTH, span, f"nested deeper than {DEEPEST} levels")
        if isinstance(event, AliasEvent):
            hint = "write the value out; aliases and anchors are not read"
            self._fault(YamlRule.ALIAS, span, f"alias *{event.anchor}", hint)
            return Node(span)
        self._check_properties(event, span)
        if isinstance(event, ScalarEvent):
            return self._scalar(event, span)
        if isinstance(event, MappingStartEvent):
            return Node(span, entries=self._mapping())
        return Node(span, entries=self._list(), is_list=True)

    def _check_properties(self, event: Event, span: Span) -> None:
        if isinstance(event, NodeEvent) and event.anchor:
            self._fault(YamlRule.ALIAS, span, f"anchor &{event.anchor}", "aliases and anchors are not read")
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None:
            self._fault(YamlRule.TAG, span, f"tag {event.tag}", "leave the tag out; types come from the schema")

    def _scalar(self, event: ScalarEvent, span: Span) -> Node:
        plain = event.style is None and event.tag is None
        try:
            return Node(span, plain_value(event.value) if plain else event.value)
        except NotANumberError as error:
            self._fault(YamlRule.NUMBER, span, str(error))
            return Node(span)

    def _list(self) -> dict[str | int, Entry]:
        entries: dict[str | int, Entry] = {}
        for event in self._until_end():
            node = self._child(str(len(entries)), event)
            entries[len(entries)] = Entry(node.span, node)
        return entries

    def _mapping(self) -> dict[str | int, Entry]:
        entries: dict[str | int, Entry] = {}
        for event in self._until_end():
            key = self._child(KEY, event)
            name = self._key_name(key)
            self._path.append(name or KEY)
            if name in entries:
                first = entries[name].key_span.line
                self._fault(YamlRule.DUPLICATE_KEY, key.span, f"{name!r} stands here twice, first in line {first}")
            node = self._node(next(self._events))
            self._path.pop()
            if name is not None:
                entries.setdefault(name, Entry(key.span, node))
        return entries

    def _key_name(self, key: Node) -> str | None:
        if isinstance(key.value, str):
            return key.value
        self._fault(YamlRule.KEY, key.span, "a key is a text", "put it in quotes if it is meant as one")
        return None

    def _child(self, part: str, event: Event) -> Node:
        self._path.append(part)
        node = self._node(event)
        self._path.pop()
        return node

    def _until_end(self) -> Iterator[Event]:
        for event in self._events:
            if isinstance(event, CollectionEndEvent):
                return
            yield event

    def _span(self, event: Event) -> Span:
        start: StreamMark = event.start_mark
        end: StreamMark = event.end_mark
        line, column = start.line + 1, start.column + 1
        same_line = end.line == start.line
        return Span(line, column, end.column + 1 if same_line else len(self.source.line(line)) + 1)

    def _fault(self, rule: YamlRule, span: Span, summary: str, hint: str | None = None) -> None:
        place = self.source.place(span)
        self.faults.append(Diagnostic(summary=summary, field=self.field, rule=rule, place=place, hint=hint))
        if len(self.faults) >= MOST_FAULTS:
            raise BadInputError(self.faults[0].summary, diagnostics=tuple(self.faults))
