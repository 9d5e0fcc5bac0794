"""The material of a request (Art. 11, 40): its files are handed in until the review, and read again under audit."""

from __future__ import annotations

import io
from collections.abc import Buffer, Iterable, Iterator
from datetime import date
from typing import Any, BinaryIO, Final

from pydantic import ValidationError

from orchestrator.domain.errors import BadInputError, ConflictError, NotFoundError
from orchestrator.domain.faults import faults_of
from orchestrator.domain.lifecycle import RequestState
from orchestrator.domain.media import HEAD_BYTES, media_type_of
from orchestrator.domain.records import Actor, Material, Request
from orchestrator.ports import Blob
from orchestrator.workflows.context import Ports
from orchestrator.workflows.permissions import Command, permit

LIMIT_BYTES: Final = 200 * 1000 * 1000
"""The most that one file may have: 200 MB."""
MOST_DOCUMENTS: Final = 50
BEFORE_REVIEW: Final = frozenset(
    {RequestState.SUBMITTED, RequestState.WAITING, RequestState.ACCEPTED, RequestState.REJECTED}
)
"""Until the review opinion material may come in and be replaced; afterwards it is what was decided on."""


def attach(
    ports: Ports,
    request_id: str,
    actor: Actor,
    kind: str,
    name: str,
    stream: BinaryIO,
    *,
    issuer: str | None = None,
    accreditation: str | None = None,
    issued_on: date | None = None,
    valid_until: date | None = None,
    media_type: str | None = None,
) -> Request:
    """Store a file and put it on the request, in the place of an earlier one of the same kind and name.

    ``kind`` is a word of the rulebook, for instance ``construction-plan``. Name and content tell the media type; when
    ``media_type`` is given, it has to agree. What is not given stays as the submission declared it. Nothing is read
    from the stream, and nothing stored, unless the request takes material now.

    Raises:
        BadInputError: It is empty, too long, or not the file whose digest the submission declared.
        RefusedError: The role may not, or it is no document.
        ConflictError: The request was reviewed already, or is over.
        OperationFailedError: The disk is full.
    """
    permit(Command.ATTACH, actor)
    given = _material(
        kind=kind,
        name=name,
        issuer=issuer,
        accreditation=accreditation,
        issued_on=issued_on,
        valid_until=valid_until,
    )
    with ports.records.read() as tx:
        _refuse_closed(tx.requests.get(request_id), given)
    head = _head(stream)
    given = given.model_copy(update={"type": _media_type(name, head, media_type)})
    blob = ports.blobs.put(_rejoined(head, stream), LIMIT_BYTES)
    return _put_on_record(ports, request_id, actor, given, blob)


def fetch(ports: Ports, request_id: str, actor: Actor, name: str, kind: str = "") -> tuple[Material, BinaryIO]:
    """Open a file of a request for reading; that it was read goes into the audit log. The caller closes it.

    Raises:
        NotFoundError: There is no such document, or it was declared and never handed in.
        BadInputError: Documents of several kinds have that name, and no kind was given.
    """
    permit(Command.READ_MATERIAL, actor)
    with ports.records.transaction() as tx:
        request = tx.requests.get(request_id)
        found = _named(request, name, kind)
        if found.sha256 is None or not ports.blobs.has(found.sha256):
            raise _never_handed_in(request_id, found)
        facts = {"request": request_id, "kind": found.kind, "name": found.name, "sha256": found.sha256}
        tx.audit.append(ports.clock.now(), actor, "request.material-read", request.environment, facts)
    return found, ports.blobs.open(found.sha256)


def _put_on_record(ports: Ports, request_id: str, actor: Actor, given: Material, blob: Blob) -> Request:
    with ports.records.transaction() as tx:
        request = tx.requests.get(request_id)
        _refuse_closed(request, given)
        _refuse_another_file(request, given, blob)
        document = _completed(request, given, blob)
        kept = tuple(other for other in request.material if not _same(other, document))
        changed = request.model_copy(update={"material": (*kept, document)})
        tx.requests.put(changed, expected=request)
        facts = _facts(request, document)
        tx.audit.append(ports.clock.now(), actor, "request.material-attached", request.environment, facts)
    return changed


def _material(**fields: object) -> Material:
    try:
        given = Material.model_validate(fields)
    except ValidationError as error:
        diagnostics = tuple(fault.diagnostic for fault in faults_of(error, Material))
        raise BadInputError(diagnostics[0].summary, diagnostics=diagnostics) from None
    if given.issued_on and given.valid_until and given.valid_until < given.issued_on:
        summary = f"{given.name} is said to end on {given.valid_until}, before its date {given.issued_on}"
        raise BadInputError(summary, field="valid_until", rule="Art. 40")
    return given


def _refuse_closed(request: Request, given: Material) -> None:
    if request.state not in BEFORE_REVIEW:
        raise ConflictError(
            f"{request.id} is {request.state}; material comes in before the review",
            rule="Art. 11",
            hint=f"tenure request show {request.id}",
        )
    if len([other for other in request.material if not _same(other, given)]) >= MOST_DOCUMENTS:
        raise BadInputError(f"a request carries {MOST_DOCUMENTS} documents at most", field="material", rule="Art. 11")


def _refuse_another_file(request: Request, given: Material, blob: Blob) -> None:
    """The submission, and with it every approval, is bound to the digest that it declared."""
    declared = next((other.sha256 for other in _declared(request) if _same(other, given)), None)
    if declared not in {None, blob.sha256}:
        raise BadInputError(
            f"{given.name} is not the file that the request declared",
            detail=f"declared SHA-256 {declared}, this file has {blob.sha256}",
            field="file",
            rule="a declared digest binds",
            hint="hand in that file, or another one under another name",
        )


def _completed(request: Request, given: Material, blob: Blob) -> Material:
    """Add what was said before of this very file; of an earlier file that it replaces nothing is taken over."""
    before = next(
        (
            other
            for other in (*request.material, *_declared(request))
            if _same(other, given) and other.sha256 in {None, blob.sha256}
        ),
        given,
    )
    said = {name: value for name, value in given if value is not None}
    return before.model_copy(update={**said, "sha256": blob.sha256, "size": blob.size})


def _declared(request: Request) -> tuple[Material, ...]:
    return tuple(Material.model_validate(document) for document in request.content.get("material", ()))


def _same(one: Material, other: Material) -> bool:
    return (one.kind, one.name) == (other.kind, other.name)


def _facts(request: Request, document: Material) -> dict[str, Any]:
    before = next((other.sha256 for other in request.material if _same(other, document)), None)
    facts = {"request": request.id, **document.model_dump(mode="json", exclude_none=True)}
    return facts if before in {None, document.sha256} else {**facts, "replaces": before}


def _named(request: Request, name: str, kind: str) -> Material:
    found = [document for document in request.material if document.name == name and kind in {"", document.kind}]
    if not found:
        names = ", ".join(document.name for document in request.material) or "none"
        raise NotFoundError(
            f"{request.id} has no document {name!r}",
            detail=f"there is: {names}",
            field="name",
            hint=f"tenure request material {request.id}",
        )
    if len(found) > 1:
        kinds = ", ".join(document.kind for document in found)
        raise BadInputError(f"{name} is the name of several documents", detail=f"kinds: {kinds}", field="kind")
    return found[0]


def _never_handed_in(request_id: str, document: Material) -> NotFoundError:
    return NotFoundError(
        f"{document.name} was declared, but its file was not handed in",
        field="name",
        rule="Art. 11",
        hint=f"tenure request attach {request_id} FILE --kind {document.kind}",
    )


def _media_type(name: str, head: bytes, said: str | None) -> str:
    if not head:
        raise BadInputError(f"{name} is empty", field="file", rule="Art. 11")
    found = media_type_of(name, head)
    if said not in {None, found}:
        raise BadInputError(f"{name} is said to be {said}, but it is {found}", field="media_type", rule="documents")
    return found


def _head(stream: BinaryIO) -> bytes:
    """Read the begin; a socket may give it in several pieces."""
    return b"".join(_pieces(stream, HEAD_BYTES))


def _pieces(stream: BinaryIO, count_bytes: int) -> Iterator[bytes]:
    while count_bytes and (piece := stream.read(count_bytes)):
        count_bytes -= len(piece)
        yield piece


def _rejoined(head: bytes, rest: BinaryIO) -> BinaryIO:
    """Give a stream from the begin again; not every stream can be wound back."""
    return io.BufferedReader(_Joined((io.BytesIO(head), rest)))


class _Joined(io.RawIOBase):
    def __init__(self, streams: Iterable[BinaryIO]) -> None:
        self._streams = list(streams)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        with memoryview(buffer) as room:
            while self._streams:
                if piece := self._streams[0].read(len(room)):
                    room[: len(piece)] = piece
                    return len(piece)
                self._streams.pop(0)
        return 0
