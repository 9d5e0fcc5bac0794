"""Values that remember where they stand in the text."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.adapters.documents.places import Span
from orchestrator.adapters.documents.scalars import Scalar
from orchestrator.domain.faults import Path


@dataclass(frozen=True)
class Node:
    """A value, where it starts, and what stands inside it.

    Attributes:
        span: Where the value starts; of no width when it was left empty.
        value: The scalar, or None for a mapping or list.
        entries: What stands under the keys of a mapping or the indices of a list; None for a scalar.
        is_list: Whether the entries are a list's.
    """

    span: Span
    value: Scalar = None
    entries: dict[str | int, Entry] | None = None
    is_list: bool = False

    @property
    def data(self) -> object:
        """The value without places."""
        if self.entries is None:
            return self.value
        if self.is_list:
            return [entry.node.data for entry in self.entries.values()]
        return {key: entry.node.data for key, entry in self.entries.items()}

    def find(self, path: Path) -> tuple[Entry | None, int]:
        """Follow a path as far as it exists; give the last entry on it and how many parts were found."""
        node, found = self, None
        for depth, part in enumerate(path):
            entry = node.entry(part)
            if entry is None:
                return found, depth
            node, found = entry.node, entry
        return found, len(path)

    def entry(self, part: str | int) -> Entry | None:
        """Give what stands under a key or index, if anything does; an index may be written as text."""
        if self.entries is None:
            return None
        if self.is_list and isinstance(part, str) and part.isdecimal():
            part = int(part)
        return self.entries.get(part)


@dataclass(frozen=True)
class Entry:
    """Something inside a mapping or list: the place of its key (for an item, of its value), and the value."""

    key_span: Span
    node: Node

    @property
    def value_span(self) -> Span:
        """Where the value stands; the key's place when the value was left empty."""
        empty = self.node.span.end == self.node.span.column
        return self.key_span if empty else self.node.span

    @property
    def own_span(self) -> Span:
        """The place that stands for the whole: the value of a scalar, the key of a mapping or list."""
        return self.value_span if self.node.entries is None else self.key_span
