"""Entering real hosts: who gets in, who does not, and what is told of those that are not ready.

The hosts boot with the user data that stacks give them; sshd, cloud-init and the bastion are real.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.adapters.ssh import SshAccess, UserAuthority
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import CancelledError, NotFoundError, OperationFailedError
from tests.integration.ssh.house import BROKEN, HOSTS, House, enter, working_for
from tests.jobs import OPERATION, Recorder
from tests.samples import a_grant

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]


def test_hosts_that_boot_are_waited_for(house: House) -> None:
    """Both hosts become ready through the bastion; each tells its name and cloud-init's verdict."""
    recorder = Recorder()
    checks = house.access().wait_ready(house.environment, house.outputs(*HOSTS), recorder.job())
    assert [(check.host, check.reached, check.hostname, check.cloud_init) for check in checks] == [
        ("web-1", True, "web-1", "done"),
        ("web-2", True, "web-2", "done"),
    ]
    assert sorted(recorder.told()) == [("web-1", "done"), ("web-1", "started"), ("web-2", "done"), ("web-2", "started")]


def test_nothing_of_a_job_is_left(house: House) -> None:
    """Keys, sockets and processes are gone when the job ends."""
    house.wait(*HOSTS)
    assert list((house.home / "run").iterdir()) == []
    assert working_for(OPERATION) == []


def test_a_person_enters_with_the_command(house: House) -> None:
    """The command that is shown works, on the bastion and behind it, as a user who may administer the host."""
    for host in HOSTS:
        entered = enter(
            house.access().command(house.environment, host, a_grant(house.environment)), "hostname; id -un; sudo id -un"
        )
        assert entered.stdout.split() == [host, "tenure", "root"], entered.stderr


def test_only_the_bastions_certificate_forwards(house: House) -> None:
    """The certificate of a person's session cannot be used to reach further from the host that it enters."""
    command = house.access().command(house.environment, "web-1", a_grant(house.environment))
    behind = house.environment.outputs.hosts[1].address
    forwarded = enter((*command[:-1], "-o", "LogLevel=INFO", "-W", f"{behind}:22", "web-1"))
    assert forwarded.returncode != 0
    assert "prohibited" in forwarded.stderr


def test_another_authority_does_not_get_in(house: House, tmp_path: Path) -> None:
    """A certificate that somebody else signed is refused, and the error says which host refused it."""
    other = UserAuthority(tmp_path, FileVault(tmp_path), lambda _: None)
    with pytest.raises(OperationFailedError, match="host web-1 was not entered: permission denied"):
        house.access(3, other).wait_ready(house.environment, house.outputs("web-1"), Recorder().job())


def test_a_certificate_ends(house: House) -> None:
    """One whose grant ended a moment ago enters nothing any more."""
    over = a_grant(house.environment, until=datetime.now(UTC) - timedelta(seconds=1))
    refused = enter(house.access().command(house.environment, "web-1", over), "true")
    assert refused.returncode == 255
    assert "Permission denied" in refused.stderr


@pytest.mark.parametrize("name", ["rivers-open-test", "doors-closed-test"])
def test_other_environments_certificates_do_not_get_in(house: House, name: str) -> None:
    """Every host trusts the one authority; principals keep the tenants apart, on the way out and on the way in."""
    foreign = house.environment.model_copy(update={"name": name})
    command = house.access().command(foreign, "web-1", a_grant(foreign))
    unproven = enter(command, "true")
    assert "Host key verification failed" in unproven.stderr
    known = house.authority.known_hosts(house.environment.name)
    alias = f"{house.environment.outputs.hosts[0].server_id}.{house.environment.name}"
    options = ("-o", f"UserKnownHostsFile={known}", "-o", f"HostKeyAlias={alias}")
    refused = enter((*command[:-1], *options, command[-1]), "true")
    assert refused.returncode == 255
    assert "Permission denied" in refused.stderr


def test_a_certificate_of_another_role_does_not_get_in(house: House) -> None:
    """Principals name the role too: who may enter the databases does not enter web servers by it."""
    house.wait(*HOSTS)
    outputs = house.outputs(*HOSTS)
    bastion, behind = outputs.hosts
    hosts = (bastion, behind.model_copy(update={"role": "db"}))
    environment = house.environment.model_copy(update={"outputs": outputs.model_copy(update={"hosts": hosts})})
    refused = enter(house.access().command(environment, behind.name, a_grant(environment)), "true")
    assert refused.returncode == 255
    assert "Permission denied" in refused.stderr


def test_a_failed_cloud_init_is_told(house: House) -> None:
    """The host that failed is named with cloud-init's own message, at once and not at the end of the patience."""
    recorder = Recorder()
    with pytest.raises(OperationFailedError) as caught:
        house.wait("web-1", BROKEN, recorder=recorder)
    assert caught.value.diagnostic.summary == f"cloud-init failed on host {BROKEN}"
    assert "scripts" in caught.value.diagnostic.detail
    assert (BROKEN, "failed") in recorder.told()


def test_a_host_that_is_not_there_is_told(house: House) -> None:
    """Behind the bastion nobody answers at that address: the error names the host and why."""
    outputs = house.outputs(*HOSTS)
    away = outputs.hosts[1].model_copy(update={"address": "10.20.0.250"})
    moved = outputs.model_copy(update={"hosts": (outputs.hosts[0], away)})
    with pytest.raises(OperationFailedError, match=r"host web-2 was not entered: (no route|no answer)"):
        house.access(6).wait_ready(house.environment, moved, Recorder().job())


def test_a_bastion_that_is_not_there_is_told(house: House) -> None:
    """Without the bastion no host is entered; patience ends when it should."""
    moved = house.outputs("web-1").model_copy(update={"bastion_address": "127.0.0.9"})
    begun = time.monotonic()
    with pytest.raises(OperationFailedError, match="connection refused"):
        house.access(2).wait_ready(house.environment, moved, Recorder().job())
    assert time.monotonic() - begun < 20


def test_a_wrong_address_leads_to_no_other_host(house: House) -> None:
    """The address of another host of the same environment is noticed by the name that answers."""
    outputs = house.outputs(*HOSTS)
    first, second = outputs.hosts
    swapped = outputs.model_copy(update={"hosts": (first, second.model_copy(update={"name": "web-9"}))})
    with pytest.raises(OperationFailedError, match="host web-9 answers as web-2"):
        house.access().wait_ready(house.environment, swapped, Recorder().job())


def test_a_host_that_is_not_the_certified_one_is_refused(house: House) -> None:
    """Another host of the installation at the address, with a certificate of its own, is not taken for it."""
    outputs = house.outputs(*HOSTS)
    first, second = outputs.hosts
    imitated = outputs.model_copy(update={"hosts": (first, second.model_copy(update={"server_id": "another"}))})
    with pytest.raises(OperationFailedError, match="host web-2 is not the one that was made"):
        SshAccess(house.home, house.authority, console=lambda _: house.console(first.server_id)).wait_ready(
            house.environment, imitated, Recorder().job()
        )


def test_a_wait_can_be_cancelled(house: House) -> None:
    """Somebody asks to stop while a host does not answer: the wait ends within a second or two."""
    recorder = Recorder()
    recorder.control.asked_to_stop = True
    begun = time.monotonic()
    with pytest.raises(CancelledError):
        house.wait(*HOSTS, recorder=recorder)
    assert time.monotonic() - begun < 10
    assert list((house.home / "run").iterdir()) == []


def test_every_certificate_of_these_tests_is_on_record(house: House) -> None:
    """Each issue has its own serial and says for which environment it was."""
    serials = [issue.serial for issue in house.issues]
    assert len(serials) > 20
    assert len(set(serials)) == len(serials)
    with pytest.raises(NotFoundError):
        house.access().command(house.environment, "web-7", a_grant(house.environment))
    assert len(house.issues) == len(serials)
