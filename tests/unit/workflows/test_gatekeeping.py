"""The access job: revocations reach every host, and every session reaches the audit log, once (Art. 36)."""

from __future__ import annotations

import pytest

from orchestrator.domain.errors import ConflictError
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import AuditEntry, Operation
from orchestrator.domain.sessions import session_line
from orchestrator.ports import HostOutcome
from orchestrator.workflows import access, operations, survey
from tests.fakes.installation import PROVIDER, Installation
from tests.fakes.points import Trouble, die, refuse
from tests.unit.workflows.attempts import Rows, run_to_the_end

NAME = "archives-catalogue-test"
HOST = "host-1"
OPEN = "{number}\t1772415000\topen\tboot-{number}\t77\t198.51.100.9\tgr-000009 archives-catalogue-test by zhao"
CLOSE = "{number}\t1772415060\tclose\tboot-1\t77\t198.51.100.9\tgr-000009 archives-catalogue-test by zhao"


@pytest.fixture
def ready(installation: Installation) -> Installation:
    """An installation with a ready environment of one host."""
    installation.make_ready()
    return installation


def log(installation: Installation, *lines: str) -> None:
    """Let the host tell these lines with its next plays."""
    installation.configurator.outcomes["access", HOST] = HostOutcome(host=HOST, ok=5, told={"sessions": list(lines)})


def looked(installation: Installation) -> Operation:
    """Run an access job."""
    queued = access.look_in(installation.ports, NAME, PROVIDER)
    installation.run_all()
    return installation.operation(queued.id)


def sessions(installation: Installation) -> list[AuditEntry]:
    """Give what the audit log says of sessions."""
    with installation.records.read() as tx:
        entries = tx.audit.list(subject=NAME, limit=1000)
    return [entry for entry in entries if entry.action.startswith("session.")]


def test_sessions_come_into_the_audit_log(ready: Installation) -> None:
    """Who, for what, by which certificate, from where, and when; begin and end."""
    log(ready, OPEN.format(number=1), CLOSE.format(number=2))
    assert looked(ready).result["sessions"] == 2
    opened, closed = sessions(ready)
    assert (opened.action, closed.action) == ("session.opened", "session.closed")
    assert opened.facts == {
        "host": HOST,
        "session": "boot-1",
        "for": "gr-000009",
        "key_id": "gr-000009 archives-catalogue-test by zhao",
        "serial": 77,
        "from": "198.51.100.9",
        "at": "2026-03-02T01:30:00+00:00",
    }


def test_each_line_is_kept_once(ready: Installation) -> None:
    """A host tells a line until it is kept elsewhere; it learns which those are."""
    log(ready, OPEN.format(number=1))
    looked(ready)
    log(ready, OPEN.format(number=1), CLOSE.format(number=2))
    assert looked(ready).result["sessions"] == 1
    assert looked(ready).result["sessions"] == 0
    assert len(sessions(ready)) == 2
    assert ready.configurator.plays[-1].variables["access_kept"] == {HOST: 2}


def test_a_server_that_was_made_anew_counts_anew(ready: Installation) -> None:
    """Its log begins with the first line again, and none of it is lost."""
    log(ready, OPEN.format(number=1), CLOSE.format(number=2))
    looked(ready)
    environment = ready.environment(NAME)
    hosts = tuple(host.model_copy(update={"server_id": "another"}) for host in environment.outputs.hosts)
    rebuilt = environment.model_copy(update={"outputs": environment.outputs.model_copy(update={"hosts": hosts})})
    with ready.records.transaction() as tx:
        tx.environments.put(rebuilt)
    log(ready, OPEN.format(number=1))
    assert looked(ready).result["sessions"] == 1


@pytest.mark.parametrize(
    "text", ["", "1\t2\topen", OPEN.format(number="x"), OPEN.format(number=1).replace("open", "?")]
)
def test_half_a_line_is_no_session(ready: Installation, text: str) -> None:
    """A full disk or a power cut leaves parts of lines; the rest is kept."""
    assert session_line(text) is None
    log(ready, text, CLOSE.format(number=2))
    assert looked(ready).result["sessions"] == 1


def test_a_host_that_was_not_told_fails_the_job(ready: Installation) -> None:
    """As long as one host lets the revoked in, the revocation is not done; what the others logged is kept."""
    lines = [OPEN.format(number=1)]
    failed = HostOutcome(host=HOST, failed=1, error="disk full", told={"sessions": lines})
    ready.configurator.outcomes["access", HOST] = failed
    done = looked(ready)
    assert done.state is OperationState.FAILED
    assert done.error is not None
    assert (HOST in done.error.summary, "disk full" in done.error.detail) == (True, True)
    assert len(sessions(ready)) == 1
    log(ready, *lines)
    operations.retry(ready.ports, done.id, PROVIDER)
    ready.run_all()
    assert ready.operation(done.id).state is OperationState.SUCCEEDED
    assert len(sessions(ready)) == 1


def test_a_job_that_failed_is_tried_again_beside_other_work(ready: Installation) -> None:
    """The revoked must not stay in because hosts are surveyed just then; a second access job has to be waited for."""
    ready.configurator.outcomes["access", HOST] = HostOutcome(host=HOST, reached=False)
    failed = looked(ready)
    log(ready)
    survey.ask(ready.ports, NAME, PROVIDER)
    assert operations.retry(ready.ports, failed.id, PROVIDER).state is OperationState.QUEUED
    ready.run_all()
    ready.configurator.outcomes["access", HOST] = HostOutcome(host=HOST, reached=False)
    failed = looked(ready)
    access.look_in(ready.ports, NAME, PROVIDER)
    with pytest.raises(ConflictError, match="access is queued"):
        operations.retry(ready.ports, failed.id, PROVIDER)


@pytest.mark.parametrize("trouble", [refuse, die])
def test_every_step_fails_and_is_repeated(ready: Installation, trouble: Trouble) -> None:
    """Whatever point an attempt ends at, the next one comes to the same end, and nothing is kept twice."""
    log(ready, OPEN.format(number=1))
    before = len(ready.points.passed)
    looked(ready)
    for number in range(1, len(ready.points.passed) - before + 1):
        log(ready, *(OPEN.format(number=line) for line in range(1, number + 2)))
        queued = access.look_in(ready.ports, NAME, PROVIDER)
        ready.points.at_number(number, trouble)
        run_to_the_end(ready, queued, Rows.SURVIVE)
        ready.points.calm()
        assert len(sessions(ready)) == number + 1
