"""Art. 36 on real hosts: what is revoked is refused, sessions end with the right to them, and every one is logged."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.sessions import SessionEvent, SessionLine, session_line
from orchestrator.ports import HostOutcome
from tests.integration.ssh.house import HOSTS, House, enter
from tests.jobs import Recorder
from tests.samples import a_grant

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]

PATIENCE_SECONDS = 60


@pytest.fixture(autouse=True)
def _ready(house: House) -> None:
    """The hosts answer and are certified."""
    house.wait(*HOSTS)


def lines(outcome: HostOutcome) -> list[SessionLine]:
    """Read what a host logged; every line is whole."""
    read = [session_line(str(text)) for text in outcome.told["sessions"]]
    assert all(line is not None for line in read)
    return [line for line in read if line is not None]


def staying(command: tuple[str, ...]) -> subprocess.Popen[str]:
    """Enter a host and stay; returns once inside."""
    child = subprocess.Popen((*command, "echo inside; sleep 300"), stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "inside\n"
    return child


def test_a_revoked_certificate_is_refused_and_its_session_ends(house: House) -> None:
    """Bastion and host behind it refuse it from then on, what runs by it is ended; another grant still enters."""
    serials = len(house.issues)
    command = house.access().command(house.environment, "web-2", a_grant(house.environment))
    revoked = tuple(issue.serial for issue in house.issues[serials:])
    session = staying(command)
    done = house.doors(
        access_revoked=house.access().revocations(revoked), access_ended=[str(serial) for serial in revoked]
    )
    assert all(host.succeeded for host in done.values()), done
    assert session.wait(PATIENCE_SECONDS) == 255
    session.communicate()
    assert house.on("web-2", "pgrep -fx 'sleep 300' || echo none").split() == ["none"]
    refused = enter(command, "true")
    assert refused.returncode == 255
    assert "Permission denied" in refused.stderr
    other = house.access().command(house.environment, "web-2", a_grant(house.environment, id="gr-2"))
    assert enter(other, "hostname").stdout == "web-2\n"


def test_a_session_ends_with_its_grant(house: House) -> None:
    """Sshd lets a session outlive its certificate; the host ends it all the same."""
    soon = a_grant(house.environment, id="gr-3", until=datetime.now(UTC) + timedelta(seconds=8))
    session = staying(house.access().command(house.environment, "web-1", soon))
    assert session.wait(PATIENCE_SECONDS) == 255
    session.communicate()


def test_every_session_is_logged_with_begin_and_end(house: House) -> None:
    """On the host that was entered, and on the bastion where the connection only passed; each line once."""
    kept = {host: lines(outcome)[-1].number for host, outcome in house.doors().items()}
    serials = len(house.issues)
    command = house.access().command(house.environment, "web-2", a_grant(house.environment, id="gr-4"))
    inner, passing = (issue.serial for issue in house.issues[serials:])
    assert enter(command, "true").returncode == 0
    told = house.doors(access_kept=kept)
    for host, serial in (("web-2", inner), ("web-1", passing)):
        fresh = [line for line in lines(told[host]) if line.serial == serial]
        assert [line.event for line in fresh] == [SessionEvent.OPEN, SessionEvent.CLOSE]
        assert len({line.session for line in fresh}) == 1
        assert {(line.purpose, line.key_id) for line in fresh} == {("gr-4", "gr-4 doors-open-test by zhao")}
        assert min(line.number for line in lines(told[host])) > kept[host]
    assert {line.came_from for line in lines(told["web-2"])} == {house.environment.outputs.hosts[0].address}


def test_what_passes_the_bastion_runs_nothing_there(house: House) -> None:
    """The certificate that passes permits one command, which does nothing."""
    command = house.access().command(house.environment, "web-2", a_grant(house.environment))
    assert enter((*command[:-1], "tenure-bastion"), "hostname").stdout == ""


def test_hosts_of_older_installations_get_everything_by_one_job(house: House) -> None:
    """What cloud-init did not bring yet is brought, and brought again it changes nothing."""
    undo = "rm /etc/ssh/sshd_config.d/12-tenure-access.conf /usr/local/sbin/tenure-session; systemctl reload ssh"
    house.on("web-2", f"sed -i '/tenure-session/d' /etc/pam.d/sshd; {undo}")
    assert house.doors()["web-2"].changed == 4
    assert house.doors()["web-2"].changed == 0


def test_a_host_without_a_certificate_is_certified_by_its_console(house: House) -> None:
    """As after a rebuild: nothing enters it before, everything after."""
    command = house.access().command(house.environment, "web-2", a_grant(house.environment))
    _take_certificate_away(house)
    assert "Host key verification failed" in enter(command, "true").stderr
    house.wait(*HOSTS)
    assert enter(command, "true").returncode == 0


def test_a_person_vouches_where_the_console_forgot(house: House) -> None:
    """The fingerprint that was read at the host certifies it; any other is refused before anything is sent."""
    shown = house.on("web-2", "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub").split()[1]
    _take_certificate_away(house)
    house.console, console = lambda _: "", house.console
    environment = house.environment.model_copy(update={"outputs": house.outputs(*HOSTS)})
    try:
        with pytest.raises(OperationFailedError, match="shows another key than the one that was vouched for"):
            house.access(10).certify(environment, Recorder().job(), {"web-2": "SHA256:" + "A" * 43})
        checks = house.access().certify(environment, Recorder().job(), {"web-2": shown})
    finally:
        house.console = console
    assert [check.reached for check in checks] == [True, True]


def _take_certificate_away(house: House) -> None:
    house.on("web-2", "rm /etc/ssh/sshd_config.d/11-tenure-host.conf; systemctl reload ssh; sleep 0.5")
