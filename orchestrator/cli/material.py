"""``tenure request attach|material|fetch``: the documents of a request (Art. 11, 40)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import (
    JsonFlag,
    emit,
    error_console,
    is_json,
    report_findings,
    say,
    suggest,
    table,
    use_json,
)
from orchestrator.domain.calendar import SHANGHAI
from orchestrator.domain.errors import (
    BadInputError,
    ConflictError,
    Diagnostic,
    NotFoundError,
    OperationFailedError,
    Severity,
)
from orchestrator.domain.records import Material, Role
from orchestrator.domain.rulebook import Documents

if TYPE_CHECKING:
    from orchestrator.bootstrap import Installation
    from orchestrator.ports import Blobs

LARGE_BYTES = 8_000_000
"""From this size on people see how far a file is."""
SHORT_DIGEST = 12
PIECE_BYTES = 1 << 20

RequestId = Annotated[str, typer.Argument(help="Id of the request, req-…")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="YYYY-MM-DD.")]


def register(app: typer.Typer) -> None:
    """Add the commands to ``tenure request``."""
    app.command("attach")(attach)
    app.command("material")(material)
    app.command("fetch")(fetch)


def attach(
    request_id: RequestId,
    file: Annotated[Path, typer.Argument(help="The document: PDF, office format, picture, text or .zip; 200 MB.")],
    kind: Annotated[str, typer.Option("--kind", help="What it is, for instance construction-plan.")],
    name: Annotated[str, typer.Option("--name", help="Its name in the request; the file's own unless given.")] = "",
    issuer: Annotated[str | None, typer.Option("--issuer", help="Who wrote or certified it.")] = None,
    accreditation: Annotated[
        str | None,
        typer.Option("--accreditation", help="By whom the issuer is accredited: CNAS (Art. 40)."),
    ] = None,
    issued_on: Day = None,
    valid_until: Day = None,
    role: RoleOption = Role.UNIT,
    json: JsonFlag = False,
) -> None:
    """Hand in a document of a request, until the review; the same kind and name again replaces it."""
    use_json(json)
    from orchestrator.workflows.material import attach as attach_file

    installation = open_installation()
    with _reading(file) as stream:
        changed = attach_file(
            installation.ports,
            request_id,
            actor(role),
            kind,
            name or file.name,
            stream,
            issuer=issuer,
            accreditation=accreditation,
            issued_on=_day(issued_on),
            valid_until=_day(valid_until),
        )
    document = changed.material[-1]
    if is_json():
        emit("material", _line(document, installation.ports.blobs))
    else:
        say(f"{document.kind}  {_plain(document.name)}: {_facts(document)}")
    report_findings(_unknown_kind(installation, document), "unknown-kind")
    suggest(f"tenure request material {request_id}")


def material(request_id: RequestId, json: JsonFlag = False) -> None:
    """Show the documents of a request: what is here, what was only declared, and until when each counts."""
    use_json(json)

    ports = open_installation().ports
    with ports.records.read() as tx:
        found = tx.requests.get(request_id)
    if is_json():
        for document in found.material:
            emit("material", _line(document, ports.blobs))
        return
    today = ports.clock.now().astimezone(SHANGHAI).date()
    rows = [_row(document, ports.blobs, today) for document in found.material]
    columns = ("kind", "name", "size", "type", "sha-256", "validity", "file")
    table(columns, rows, empty=f"no material: tenure request attach {request_id} FILE --kind KIND")


def fetch(
    request_id: RequestId,
    name: Annotated[str, typer.Argument(help="Name of the document.")],
    to: Annotated[Path, typer.Option("--to", help="A new file (mode 0600) that takes it.")],
    kind: Annotated[str, typer.Option("--kind", help="Its kind, when several documents have that name.")] = "",
    role: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """Read a document of a request; that it was read stands in the audit log."""
    use_json(json)
    from orchestrator.workflows.material import fetch as fetch_file

    ports = open_installation().ports
    with _new_file(to) as target:
        document, source = fetch_file(ports, request_id, actor(role), name, kind)
        with source:
            while piece := source.read(PIECE_BYTES):
                target.write(piece)
    if is_json():
        emit("material", {**_line(document, ports.blobs), "to": str(to)})
    else:
        say(f"{_plain(str(to))}: {_facts(document)}")


@contextmanager
def _reading(file: Path) -> Iterator[BinaryIO]:
    """Open a file that a person named; of a large one the progress is shown on a terminal."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    try:
        size, stream = file.stat().st_size, file.open("rb")
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {file}", field="FILE") from None
    except OSError as error:
        raise BadInputError(f"{file} cannot be read", detail=str(error), field="FILE") from None
    quiet = is_json() or size < LARGE_BYTES or not error_console().is_terminal
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with stream, Progress(*columns, console=error_console(), disable=quiet, transient=True) as progress:
        yield progress.wrap_file(stream, total=size, description=file.name)


@contextmanager
def _new_file(file: Path) -> Iterator[BinaryIO]:
    """Make a private file that was not there; it goes again when it does not become whole."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise ConflictError(f"{file} exists already", field="--to", hint="name a new file") from None
    except OSError as error:
        raise BadInputError(f"{file} cannot be written", detail=str(error), field="--to") from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
    except OSError as error:
        file.unlink(missing_ok=True)
        raise OperationFailedError(f"{file} could not be written", detail=str(error), field="--to") from None
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _day(given: datetime | None) -> date | None:
    return None if given is None else given.date()


def _unknown_kind(installation: Installation, document: Material) -> tuple[Diagnostic, ...]:
    """Warn of a kind that no step asks for: it may be a slip of the pen, or what the office asked for besides."""
    rulebook = installation.ports.library.rulebook()
    asked = sorted({kind for _, rule in rulebook.rules() if isinstance(rule, Documents) for kind in rule.kinds})
    if document.kind in asked:
        return ()
    summary = f"no step asks for {document.kind}"
    hint = "other material that the office asks for may have any kind"
    detail = f"asked for are: {', '.join(asked)}"
    return (
        Diagnostic(
            severity=Severity.WARNING, summary=summary, detail=detail, field="--kind", rule="Art. 11", hint=hint
        ),
    )


def _line(document: Material, blobs: Blobs) -> dict[str, object]:
    """Give what pipelines read; the media type stands under its own name, because ``type`` says what a line is."""
    fields = document.model_dump(mode="json")
    return {"media_type": fields.pop("type"), **fields, "file": _where(document, blobs)}


def _row(document: Material, blobs: Blobs, today: date) -> tuple[str, ...]:
    return (
        document.kind,
        _plain(document.name),
        _size(document),
        document.type or "–",
        (document.sha256 or "–")[:SHORT_DIGEST],
        _validity(document, today),
        _where(document, blobs),
    )


def _facts(document: Material) -> str:
    return f"{_size(document)}, {document.type}, SHA-256 {document.sha256}"


def _plain(text: str) -> str:
    """Give a name as it was written, brackets included."""
    from rich.markup import escape

    return escape(text)


def _where(document: Material, blobs: Blobs) -> str:
    """Say whether the file is here; one that was handed in and is gone is a fault of this installation."""
    if document.sha256 is not None and blobs.has(document.sha256):
        return "here"
    return "declared only" if document.size is None else "lost"


def _size(document: Material) -> str:
    from rich.filesize import decimal

    return "–" if document.size is None else decimal(document.size)


def _validity(document: Material, today: date) -> str:
    if document.valid_until is None:
        return "–"
    over = document.valid_until < today
    return f"[red]ended {document.valid_until}[/red]" if over else f"until {document.valid_until}"
