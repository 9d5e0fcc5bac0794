"""A tenancy's whole life by the command line on a real cloud, application to certificate, with the clock driven."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.domain.errors import ExitCode
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import OperationKind
from tests.e2e.desk import Desk
from tests.e2e.server import LOCAL_RANGES, Server
from tests.jobs import Recorder

pytestmark = [pytest.mark.cloud, pytest.mark.toolchain, pytest.mark.hosts, pytest.mark.slow, pytest.mark.timeout(1500)]

TEST, LIVE = "archives-ledger-test", "archives-ledger-live"
EVIDENCE = ("mlps-grading", "performance-report", "security-report", "mlps-filing-certificate")
FILES = 3
"""What the unit keeps on its volume."""


@pytest.fixture
def desk(server: Server, tmp_path: Path) -> Desk:
    """Give the command line of a running server; its business begins on a Monday morning."""
    server.start()
    made = Desk(server, tmp_path, "ledger")
    made.until(hour=9)
    return made


def test_the_whole_life_of_a_tenancy(desk: Desk, record_property: Callable[[str, object], None]) -> None:
    """Test, extension, trial, change, suspension, production, termination: each by its requests, to the certificate."""
    _is_tested(desk)
    _goes_into_trial(desk)
    _answers_ansible(desk)
    _is_changed(desk)
    _is_suspended_and_resumed(desk, record_property)
    _goes_into_production(desk)
    _ends(desk)
    _is_proven(desk)


def _is_tested(desk: Desk) -> None:
    """Art. 11 to 13, 21: rejected, submitted again, provided, extended, evaluated, ended."""
    file = desk.write("test.yaml", "test")
    first = desk.submit(file)
    desk.tenure("request", "reject", first, "--reason", "which self-test?", role="office")
    desk.tenure("request", "resubmit", first, file, role="unit")
    shown = desk.one("outlook", "request", "show", first)
    assert (shown["acts"], shown["missing"]) == ("office", [])
    desk.decide(first)
    desk.finished(TEST, OperationKind.PROVISION)
    before = desk.server.environment_record(TEST).ends_at
    extended = desk.one("request", "env", "extend", TEST, "5", "--reason", "one report is late", role="unit")
    desk.decide(extended["id"])
    after = desk.server.environment_record(TEST).ends_at
    assert before is not None
    assert after == before + timedelta(days=5)
    desk.tenure("env", "evaluate", TEST, "passed", "--reason", "every case passed", role="office")
    desk.tenure("env", "terminate", TEST, "--confirm", TEST, "--reason", "tested", role="office")
    desk.finished(TEST, OperationKind.RETIRE)


def _goes_into_trial(desk: Desk) -> None:
    """Art. 14, 30: a live tenant with a backup from the first day; the unit's data comes in."""
    request = desk.submit(desk.write("trial.yaml", "trial"))
    desk.decide(request)
    desk.finished(LIVE, OperationKind.PROVISION)
    environment, access = desk.server.environment_record(LIVE), desk.server.installation.ports.access
    script = "for number in 1 2 3; do head -c 100000 /dev/urandom > /srv/data/$number.dat; done; sync"
    access.run(environment, environment.outputs.bastion_host, script, Recorder().job(), seconds=60)
    desk.finished(LIVE, OperationKind.BACKUP)
    kinds = {line["kind"] for line in desk.tenure("deadlines", "--environment", LIVE) if line["type"] == "deadline"}
    assert {"trial-minimum", "backup"} <= kinds


def _answers_ansible(desk: Desk) -> None:
    """Art. 36: its hosts as an inventory for plain Ansible, entered by a grant of unit and office."""
    file = desk.folder / "hosts.json"
    desk.tenure("inventory", LIVE, "--out", str(file), code=ExitCode.REFUSED)
    grant = desk.one("grant", "access", "request", LIVE, "--reason", "to see that the hosts answer")["id"]
    for side in ("unit", "office"):
        desk.tenure("access", "approve", grant, role=side)
    desk.tenure("inventory", LIVE, "--out", str(file))
    said = subprocess.run(
        [str(Path(sys.executable).with_name("ansible")), "-i", str(file), "host", "-m", "ping"],
        env=os.environ | {"ANSIBLE_LOCALHOST_WARNING": "false"},
        stdin=subprocess.DEVNULL,  # Ansible takes no standing input that does not block, as pipelines may give it
        capture_output=True,
        text=True,
        check=False,
    )
    assert "host-1 | SUCCESS" in said.stdout, said.stdout + said.stderr


def _is_changed(desk: Desk) -> None:
    """Art. 15: a minor change, carried out when its window opens."""
    request = desk.submit(desk.write("change.yaml", "change", stage="trial", access_from=LOCAL_RANGES[1:]))
    desk.finished(LIVE, OperationKind.PREVIEW)
    plan = desk.one("plan", "request", "plan", request)
    desk.tenure("request", "accept", request, role="office")
    desk.tenure("request", "review", request, "--plan", plan["digest"], role="office")
    desk.until(hour=20)
    desk.finished(LIVE, OperationKind.CHANGE)
    assert desk.one("request", "request", "show", request)["outcome"] == "changed"


def _is_suspended_and_resumed(desk: Desk, record_property: Callable[[str, object], None]) -> None:
    """Art. 37: the provider reports, the office decides, servers are cut off and stopped; how long it took is told."""
    finding = ("--severity", "high", "--finding", "a shell was uploaded")
    reported = desk.one("request", "env", "suspend", LIVE, *finding, role="provider")
    desk.decide(reported["id"])
    done = desk.finished(LIVE, OperationKind.SUSPEND)
    record_property("suspend_seconds", done.result["seconds"])
    assert desk.server.environment_record(LIVE).state is EnvironmentState.SUSPENDED
    resumed = desk.one("request", "env", "resume", LIVE, "--reason", "removed and patched", role="unit")
    desk.decide(resumed["id"])
    desk.finished(LIVE, OperationKind.RESUME)


def _goes_into_production(desk: Desk) -> None:
    """Art. 14, 22, 40: after the trial, with the evidence handed in, in place and after a backup."""
    hosts = desk.server.environment_record(LIVE).outputs.hosts
    desk.pass_time(timedelta(days=31))
    request = desk.submit(desk.write("production.yaml", "production"))
    for kind in EVIDENCE:
        document = desk.folder / f"{kind}.pdf"
        document.write_bytes(b"%PDF-1.7\n" + kind.encode())
        facts = ("--issuer", "市软件评测中心", "--accreditation", "CNAS", "--valid-until", "2099-12-31")
        desk.tenure("request", "attach", request, str(document), "--kind", kind, *facts, role="unit")
    desk.finished(LIVE, OperationKind.PREVIEW)
    desk.decide(request)
    desk.finished(LIVE, OperationKind.PROMOTE)
    environment = desk.server.environment_record(LIVE)
    assert (environment.stage, environment.outputs.hosts) == (Stage.PRODUCTION, hosts)


def _ends(desk: Desk) -> None:
    """Art. 16: nothing is reviewed before the system is offline and its backup was restored and compared."""
    ended = desk.one(
        "request", "env", "terminate", LIVE, "--confirm", LIVE, "--reason", "replaced by a new system", role="unit"
    )
    request = ended["id"]
    desk.tenure("request", "accept", request, role="office")
    desk.tenure("request", "review", request, role="office", code=ExitCode.REFUSED)
    desk.tenure("request", "confirm", request, "offline", "--reason", "switched off and migrated", role="unit")
    compared = desk.finished(LIVE, OperationKind.FINAL_BACKUP)
    assert compared.result["files"] >= FILES
    desk.tenure("request", "review", request, role="office")
    desk.finished(LIVE, OperationKind.RETIRE)
    assert desk.server.environment_record(LIVE).state is EnvironmentState.RETIRED
    assert desk.server.installation.ports.inventory.list_project(LIVE) == ()


def _is_proven(desk: Desk) -> None:
    """Art. 16: the certificate and the audit log are verified offline, and a changed one is found."""
    certificate, log = desk.folder / "certificate.json", desk.folder / "audit.jsonl"
    desk.tenure("certificate", "show", LIVE, "--out", str(certificate))
    desk.tenure("certificate", "verify", str(certificate))
    certificate.write_text(certificate.read_text(encoding="utf-8").replace("archives", "archivez", 1), encoding="utf-8")
    desk.tenure("certificate", "verify", str(certificate), code=ExitCode.FAILED)
    desk.tenure("audit", "export", str(log))
    desk.tenure("audit", "verify", str(log))
    log.write_text(log.read_text(encoding="utf-8").replace("request.reviewed", "request.Reviewed", 1), encoding="utf-8")
    desk.tenure("audit", "verify", str(log), code=ExitCode.FAILED)
    with desk.server.installation.records.read() as tx:
        kept = tx.certificates.find(LIVE)
    assert kept is not None
    assert kept.certificate.remaining == ()
    escrow = kept.certificate.escrow
    assert escrow is not None
    desk.server.installation.ports.backups.remove(escrow)
