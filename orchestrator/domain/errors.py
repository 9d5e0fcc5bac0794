"""One vocabulary of errors for every door.

Each error carries a :class:`Diagnostic`; the doors alone turn its class into an exit code (DESIGN.md, "Names fixed
for pipelines") or an HTTP status.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Severity(StrEnum):
    """How much a diagnostic weighs."""

    ERROR = "error"
    WARNING = "warning"


class Place(BaseModel):
    """A place in a file that a person wrote; lines and columns count from 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    line: int | None = None
    column: int | None = None
    snippet: str | None = None

    def __str__(self) -> str:
        """Give ``file:line:column`` as compilers do."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


class Diagnostic(BaseModel):
    """What is wrong, where, by which rule, and what to do about it.

    Attributes:
        summary: One line, no full stop.
        detail: The facts: what was found and what is allowed.
        field: Dotted path of the field in its document, for instance ``environment.network.cidr``.
        rule: The rule that says so: an article ("Art. 13") or a name ("envelope", "schema").
        place: Where in a file.
        hint: A command or a change that mends it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    severity: Severity = Severity.ERROR
    summary: str
    detail: str = ""
    field: str | None = None
    rule: str | None = None
    place: Place | None = None
    hint: str | None = None


class ExitCode:
    """The published exit codes; an unknown code means failure."""

    DONE: ClassVar[int] = 0
    FAILED: ClassVar[int] = 1
    BAD_INPUT: ClassVar[int] = 2
    REFUSED: ClassVar[int] = 3
    CONFLICT: ClassVar[int] = 4
    PARTLY_DONE: ClassVar[int] = 5
    CHANGES: ClassVar[int] = 6
    CANCELLED: ClassVar[int] = 130


class TenureError(Exception):
    """Base of every error that a user may see.

    Args:
        summary: One line that says what went wrong.
        diagnostics: Every finding, when there are several (a bad file tells all its faults at once).
        **facts: Further fields of the first :class:`Diagnostic`.
    """

    exit_code: ClassVar[int] = ExitCode.FAILED
    code: ClassVar[str] = "failed"

    def __init__(
        self,
        summary: str,
        *,
        detail: str = "",
        field: str | None = None,
        rule: str | None = None,
        place: Place | None = None,
        hint: str | None = None,
        diagnostics: tuple[Diagnostic, ...] = (),
    ) -> None:
        super().__init__(summary)
        self.diagnostics = diagnostics or (
            Diagnostic(summary=summary, detail=detail, field=field, rule=rule, place=place, hint=hint),
        )

    @property
    def diagnostic(self) -> Diagnostic:
        """The first finding."""
        return self.diagnostics[0]


class OperationFailedError(TenureError):
    """Work on the cloud failed; what exists stays on record and a retry may go on."""


class MissingPartError(TenureError):
    """A program or service that this machine needs is not there; the hint says how to get it."""

    code: ClassVar[str] = "missing-part"


class BadInputError(TenureError):
    """Input that breaks a schema; nothing was changed."""

    exit_code: ClassVar[int] = ExitCode.BAD_INPUT
    code: ClassVar[str] = "bad-input"


class NotFoundError(BadInputError):
    """A name that is not on record."""

    code: ClassVar[str] = "not-found"


class RefusedError(TenureError):
    """Well-formed input that a rule forbids; nothing was changed."""

    exit_code: ClassVar[int] = ExitCode.REFUSED
    code: ClassVar[str] = "refused"


class NotAuthenticError(RefusedError):
    """A caller that did not prove who it is."""

    code: ClassVar[str] = "not-authentic"


class RevokedError(NotAuthenticError):
    """A caller that proved who it is, but whose registration was withdrawn; it should stop calling."""

    code: ClassVar[str] = "revoked"


class ConflictError(TenureError):
    """The thing is busy, locked, or is no longer what the caller believes."""

    exit_code: ClassVar[int] = ExitCode.CONFLICT
    code: ClassVar[str] = "conflict"


class BusyError(ConflictError):
    """Too much is going on just now; the same call may work in a moment."""

    code: ClassVar[str] = "busy"


class LeaseLostError(ConflictError):
    """Another worker holds the environment now; whatever this one still does must not count."""

    code: ClassVar[str] = "lease-lost"


class PartlyDoneError(TenureError):
    """Some of the work is done; ``tenure operation retry`` goes on."""

    exit_code: ClassVar[int] = ExitCode.PARTLY_DONE
    code: ClassVar[str] = "partly-done"


class CancelledError(TenureError):
    """Someone asked for the work to stop, and it has stopped."""

    exit_code: ClassVar[int] = ExitCode.CANCELLED
    code: ClassVar[str] = "cancelled"
