"""From a field's path to its place in the file that a person wrote."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ValidationError

from orchestrator.adapters.documents.parser import MOST_FAULTS, Document
from orchestrator.adapters.documents.places import Span
from orchestrator.domain.blueprint import BLUEPRINT_RULE
from orchestrator.domain.errors import BadInputError, Diagnostic, Place, TenureError
from orchestrator.domain.faults import KEY_RULES, Path, SchemaRule, faults_of

TOP = Span(1, 1, 2)
MARKED_AT_KEY = frozenset({*KEY_RULES, BLUEPRINT_RULE})
"""Rules whose fault is a name that somebody chose as a key."""


def validate[M: BaseModel](document: Document, model: type[M]) -> M:
    """Read a document as a model; raises BadInputError with every fault of form, sorted by place."""
    try:
        value = model.model_validate(document.data)
    except ValidationError as error:
        faults = faults_of(error, model, MOST_FAULTS)
        found = [_at(fault.diagnostic, place_of(document, fault.rule, fault.path)) for fault in faults]
        raise _bad_input((*document.faults, *_not_told_yet(found, document.faults))) from None
    if document.faults:
        raise _bad_input(document.faults)
    return value


def locate[E: TenureError](document: Document, error: E) -> E:
    """Give the same error with places for every diagnostic that names a field of the document."""
    placed = (
        diagnostic
        if diagnostic.place is not None or diagnostic.field is None
        else _at(diagnostic, place_of(document, diagnostic.rule, tuple(diagnostic.field.split("."))))
        for diagnostic in error.diagnostics
    )
    ordered = by_place(placed)
    return type(error)(ordered[0].summary, diagnostics=ordered)


def place_of(document: Document, rule: str | None, path: Path) -> Place:
    """Give where a fault stands.

    An unknown or misplaced field is marked at its key, a wrong value at the value, and what is missing at the key of
    the nearest thing around it that is there.
    """
    entry, found = document.root.find(path)
    if entry is None:
        return document.source.place(TOP)
    if found < len(path) or rule in MARKED_AT_KEY:
        return document.source.place(entry.key_span)
    span = entry.value_span if rule == SchemaRule.TYPE else entry.own_span
    return document.source.place(span)


def by_place(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort diagnostics by line and column; those without a place come first."""
    return tuple(sorted(diagnostics, key=_line_and_column))


def _line_and_column(diagnostic: Diagnostic) -> tuple[int, int]:
    place = diagnostic.place
    return (0, 0) if place is None else (place.line or 0, place.column or 0)


def _not_told_yet(found: Iterable[Diagnostic], told: Iterable[Diagnostic]) -> Iterable[Diagnostic]:
    places = {_line_and_column(diagnostic) for diagnostic in told}
    return (diagnostic for diagnostic in found if _line_and_column(diagnostic) not in places)


def _at(diagnostic: Diagnostic, place: Place) -> Diagnostic:
    return diagnostic.model_copy(update={"place": place})


def _bad_input(diagnostics: Iterable[Diagnostic]) -> BadInputError:
    ordered = by_place(diagnostics)
    return BadInputError(ordered[0].summary, diagnostics=ordered)
