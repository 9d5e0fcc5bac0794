"""Request files: read, checked against every rule that needs no cloud, and refused with places."""

from __future__ import annotations

from pathlib import Path

from orchestrator.adapters.documents.files import read_text
from orchestrator.adapters.documents.locate import by_place, locate, validate
from orchestrator.adapters.documents.parser import Document, parse
from orchestrator.domain.blueprint import resolve
from orchestrator.domain.errors import BadInputError, Diagnostic, RefusedError, TenureError
from orchestrator.domain.rulebook import admit
from orchestrator.domain.submission import Submission
from orchestrator.ports import Library

TRIAL_ID = "trial"
"""Stands for the request's id while a file is only checked."""


def read_submission(text: str, file: str) -> Submission:
    """Read a request; raises BadInputError with one diagnostic for every fault of form."""
    return validate(parse(text, file), Submission)


def read_request_file(path: Path, library: Library) -> Submission:
    """Read a request file and try it against rulebook and blueprint.

    Raises BadInputError for faults of form and for what the blueprint does not have, RefusedError for what a rule
    forbids; each diagnostic has its place in the file.
    """
    document = parse(read_text(path), str(path))
    submission = validate(document, Submission)
    check(document, submission, library)
    return submission


def check(document: Document, submission: Submission, library: Library) -> None:
    """Try a request against rulebook and blueprint; raises one error with every finding, placed in the document."""
    found: list[TenureError] = []
    for attempt in (_admit, _resolve):
        try:
            attempt(submission, library)
        except (BadInputError, RefusedError) as error:
            found.append(locate(document, error))
    if found:
        raise _together(found)


def _admit(submission: Submission, library: Library) -> None:
    admit(submission, library.rulebook())


def _resolve(submission: Submission, library: Library) -> None:
    if submission.environment is not None:
        resolve(submission, library.blueprint(submission.environment.blueprint), request_id=TRIAL_ID)


def _together(errors: list[TenureError]) -> TenureError:
    if len(errors) == 1:
        return errors[0]
    diagnostics: tuple[Diagnostic, ...] = by_place(each for error in errors for each in error.diagnostics)
    refused = all(isinstance(error, RefusedError) for error in errors)
    kind = RefusedError if refused else BadInputError
    return kind(diagnostics[0].summary, diagnostics=diagnostics)
