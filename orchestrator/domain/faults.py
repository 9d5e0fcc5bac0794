"""What a schema finds wrong with a document, in Tenure's words: rule, path and one line each.

pydantic finds the faults; this module names them, so that every door says the same about the same fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from itertools import islice
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from orchestrator.domain.errors import Diagnostic

Path = tuple[str | int, ...]
"""Where something stands in a document: keys and list indices from the top."""

MAPPING = "a mapping is expected here: fields with their values"
EXPECTED = {
    "dict_type": MAPPING,
    "model_type": MAPPING,
    "model_attributes_type": MAPPING,
    "tuple_type": "a list is expected here",
    "string_type": "a text is expected here",
    "int_type": "a whole number is expected here",
    "int_parsing": "a whole number is expected here",
    "bool_type": "true or false is expected here",
}
"""What a person wants to know when a value has the wrong type, by pydantic's name of the error."""
KEY_MARK = "[key]"
"""pydantic's last path element when the key itself is the fault."""


class SchemaRule(StrEnum):
    """Rules of a document's form; a value's own rule ("network", "Art. 13") stands where there is one."""

    UNKNOWN_FIELD = "schema/unknown-field"
    MISSING = "schema/missing"
    TYPE = "schema/type"
    VALUE = "schema/value"
    KEY = "schema/key"
    NOT_HERE = "schema/not-here"


KEY_RULES = frozenset({SchemaRule.UNKNOWN_FIELD, SchemaRule.KEY, SchemaRule.NOT_HERE})
"""Rules whose fault is the key, not the value."""


@dataclass(frozen=True)
class Fault:
    """One fault: the rule that says so, where, and what."""

    rule: str
    path: Path
    summary: str
    hint: str | None = None

    @property
    def field(self) -> str | None:
        """Dotted path, or None for the whole document."""
        return ".".join(str(part) for part in self.path) or None

    @property
    def diagnostic(self) -> Diagnostic:
        """The fault as a diagnostic without a place."""
        return Diagnostic(summary=self.summary, field=self.field, rule=self.rule, hint=self.hint)


def refuse(*faults: Fault) -> NoReturn:
    """Raise the error by which a pydantic validator tells faults; paths count from the value that it validates."""
    raise PydanticCustomError("faults", "{summary}", {"summary": faults[0].summary, "faults": faults})


def faults_of(error: ValidationError, model: type[BaseModel], most: int | None = None) -> tuple[Fault, ...]:
    """Give the faults that pydantic found, in its order, so many at most; ``model`` lends its field names to hints."""
    names = field_names(model)
    found = error.errors(include_url=False)
    told = (details for details in found if not _follows_from_another(details, found))
    return tuple(islice((fault for details in told for fault in _translate(details, names)), most))


def _follows_from_another(details: ErrorDetails, found: Sequence[ErrorDetails]) -> bool:
    """Whether a list only seems too short because items of it are at fault themselves."""
    path = details["loc"]
    inside = (other["loc"] for other in found if len(other["loc"]) > len(path))
    return details["type"] == "too_short" and any(other[: len(path)] == path for other in inside)


def field_names(model: type[BaseModel]) -> tuple[str, ...]:
    """Give every field name that may occur anywhere in a document of this model, sorted."""
    schema = model.model_json_schema()
    parts: list[dict[str, Any]] = [schema, *schema.get("$defs", {}).values()]
    return tuple(sorted({name for part in parts for name in part.get("properties", {})}))


def _translate(details: ErrorDetails, names: Sequence[str]) -> Iterator[Fault]:
    kind, path, context = details["type"], details["loc"], details.get("ctx", {})
    if kind == "faults":
        for fault in context["faults"]:
            yield Fault(fault.rule, (*path, *fault.path), fault.summary, fault.hint)
    elif kind == "extra_forbidden":
        yield Fault(SchemaRule.UNKNOWN_FIELD, path, f"unknown field {path[-1]!r}", _similar(str(path[-1]), names))
    elif kind == "missing":
        yield Fault(SchemaRule.MISSING, path, f"field {path[-1]!r} is missing")
    elif path and path[-1] == KEY_MARK:
        yield Fault(SchemaRule.KEY, path[:-1], f"{path[-2]!r} is no permitted name: {details['msg']}")
    else:
        yield _of_value(details)


def _of_value(details: ErrorDetails) -> Fault:
    kind, path, context = details["type"], details["loc"], details.get("ctx", {})
    if kind in EXPECTED:
        return Fault(SchemaRule.TYPE, path, EXPECTED[kind])
    if kind == "enum":
        permitted = str(context["expected"])
        options = permitted.replace("'", "").replace(" or ", ", ").split(", ")
        hint = _similar(details["input"], options) if isinstance(details["input"], str) else None
        return Fault(SchemaRule.VALUE, path, f"permitted are {permitted}", hint)
    rule = SchemaRule.TYPE if kind.endswith(("_type", "_parsing")) else SchemaRule.VALUE
    return Fault(rule, path, value_message(details))


def value_message(details: ErrorDetails) -> str:
    """Give pydantic's message without the prefix that it puts before those of our validators."""
    return details["msg"].removeprefix("Value error, ")


def _similar(name: str, options: Sequence[str]) -> str | None:
    close = get_close_matches(name, options, n=1)
    return f"did you mean {close[0]!r}?" if close else None
