"""The hook as the approval system meets it: signed, idempotent, never lost, replay-proof (DESIGN.md decision 12)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.vault import FileVault
from orchestrator.adapters.webhooks import Signer
from orchestrator.domain.approval import EventType
from orchestrator.domain.records import AuditEntry, Role, Scheme
from orchestrator.web.pool import WorkPool
from orchestrator.workflows.senders import add_sender, revoke_key, revoke_sender, rotate_sender
from tests.hook import PATH, SUBMISSION, Office, an_event, an_office, desk_of, serving


def requests_and_environments(records: SqlRecords) -> tuple[int, int]:
    """Count what is on record."""
    with records.read() as tx:
        return len(tx.requests.list()), len(tx.environments.list())


def refusal_lines(records: SqlRecords) -> tuple[AuditEntry, ...]:
    """Give the audit lines about refused calls, as if their minute were over."""
    with records.transaction() as tx:
        tx.senders.flush_refusals(datetime.now(UTC) + timedelta(minutes=5))
        return tuple(entry for entry in tx.audit.list() if entry.action == "hook.refused")


def field_of(answer: httpx.Response) -> object:
    """Give the field that a problem document names first."""
    return answer.json()["diagnostics"][0].get("field")


def test_a_signed_event_becomes_a_request(office: Office, records: SqlRecords) -> None:
    """202 with the request's address; the request, its environment and the audit entry are on record."""
    answer = office.send(an_event())
    assert answer.status_code == 202
    told = answer.json()
    assert answer.headers["location"] == f"/requests/{told['request']}"
    assert told["state"] == "submitted"
    with records.read() as tx:
        request = tx.requests.get(told["request"])
        assert request.environment == "water-gauge-test"
        assert (request.submitted_by.name, request.submitted_by.door) == ("applicant", "hook:approvals")


def test_fifty_deliveries_of_one_id_make_one_environment(office: Office, url: str, records: SqlRecords) -> None:
    """All fifty are answered 202 with one address."""
    event = an_event()

    def deliver(_: int) -> httpx.Response:
        with httpx.Client(base_url=url, timeout=60) as client:
            return Office(client, office.signer).send(event)

    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(deliver, range(50)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert requests_and_environments(records) == (1, 1)


def test_a_replay_gets_the_first_answer(office: Office, records: SqlRecords) -> None:
    """The same delivery again, later, changes nothing."""
    first, again = office.send(an_event()), office.send(an_event())
    assert (again.status_code, again.headers["location"]) == (202, first.headers["location"])
    assert requests_and_environments(records) == (1, 1)


def test_one_id_with_another_body_is_a_conflict(office: Office, records: SqlRecords) -> None:
    """409, and the first event stands."""
    office.send(an_event())
    answer = office.send(an_event(by="somebody else"))
    assert (answer.status_code, field_of(answer)) == (409, "id")
    assert requests_and_environments(records) == (1, 1)


def test_the_whole_way_of_a_request(office: Office, records: SqlRecords) -> None:
    """Submitted, accepted and reviewed by event; the answers tell each state, and the digest to sign."""
    request = office.send(an_event()).json()["request"]
    accepted = office.send(an_event(EventType.ACCEPTED, "evt-2", request=request))
    assert accepted.json()["state"] == "accepted"
    digest = accepted.json()["content_digest"]
    reviewed = office.send(an_event(EventType.REVIEWED, "evt-3", request=request, bound_to=digest))
    assert (reviewed.status_code, reviewed.json()["state"]) == (202, "executing")
    with records.read() as tx:
        assert tx.requests.get(request).decisions[-1].bound_to == digest


def test_a_rejection_carries_its_reasons(office: Office, records: SqlRecords) -> None:
    """Art. 12: the unit reads why."""
    request = office.send(an_event()).json()["request"]
    answer = office.send(an_event(EventType.REJECTED, "evt-2", request=request, reasons="缺少性能自测报告"))
    assert (answer.status_code, answer.json()["state"]) == (202, "rejected")
    with records.read() as tx:
        assert tx.requests.get(request).decisions[-1].reasons == "缺少性能自测报告"


UNSIGNED: list[dict[str, str]] = [
    {"webhook_signature": ""},
    {"webhook_signature": "v1a," + "A" * 86 + "=="},
    {"webhook_signature": "nonsense"},
    {"webhook_id": "evt-2"},
    {"webhook_id": ""},
    {"webhook_timestamp": "1614265330"},
    {"webhook_timestamp": "now"},
]


@pytest.mark.parametrize("headers", UNSIGNED, ids=lambda headers: "=".join(*headers.items())[:40])
def test_what_is_not_signed_is_401_and_leaves_nothing(
    office: Office, records: SqlRecords, headers: dict[str, str]
) -> None:
    """A bad, missing or old signature changes nothing, whatever the body says."""
    answer = office.send(an_event(), **headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert "www-authenticate" in answer.headers
    assert requests_and_environments(records) == (0, 0)


def test_refused_calls_are_one_audit_line_per_source_and_minute(office: Office, records: SqlRecords) -> None:
    """Thirty refused calls leave one line with their number and reasons, and nothing else."""
    before = len(_audit(records))
    _start_of_minute()
    for number in range(30):
        office.send(an_event(), webhook_signature="v1a,AAAA" if number % 2 else "")
    _until(lambda: _counted(records) == 30)
    (line,) = refusal_lines(records)
    assert (line.subject, line.facts["calls"], len(line.facts["reasons"])) == ("127.0.0.1", 30, 2)
    assert len(_audit(records)) == before + 1


def test_refused_events_of_a_known_sender_are_counted_under_its_name(office: Office, records: SqlRecords) -> None:
    """An auditor sees which system sends what is refused."""
    office.send(b"nonsense")
    _until(lambda: bool(refusal_lines(records)))
    (line,) = refusal_lines(records)
    assert (line.subject, line.facts["reasons"]) == ("hook:approvals", {"bad-input": 1})


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 5 * 1024 * 1024])
def test_a_body_over_one_mebibyte_is_413(office: Office, size: int) -> None:
    """By its length, before it is read."""
    assert office.send(b" " * size).status_code == 413


def test_a_chunked_body_over_one_mebibyte_is_413(url: str) -> None:
    """Without a length the reading stops at the limit."""

    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 65536

    with httpx.Client(base_url=url) as client:
        assert client.post(PATH, content=chunks()).status_code == 413


def test_a_body_of_one_mebibyte_is_read(office: Office) -> None:
    """The limit itself is allowed; the signature then says who sent it."""
    assert office.send(b" " * (1024 * 1024)).status_code == 422


def _without(*path: str) -> dict[str, Any]:
    event = json.loads(json.dumps(an_event()))
    place = event
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return event  # type: ignore[no-any-return]


NONSENSE: list[tuple[dict[str, Any] | bytes, str]] = [
    (b"", "body"),
    (b"nonsense", "body"),
    (b"\xff\xfe", "body"),
    (b"[1, 2]", "body"),
    (b'{"id": NaN}', "body"),
    (b'{"id": 1e999}', "body"),
    (b'{"id": 99999999999999999999999999}', "body"),
    (b"[" * 100_000, "body"),
    (b'{"id": "evt-1", "id": "evt-1"}', "id"),
    (b'{"type": "tenure.request.submitted.v1", "source": "a\\u0000b"}', "source"),
    (an_event() | {"type": "tenure.request.approved.v1"}, "type"),
    (_without("type"), "type"),
    (_without("source"), "source"),
    (an_event() | {"specversion": "0.3"}, "specversion"),
    (an_event() | {"data_base64": "AAAA"}, "data_base64"),
    (an_event() | {"time": "yesterday"}, "time"),
    (an_event(event_id="evt-1") | {"data": []}, "data"),
    (_without("data", "by"), "data.by"),
    (_without("data", "submission", "mlps"), "data.submission.mlps"),
    (an_event(submission=SUBMISSION | {"unit": "Water"}), "data.submission.unit"),
    (an_event(submission=SUBMISSION | {"colour": "blue"}), "data.submission.colour"),
    (
        an_event(submission=SUBMISSION | {"environment": SUBMISSION["environment"] | {"blueprint": "castle"}}),
        "data.submission.environment.blueprint",
    ),
    (an_event(EventType.REJECTED, request="req-1"), "data.reasons"),
    (an_event(EventType.REVIEWED, request="req-1", bound_to="sha256:12"), "data.bound_to"),
    (an_event(EventType.TERMINATED, environment="water", reason="x"), "data.environment"),
]


@pytest.mark.parametrize(("event", "field"), NONSENSE, ids=lambda value: value if isinstance(value, str) else "")
def test_nonsense_is_422_naming_the_field(
    office: Office, records: SqlRecords, event: dict[str, Any] | bytes, field: str
) -> None:
    """Signed nonsense is refused with the field and the rule, and nothing changes."""
    answer = office.send(event)
    assert (answer.status_code, field_of(answer)) == (422, field)
    assert answer.json()["diagnostics"][0]["rule"]
    assert requests_and_environments(records) == (0, 0)


def test_the_event_has_the_id_of_the_header(office: Office) -> None:
    """Otherwise the idempotency key would be another than the one that was signed for."""
    event = an_event(event_id="evt-2")
    body = json.dumps(event).encode()
    answer = office.send(body)
    assert (answer.status_code, field_of(answer)) == (422, "id")


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "text/plain"},
        {"content_type": "application/cloudevents-batch+json"},
        {"content_type": "application/json; charset=gbk"},
        {"content_encoding": "gzip"},
    ],
)
def test_other_media_types_are_415(office: Office, headers: dict[str, str]) -> None:
    """Only one event in structured mode, in UTF-8, not compressed."""
    assert office.send(an_event(), **headers).status_code == 415


def test_extension_attributes_are_allowed(office: Office) -> None:
    """CloudEvents lets senders add attributes such as a trace's."""
    event = an_event() | {"traceparent": "00-1-2-01", "time": "2026-03-02T09:30:00+08:00", "subject": "water/gauge"}
    assert office.send(event).status_code == 202


def test_a_request_that_is_not_on_record_is_404(office: Office) -> None:
    """And the id can be used again for a correct event, since nothing was claimed."""
    assert office.send(an_event(EventType.ACCEPTED, request="req-unknown")).status_code == 404
    assert office.send(an_event()).status_code == 202


def test_what_a_rule_forbids_is_403(office: Office) -> None:
    """A classified system stays outside (Art. 2, 4); the answer names field and article."""
    answer = office.send(an_event(submission=SUBMISSION | {"classified": True}))
    assert (answer.status_code, field_of(answer)) == (403, "data.submission.classified")
    assert "Art." in answer.json()["diagnostics"][0]["rule"]


def test_a_state_that_does_not_fit_is_409(office: Office) -> None:
    """A request is accepted once."""
    request = office.send(an_event()).json()["request"]
    office.send(an_event(EventType.ACCEPTED, "evt-2", request=request))
    assert office.send(an_event(EventType.ACCEPTED, "evt-3", request=request)).status_code == 409


def test_the_path_may_name_the_sender(office: Office, records: SqlRecords, vault: FileVault) -> None:
    """Then only that sender's keys count; an unknown name is 401 like any wrong key."""
    add_sender(desk_of(records, vault), "other", Role.OFFICE, Scheme.V1A)
    assert office.send(an_event(), path=f"{PATH}/other").status_code == 401
    assert office.send(an_event(), path=f"{PATH}/nobody").status_code == 401
    assert office.send(an_event(), path=f"{PATH}/approvals").status_code == 202


def test_rotation_keeps_both_keys_and_revocation_ends_one(
    office: Office, records: SqlRecords, vault: FileVault
) -> None:
    """No delivery is lost while the sender changes its key."""
    made = rotate_sender(desk_of(records, vault), "approvals", Scheme.V1, timedelta(days=7))
    renewed = Office(office.client, Signer(made.secret))
    assert [one.send(an_event()).status_code for one in (office, renewed)] == [202, 202]
    revoke_key(desk_of(records, vault), "approvals", made.sender.keys[0].id)
    assert [one.send(an_event()).status_code for one in (office, renewed)] == [401, 202]


def test_a_revoked_sender_is_told_to_stop(office: Office, records: SqlRecords, vault: FileVault) -> None:
    """410 to whoever still signs with its key, 401 to anybody else."""
    revoke_sender(desk_of(records, vault), "approvals")
    assert office.send(an_event()).status_code == 410
    assert office.send(an_event(), webhook_signature="v1a," + "A" * 86 + "==").status_code == 401
    assert requests_and_environments(records) == (0, 0)


def test_doubled_headers_count_as_missing(office: Office, url: str) -> None:
    """Two ids could be read in two ways by two programs."""
    body = json.dumps(an_event()).encode()
    headers = list(office.signer.headers("evt-1", datetime.now(UTC), body).items())
    with httpx.Client(base_url=url) as client:
        assert client.post(PATH, content=body, headers=[*headers, headers[0]]).status_code == 401


def test_a_sender_reads_its_own_request(office: Office, records: SqlRecords, vault: FileVault) -> None:
    """The address of the 202 answers to a signature over the request's id; others get 404, unsigned calls 401."""
    address = office.send(an_event()).headers["location"]
    request = address.rpartition("/")[2]
    told = office.ask(request)
    assert (told.status_code, told.json()["environment_state"]) == (200, "planned")
    assert told.json()["operations"][0]["kind"] == "preview"
    other = add_sender(desk_of(records, vault), "other", Role.OFFICE, Scheme.V1A)
    assert Office(office.client, Signer(other.secret)).ask(request).status_code == 404
    assert office.client.get(address).status_code == 401
    assert office.ask(request, **office.signer.headers("req-2", datetime.now(UTC), b"")).status_code == 401
    assert office.ask("req-unknown").status_code == 404


def test_a_busy_database_is_503_and_loses_nothing(records: SqlRecords, vault: FileVault) -> None:
    """The caller is told when to come back; what was begun goes on, and the same event again is answered by it."""
    pool = WorkPool(patience_seconds=0.5)
    with serving(records, vault, pool) as address, httpx.Client(base_url=address, timeout=30) as client:
        office = an_office(records, vault, client)
        with records.transaction():
            answer = office.send(an_event())
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        _until(lambda: requests_and_environments(records) == (1, 1))
        assert office.send(an_event()).status_code == 202
        assert requests_and_environments(records) == (1, 1)


def test_health_and_unknown_paths(url: str) -> None:
    """Probes answer without a signature; there are no pages that load from outside."""
    with httpx.Client(base_url=url) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/readyz").json() == {"status": "ready"}
        assert [client.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json", "/x")] == [404] * 4
        assert client.get(PATH).status_code == 405
        assert "server" not in client.get("/healthz").headers


def _audit(records: SqlRecords) -> tuple[AuditEntry, ...]:
    with records.read() as tx:
        return tx.audit.list(limit=1000)


def _counted(records: SqlRecords) -> int:
    with records.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT coalesce(sum(calls), 0) FROM refusals").scalar_one())


def _start_of_minute() -> None:
    """Wait when a minute is about to end, so that a test's calls fall into one."""
    left = 60 - time.time() % 60
    if left < 5:
        time.sleep(left)


def _until(condition: Any) -> None:  # noqa: ANN401  any question
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within ten seconds"
        time.sleep(0.05)
