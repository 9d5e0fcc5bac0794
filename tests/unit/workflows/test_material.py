"""Material of a request (Art. 11, 40): handed in until the review, bound to what was declared, read under audit."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.adapters.blobs import FileBlobs
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.errors import (
    BadInputError,
    ConflictError,
    NotFoundError,
    OperationFailedError,
    RefusedError,
)
from orchestrator.domain.lifecycle import RequestState
from orchestrator.domain.records import Actor, AuditEntry, Material, Request, Role
from orchestrator.workflows.context import Ports
from orchestrator.workflows.material import BEFORE_REVIEW, LIMIT_BYTES, MOST_DOCUMENTS, attach, fetch
from tests.fakes.clock import FakeClock, FakeIds
from tests.fakes.cloud import FakeCloud
from tests.fakes.installation import OFFICE, PROVIDER, UNIT, fake_ports
from tests.fakes.points import Points
from tests.samples import a_request

PLAN = b"%PDF-1.7 the plan"
OTHER = b"%PDF-1.7 another plan"
KIND = "construction-plan"
NAME = "建设方案.pdf"


def digest(content: bytes) -> str:
    """Give the SHA-256 of some content."""
    return hashlib.sha256(content).hexdigest()


class Unread(io.BytesIO):
    """A stream that nobody may read: the answer does not depend on it."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Fail."""
        raise AssertionError(size)


class Desk:
    """One request on record, and what people hand in for it."""

    def __init__(self, records: SqlRecords, folder: Path) -> None:
        self.folder = folder
        ports = fake_ports(records, FakeCloud(Points()), FakeClock(), FakeIds())
        self.ports: Ports = replace(ports, blobs=FileBlobs(folder))

    def submitted(self, request_id: str = "req-1", **changes: object) -> Request:
        """Put a request on record; ``declared`` documents stand in its content too."""
        declared = changes.pop("declared", ())
        assert isinstance(declared, tuple)
        content = {"kind": "test", "material": [one.model_dump(mode="json", exclude_none=True) for one in declared]}
        request = a_request(request_id, content=content, material=declared, **changes)
        with self.ports.records.transaction() as tx:
            tx.requests.add(request)
        return request

    def attach(self, content: bytes | BinaryIO = PLAN, **changes: object) -> Request:
        """Hand in a file as the unit."""
        stream = io.BytesIO(content) if isinstance(content, bytes) else content
        arguments: dict[str, Any] = {"request_id": "req-1", "actor": UNIT, "kind": KIND, "name": NAME, "stream": stream}
        arguments.update(changes)
        return attach(self.ports, **arguments)

    def fetch(self, **changes: object) -> bytes:
        """Read a file as the office."""
        arguments: dict[str, Any] = {"request_id": "req-1", "actor": OFFICE, "name": NAME}
        arguments.update(changes)
        _, stream = fetch(self.ports, **arguments)
        with stream:
            return stream.read()

    def on_record(self) -> Request:
        """Give the request as it is on record."""
        with self.ports.records.read() as tx:
            return tx.requests.get("req-1")

    def audit(self) -> tuple[AuditEntry, ...]:
        """Give the audit log."""
        with self.ports.records.read() as tx:
            return tx.audit.list()

    def files(self) -> int:
        """Count the files that are kept."""
        return sum(path.is_file() for path in self.folder.rglob("*"))


@pytest.fixture
def desk(records: SqlRecords, tmp_path: Path) -> Desk:
    """Give a desk without requests."""
    return Desk(records, tmp_path / "blobs")


class TestHandingIn:
    """What is kept, and what the log says of it (Art. 11)."""

    def test_a_file_is_kept_with_digest_name_size_and_type(self, desk: Desk) -> None:
        """And the audit entry states all of it."""
        desk.submitted()
        changed = desk.attach()
        expected = Material(kind=KIND, name=NAME, sha256=digest(PLAN), size=len(PLAN), type="application/pdf")
        assert changed.material == desk.on_record().material == (expected,)
        (entry,) = desk.audit()
        assert (entry.action, entry.subject, entry.actor) == ("request.material-attached", changed.environment, UNIT)
        assert entry.facts == {
            "request": "req-1",
            "kind": KIND,
            "name": NAME,
            "sha256": digest(PLAN),
            "size": len(PLAN),
            "type": "application/pdf",
        }

    def test_evidence_carries_its_issuer_and_validity(self, desk: Desk) -> None:
        """Third-party reports are of a party that CNAS accredited, and count until a day (Art. 40)."""
        desk.submitted()
        given: dict[str, Any] = {
            "issuer": "测评中心",
            "accreditation": "CNAS",
            "issued_on": date(2026, 2, 1),
            "valid_until": date(2027, 1, 31),
        }
        (document,) = desk.attach(kind="security-report", **given).material
        assert {name: getattr(document, name) for name in given} == given

    def test_the_same_kind_and_name_is_replaced(self, desk: Desk) -> None:
        """The log says what it replaced; nothing that was said of the earlier file is said of the new one."""
        desk.submitted()
        desk.attach(issuer="first author")
        (document,) = desk.attach(OTHER).material
        assert (document.sha256, document.issuer) == (digest(OTHER), None)
        assert desk.audit()[-1].facts["replaces"] == digest(PLAN)

    def test_the_same_file_again_completes_what_is_known(self, desk: Desk) -> None:
        """It is kept once, and the log speaks of no replacement."""
        desk.submitted()
        desk.attach(issuer="author")
        (document,) = desk.attach(valid_until=date(2027, 1, 1)).material
        assert (document.issuer, document.valid_until) == ("author", date(2027, 1, 1))
        assert desk.files() == 1
        assert "replaces" not in desk.audit()[-1].facts

    def test_another_kind_or_name_stands_beside_it(self, desk: Desk) -> None:
        """Two self-test reports are two documents (Art. 11)."""
        desk.submitted()
        for kind, name in (("self-test-report", "性能.pdf"), ("self-test-report", "安全.pdf"), (KIND, "性能.pdf")):
            desk.attach(kind=kind, name=name)
        assert len(desk.on_record().material) == 3
        assert desk.files() == 1

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
    @given(pieces=st.lists(st.binary(min_size=1, max_size=9000), max_size=6))
    def test_a_stream_may_come_in_any_pieces(self, desk: Desk, pieces: list[bytes]) -> None:
        """A socket gives what it has: the file is the whole."""

        class Socket(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                given, waiting[:1] = (waiting[0][:size], [waiting[0][size:]]) if waiting else (b"", [])
                waiting[:] = [piece for piece in waiting if piece]
                return given

        waiting = [b"%P", b"DF-1.7 ", *pieces]
        whole = b"".join(waiting)
        request_id = f"req-{digest(whole)[:12]}"
        with desk.ports.records.read() as tx:
            known = {request.id for request in tx.requests.list(limit=1000)}
        if request_id not in known:
            desk.submitted(request_id)
        assert desk.attach(Socket(), request_id=request_id).material[0].sha256 == digest(whole)
        assert desk.fetch(request_id=request_id) == whole


class TestDeclared:
    """What the submission said of its documents binds: approvals were given to it."""

    DECLARED = Material(kind=KIND, name=NAME, sha256=digest(PLAN), issuer="institute")

    def test_the_declared_file_comes_in(self, desk: Desk) -> None:
        """With what was declared of it."""
        desk.submitted(declared=(self.DECLARED,))
        (document,) = desk.attach().material
        assert (document.sha256, document.size, document.issuer) == (digest(PLAN), len(PLAN), "institute")

    def test_another_file_is_refused_with_both_digests(self, desk: Desk) -> None:
        """Now, and after the declared one came in."""
        desk.submitted(declared=(self.DECLARED,))
        for _ in range(2):
            with pytest.raises(BadInputError, match="not the file that the request declared") as caught:
                desk.attach(OTHER)
            detail = caught.value.diagnostic.detail
            assert digest(PLAN) in detail
            assert digest(OTHER) in detail
            desk.attach()
        assert desk.on_record().material[0].sha256 == digest(PLAN)

    def test_without_a_declared_digest_any_file_comes_in(self, desk: Desk) -> None:
        """What was declared of the document stays true of each."""
        desk.submitted(declared=(self.DECLARED.model_copy(update={"sha256": None}),))
        for content in (PLAN, OTHER):
            (document,) = desk.attach(content).material
            assert (document.sha256, document.issuer) == (digest(content), "institute")


class TestRefused:
    """Who may not, when it is too late, and what is no document."""

    @pytest.mark.parametrize("state", list(RequestState))
    def test_material_comes_in_until_the_review(self, desk: Desk, state: RequestState) -> None:
        """Afterwards it is what was decided on; then nothing is even read."""
        desk.submitted(state=state)
        if state in BEFORE_REVIEW:
            assert desk.attach().state is state
        else:
            with pytest.raises(ConflictError, match=f"req-1 is {state}"):
                desk.attach(Unread())
        assert {RequestState.SUBMITTED, RequestState.WAITING, RequestState.ACCEPTED, RequestState.REJECTED} == set(
            BEFORE_REVIEW
        )

    @pytest.mark.parametrize("role", list(Role))
    def test_unit_and_office_hand_in(self, desk: Desk, role: Role) -> None:
        """Nobody else does."""
        desk.submitted()
        actor = UNIT.model_copy(update={"role": role})
        if role in {Role.UNIT, Role.OFFICE}:
            desk.attach(actor=actor)
        else:
            with pytest.raises(RefusedError, match="may not attach material"):
                desk.attach(Unread(), actor=actor)

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"content": b"", "name": "a.pdf"}, BadInputError),
            ({"content": b"MZ\x90\x00", "name": "a.pdf"}, RefusedError),
            ({"name": "setup.exe"}, RefusedError),
            ({"media_type": "text/plain"}, BadInputError),
            ({"kind": "Plan"}, BadInputError),
            ({"name": "two\nlines.pdf"}, BadInputError),
            ({"name": "x" * 200 + ".pdf"}, BadInputError),
            ({"issuer": ""}, BadInputError),
            ({"issued_on": date(2026, 2, 2), "valid_until": date(2026, 2, 1)}, BadInputError),
        ],
    )
    def test_what_is_wrong_is_told_and_nothing_is_kept(
        self, desk: Desk, changes: dict[str, Any], error: type[Exception]
    ) -> None:
        """Empty files, programs, names that are none, dates that contradict."""
        desk.submitted()
        with pytest.raises(error):
            desk.attach(**changes)
        assert desk.files() == 0
        assert desk.on_record().material == ()
        assert desk.audit() == ()

    def test_a_file_has_200_mb_at_most(self, desk: Desk) -> None:
        """The limit is that of the rules, and reading stops there."""

        class Endless(io.BytesIO):
            given = 0

            def read(self, size: int | None = -1, /) -> bytes:
                self.given += size or 0
                return b"%PDF-" + bytes((size or 0) - 5)

        desk.submitted()
        stream = Endless()
        with pytest.raises(BadInputError, match="longer than 200 MB"):
            desk.attach(stream)
        assert LIMIT_BYTES == 200_000_000
        assert LIMIT_BYTES < stream.given < LIMIT_BYTES + 2_000_000
        assert desk.files() == 0

    def test_a_media_type_that_agrees_is_taken(self, desk: Desk) -> None:
        """As the header of an upload says it."""
        desk.submitted()
        assert desk.attach(media_type="application/pdf").material[0].type == "application/pdf"

    def test_a_request_carries_fifty_documents(self, desk: Desk) -> None:
        """One of them can still be replaced."""
        desk.submitted(declared=tuple(Material(kind=KIND, name=f"{n}.pdf") for n in range(MOST_DOCUMENTS)))
        with pytest.raises(BadInputError, match="50 documents"):
            desk.attach(Unread())
        assert len(desk.attach(name="7.pdf").material) == MOST_DOCUMENTS

    def test_a_request_that_is_not_there_is_told(self, desk: Desk) -> None:
        """Before anything is read."""
        with pytest.raises(NotFoundError):
            desk.attach(Unread())

    def test_a_review_in_between_wins(self, desk: Desk) -> None:
        """The request was reviewed while the file was on its way: the file does not count."""

        class Slow(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                with desk.ports.records.transaction() as tx:
                    found = tx.requests.get("req-1")
                    reviewed = found.model_copy(update={"state": RequestState.EXECUTING})
                    tx.requests.put(reviewed, expected=found)
                return super().read(size)

        desk.submitted()
        with pytest.raises(ConflictError, match="is executing"):
            desk.attach(Slow(PLAN))
        assert desk.on_record().material == ()


class TestReading:
    """Files are given out under audit."""

    @pytest.mark.parametrize("actor", [UNIT, OFFICE, PROVIDER])
    def test_what_was_handed_in_is_read(self, desk: Desk, actor: Actor) -> None:
        """Each access is an entry."""
        desk.submitted()
        desk.attach()
        assert desk.fetch(actor=actor) == PLAN
        entry = desk.audit()[-1]
        assert (entry.action, entry.actor) == ("request.material-read", actor)
        assert entry.facts == {"request": "req-1", "kind": KIND, "name": NAME, "sha256": digest(PLAN)}

    def test_what_was_only_declared_is_told(self, desk: Desk) -> None:
        """With the command that hands it in; nothing is logged as read."""
        desk.submitted(declared=(TestDeclared.DECLARED,))
        with pytest.raises(NotFoundError, match="was not handed in") as caught:
            desk.fetch()
        assert caught.value.diagnostic.hint == f"tenure request attach req-1 FILE --kind {KIND}"
        assert desk.audit() == ()

    def test_an_unknown_name_tells_those_that_there_are(self, desk: Desk) -> None:
        """Or that there is none."""
        desk.submitted()
        with pytest.raises(NotFoundError) as caught:
            desk.fetch()
        assert caught.value.diagnostic.detail == "there is: none"
        desk.attach()
        with pytest.raises(NotFoundError) as caught:
            desk.fetch(name="plan.pdf")
        assert caught.value.diagnostic.detail == f"there is: {NAME}"

    def test_one_name_of_two_kinds_needs_the_kind(self, desk: Desk) -> None:
        """The error names the kinds."""
        desk.submitted()
        desk.attach()
        desk.attach(OTHER, kind="resource-needs")
        with pytest.raises(BadInputError, match="several documents") as caught:
            desk.fetch()
        assert caught.value.diagnostic.detail == "kinds: construction-plan, resource-needs"
        assert desk.fetch(kind="resource-needs") == OTHER

    def test_nothing_of_the_machine_reads_material(self, desk: Desk) -> None:
        """Roles of people only."""
        desk.submitted()
        desk.attach()
        with pytest.raises(RefusedError):
            desk.fetch(actor=UNIT.model_copy(update={"role": Role.SYSTEM}))

    def test_a_file_that_was_changed_on_disk_is_not_given(self, desk: Desk) -> None:
        """Evidence is what was handed in, or nothing."""
        desk.submitted()
        desk.attach()
        (place,) = (path for path in desk.folder.rglob("*") if path.is_file())
        place.write_bytes(OTHER)
        with pytest.raises(OperationFailedError, match="no longer what was handed in"):
            desk.fetch()
