"""Hosts in care by the command line on a real cloud: entered by grant, backed up, restored, patched, tried, drilled."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from orchestrator.adapters.ansible.place import CONTROLLER_MARK
from orchestrator.adapters.pulumi.marks import MARK, marked
from orchestrator.domain.drill import Control
from orchestrator.domain.errors import ExitCode
from orchestrator.domain.records import OperationKind
from tests.cloud import CloudAccess
from tests.e2e.desk import Desk
from tests.e2e.server import Server, wait_for
from tests.integration.patching.repository import Package, Repository, a_new_folder, need_programs, serving
from tests.jobs import Recorder
from tools.localcloud import aptproxy

pytestmark = [pytest.mark.cloud, pytest.mark.toolchain, pytest.mark.hosts, pytest.mark.slow, pytest.mark.timeout(1200)]

LIVE, COPY = "archives-keeper-live", "archives-keeper-drill"
HOST = "host-1"
WAITS = "if [ -e /run/once ]; then exit 0; fi; touch /run/once; sleep 300"
FIRST = Package("tenure-sample-lib", "1.0")
SECOND = Package("tenure-sample-lib", "1.1", postinst=WAITS, changes=("fixes CVE-2026-10001",))
DATA = "/srv/data"
FROM_TESTS_ONLY = """
set -e
rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
cat >/etc/apt/trusted.gpg.d/tests.asc
echo 'deb {address} tests main' >/etc/apt/sources.list
apt-get -q update >/dev/null
apt-get -q -y install {package} >/dev/null
"""
"""A host whose packages come from the tests' repository: what is pending is what a test published."""


@pytest.fixture
def object_store(cloud: CloudAccess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the installation at the cloud's object store and package proxy, before there is an installation."""
    assert cloud.object_store, "name an object store that the hosts of this cloud reach: TENURE_TEST_OBJECT_STORE"
    monkeypatch.setenv("TENURE_BACKUP_STORE", cloud.object_store)
    monkeypatch.setenv("TENURE_BACKUP_STORE_KEY", "of-the-tests")
    monkeypatch.setenv("TENURE_BACKUP_STORE_SECRET", "made-up")
    if cloud.root is not None:
        monkeypatch.setenv("TENURE_DRILL_REACH", f"{urlsplit(cloud.object_store).hostname}:{aptproxy.PORT}")


@pytest.fixture
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """Serve packages of the tests to hosts, at an address that no cache has seen."""
    need_programs()
    web = tmp_path_factory.mktemp("web")
    with serving(web) as port, closing(Repository(a_new_folder(web), port)) as made:
        made.publish(FIRST)
        yield made


@pytest.fixture
def desk(object_store: None, server: Server, tmp_path: Path) -> Desk:  # noqa: ARG001  settings are read once
    """Give the command line of a running server; its business begins on a Monday morning."""
    server.start()
    made = Desk(server, tmp_path, "keeper")
    made.until(hour=9)
    return made


def test_an_environment_in_care(desk: Desk, repository: Repository) -> None:
    """Art. 30, 32, 36, 38, 39, 44, one after the other on the same host."""
    _is_opened(desk)
    _is_entered_by_grant_only(desk)
    _is_backed_up_and_restored(desk)
    _is_patched(desk, repository)
    _is_verified(desk)
    _is_drilled(desk)
    _is_surveyed(desk)
    _leaves_no_key(desk)


def _on_host(desk: Desk, script: str, secret: str = "") -> str:
    """Run something on the host as root, as a job does."""
    environment, access = desk.server.environment_record(LIVE), desk.server.installation.ports.access
    return access.run(environment, HOST, script, Recorder().job(), seconds=120, secret=secret).strip()


def _is_opened(desk: Desk) -> None:
    """Art. 14, 36: a trial whose review authorised the standing jobs; its host was brought to the baseline."""
    request = desk.submit(desk.write("trial.yaml", "trial"))
    desk.tenure("request", "waive", request, "--gate", "test-passed", "--reason", "about hosts only", role="office")
    desk.decide(request)
    desk.finished(LIVE, OperationKind.PROVISION)
    assert "tenure" in _on_host(desk, "nft list tables; mkdir -p /srv/data; echo one >/srv/data/ledger.txt; sync")
    desk.finished(LIVE, OperationKind.BACKUP)


def _is_entered_by_grant_only(desk: Desk) -> None:
    """Art. 36: nobody enters without a grant of unit and office; it is listed, used, logged and revoked."""
    desk.tenure("inventory", LIVE, code=ExitCode.REFUSED)
    grant = desk.one("grant", "access", "request", LIVE, "--reason", "the disk is filling", "--minutes", "30")
    desk.tenure("access", "approve", grant["id"], role="unit")
    desk.tenure("inventory", LIVE, code=ExitCode.REFUSED)
    granted = desk.one("grant", "access", "approve", grant["id"], role="office")
    assert granted["state"] == "granted"
    inventory = desk.folder / "hosts.json"
    desk.tenure("inventory", LIVE, "--out", str(inventory))
    assert f"{HOST} | SUCCESS" in _pinged(inventory)
    assert _sessions(desk, grant["id"])
    desk.tenure("access", "revoke", grant["id"], "--reason", "the disk has room again", role="office")
    assert f"{HOST} | UNREACHABLE" in _pinged(inventory)
    assert all(line["ended"] for line in _sessions(desk, grant["id"], "--recorded"))
    assert desk.one("grant", "access", "list", LIVE)["state"] == "revoked"


def _sessions(desk: Desk, grant: str, *options: str) -> list[dict[str, Any]]:
    """Give the sessions that were opened by a grant; Ansible keeps its own for a minute."""
    lines = desk.tenure("access", "sessions", LIVE, *options)
    return [line for line in lines if line["type"] == "session" and grant in line["key_id"]]


def _pinged(inventory: Path) -> str:
    """Say what plain Ansible says of the hosts."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible")), "-i", str(inventory), "host", "-m", "ping"],
        env=os.environ | {"ANSIBLE_LOCALHOST_WARNING": "false"},
        stdin=subprocess.DEVNULL,  # Ansible takes no standing input that does not block, as pipelines may give it
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def _is_backed_up_and_restored(desk: Desk) -> None:
    """Art. 30, 36: what was there at a time comes back, and a file of it alone, once both sides authorised restores."""
    _on_host(desk, f"echo two >{DATA}/ledger.txt; head -c 3000000 /dev/urandom >{DATA}/scan.dat; sync")
    sums = f"sha256sum {DATA}/ledger.txt {DATA}/scan.dat"
    before = _on_host(desk, sums)
    desk.tenure("backup", LIVE)
    then = desk.server.installation.driven_clock.now().isoformat()
    _on_host(desk, f"echo spoilt >{DATA}/ledger.txt; rm {DATA}/scan.dat; echo later >{DATA}/later.txt; sync")
    planned = desk.one("restore_plan", "restore", LIVE, "--at", then, "--dry-run")
    for role in ("unit", "office"):
        desk.tenure("access", "authorise", LIVE, "--job", "restore", "--reason", "the ledger is spoilt", role=role)
    desk.tenure("restore", LIVE, "--at", then, "--path", f"{DATA}/ledger.txt", "--keep-nothing")
    assert _on_host(desk, f"cat {DATA}/ledger.txt; ls {DATA}") == "two\nlater.txt\nledger.txt\nlost+found"
    desk.tenure("restore", LIVE, "--at", then)
    assert _on_host(desk, f"{sums}; cat {DATA}/later.txt") == f"{before}\nlater", "what is newer stays"
    desk.tenure("backup", "check", LIVE)
    known = [line["id"] for line in desk.tenure("backup", "list", LIVE) if line["type"] == "backup"]
    assert planned["backup"] in known[1:], "what was there before the restore was backed up first"


def _is_patched(desk: Desk, repository: Repository) -> None:
    """Art. 30, 32: pending updates with their advisories first, then installed, whoever is killed meanwhile."""
    _on_host(
        desk, FROM_TESTS_ONLY.format(address=repository.address, package=FIRST.name), secret=repository.public_key()
    )
    repository.publish(FIRST, SECOND)
    (pending,) = desk.one("patches", "patch", LIVE, "--dry-run")["pending"]
    assert (pending["package"], pending["candidate"], pending["advisories"]) == (FIRST.name, "1.1", ["CVE-2026-10001"])
    assert _installed(desk) == FIRST.version
    desk.tenure("patch", LIVE, code=ExitCode.REFUSED)
    asked = desk.one("operation", "patch", LIVE, "--outside-window", "the CVE is being used", "--no-wait")
    wait_for("the package's own script", lambda: _on_host(desk, "ls /run/once 2>/dev/null || true"))
    _is_killed_and_comes_back(desk, asked["id"])
    assert desk.finished(LIVE, OperationKind.PATCH).id == asked["id"]
    assert _installed(desk) == SECOND.version
    assert desk.one("compliance", "patch", "status", LIVE)["compliant"] is True


def _is_killed_and_comes_back(desk: Desk, operation: str) -> None:
    """The server dies without a word: nothing of its job runs on, here or on the host."""
    process = desk.server.process
    assert process is not None
    desk.server.kill()
    wait_for("the end of the play", lambda: not marked(CONTROLLER_MARK, str(process.pid)), 60)
    assert marked(MARK, operation) == ()
    assert _on_host(desk, "pgrep -x 'apt-get|dpkg|sleep' || true") == ""
    assert "half" in _on_host(desk, "dpkg --audit")
    desk.server.start()


def _installed(desk: Desk) -> str:
    return _on_host(desk, f"dpkg-query --show --showformat '${{Version}}' {FIRST.name}")


def _is_verified(desk: Desk) -> None:
    """Art. 30: the newest backup and an older one were restored on a throw-away host and compared; nothing is left."""
    desk.tenure("verify", LIVE)
    assert len(desk.finished(LIVE, OperationKind.VERIFY).result["backups"].split(", ")) == 2
    assert desk.server.installation.ports.inventory.project_id(COPY) is None
    backups = [line for line in desk.tenure("backup", "list", LIVE) if line["type"] == "backup"]
    assert backups[0]["compared_at"] is not None


def _is_drilled(desk: Desk) -> None:
    """Art. 44: a drill in isolation, its controls, its figures and its report; nothing of it is left."""
    desk.tenure("drill", "run", LIVE)
    assert desk.server.installation.ports.inventory.project_id(COPY) is None
    held = desk.one("drill", "drill", "list")
    assert (held["verdict"], held["shortcomings"]) == ("passed", [])
    assert {control["control"]: control["refused"] for control in held["controls"]} == dict.fromkeys(Control, True)
    said = {control["control"]: control["said"] for control in held["controls"]}
    assert "wrong password" in said[Control.WRONG_KEY]
    assert "pack" in said[Control.FLIPPED_BIT]
    assert "nothing of" in said[Control.ISOLATION]
    page = desk.folder / "drill.html"
    desk.tenure("drill", "report", held["operation"], "--html", str(page))
    assert "应急演练" in page.read_text(encoding="utf-8")


def _is_surveyed(desk: Desk) -> None:
    """Art. 37, 39: what endangers security, and what a job installed beyond its list; the office is asked."""
    _on_host(desk, "cp /bin/sleep /usr/local/bin/xmrig; systemd-run --quiet --unit=digs /usr/local/bin/xmrig 600")
    desk.tenure("survey", LIVE)
    found = [line for line in desk.tenure("survey", "findings", LIVE) if line["type"] == "finding"]
    risks = {one["thing"]: one["severity"] for one in found}
    assert (risks["xmrig"], risks[FIRST.name]) == ("high", "low")
    request = next(one["request"] for one in found if one["thing"] == "xmrig")
    asked = desk.one("request", "request", "show", request)
    assert (asked["kind"], asked["state"]) == ("suspend", "submitted")


def _leaves_no_key(desk: Desk) -> None:
    """Art. 36: keys and certificates of jobs are gone with the jobs, the one after the survey included."""
    desk.finished(LIVE, OperationKind.ACCESS)
    assert not [path for path in (desk.server.home / "run").rglob("*") if path.is_file()]
