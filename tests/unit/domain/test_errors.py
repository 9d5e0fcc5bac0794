"""Errors: one vocabulary, with places and exit codes."""

from __future__ import annotations

import pytest

from orchestrator.domain import errors
from orchestrator.domain.errors import Diagnostic, Place, TenureError

CODES = {
    "TenureError": 1,
    "OperationFailedError": 1,
    "MissingPartError": 1,
    "BadInputError": 2,
    "NotFoundError": 2,
    "RefusedError": 3,
    "NotAuthenticError": 3,
    "ConflictError": 4,
    "PartlyDoneError": 5,
    "CancelledError": 130,
}


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_each_error_has_its_published_exit_code(name: str, code: int) -> None:
    """Pipelines act on these numbers."""
    assert getattr(errors, name).exit_code == code


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(file="a.yaml", line=3, column=7), "a.yaml:3:7"),
        (Place(file="a.yaml", line=3), "a.yaml:3"),
        (Place(file="a.yaml"), "a.yaml"),
    ],
)
def test_a_place_is_written_as_compilers_do(place: Place, text: str) -> None:
    """Terminals make links of it."""
    assert str(place) == text


def test_an_error_without_findings_is_its_own_finding() -> None:
    """There is always at least one diagnostic."""
    error = TenureError("it broke", rule="Art. 12", hint="mend it")
    assert error.diagnostics == (Diagnostic(summary="it broke", rule="Art. 12", hint="mend it"),)
    assert error.diagnostic.summary == str(error)
