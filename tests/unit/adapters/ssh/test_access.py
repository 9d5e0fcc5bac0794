"""What is written for a session of minutes, and what is said where there are no hosts."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.adapters.ssh import Issue, NoHostAccess, SshAccess, UserAuthority
from orchestrator.adapters.ssh.access import Way
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import NotFoundError, OperationFailedError, RefusedError
from orchestrator.domain.records import Environment, Host, Outputs
from tests.jobs import Recorder
from tests.samples import a_grant, an_environment

HOSTS = (
    Host(name="web-1", role="web", address="10.20.0.7", server_id="server-a"),
    Host(name="web-2", role="web", address="10.20.0.8", server_id="server-b"),
)


@pytest.fixture
def environment() -> Environment:
    """An environment with a bastion and one host behind it."""
    outputs = Outputs(bastion_address="198.51.100.7", bastion_host="web-1", hosts=HOSTS)
    return an_environment(outputs=outputs)


@pytest.fixture
def issues() -> list[Issue]:
    """The certificates on record."""
    return []


@pytest.fixture
def authority(tmp_path: Path, issues: list[Issue]) -> UserAuthority:
    """An authority that records into ``issues``."""
    return UserAuthority(tmp_path, FileVault(tmp_path), issues.append)


@pytest.fixture
def access(tmp_path: Path, authority: UserAuthority) -> SshAccess:
    """The adapter under test."""
    return SshAccess(tmp_path, authority)


def test_the_command_names_a_configuration_of_its_own(
    access: SshAccess, environment: Environment, issues: list[Issue]
) -> None:
    """Two certificates: one that passes the bastion and does nothing else, one for the host's role with a terminal."""
    program, flag, config, host = access.command(environment, "web-2", a_grant(environment))
    assert (program, flag, host) == ("ssh", "-F", "web-2")
    assert "ProxyJump" in Path(config).read_text()
    assert [(issue.principals, issue.abilities) for issue in issues] == [
        (("water-gauge-test:web",), ("permit-pty",)),
        (("water-gauge-test:web",), ("permit-port-forwarding",)),
    ]


def test_one_configuration_enters_every_host(access: SshAccess, environment: Environment, issues: list[Issue]) -> None:
    """For an inventory: a certificate for each role, without a terminal, and the one that passes the bastion."""
    text = Path(access.configuration(environment, a_grant(environment))).read_text()
    assert [line for line in text.splitlines() if line.startswith("Host web")] == ["Host web-1", "Host web-2"]
    assert [(issue.principals, issue.abilities) for issue in issues] == [
        (("water-gauge-test:web",), ()),
        (("water-gauge-test:web",), ("permit-port-forwarding",)),
    ]


def test_the_bastion_is_entered_directly(access: SshAccess, environment: Environment, issues: list[Issue]) -> None:
    """No jump, and so no certificate that could forward."""
    config = Path(access.command(environment, "web-1", a_grant(environment))[2]).read_text()
    assert "ProxyJump" not in config
    assert "198.51.100.7" in config
    assert len(issues) == 1


def test_what_is_written_is_private(access: SshAccess, environment: Environment) -> None:
    """Only the user of the installation may read keys."""
    folder = Path(access.command(environment, "web-2", a_grant(environment))[2]).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_ended_sessions_are_swept(access: SshAccess, environment: Environment) -> None:
    """Keys whose grant has ended go with the next command; those of a running one stay."""
    ended = a_grant(environment, until=datetime.now(UTC) - timedelta(minutes=1))
    old, recent = (Path(access.command(environment, "web-2", one)[2]).parent for one in (ended, a_grant(environment)))
    access.command(environment, "web-2", a_grant(environment))
    assert not old.exists()
    assert recent.exists()


def test_certificates_end_with_the_grant(access: SshAccess, environment: Environment, issues: list[Issue]) -> None:
    """To the second, and each names the grant and the person; a grant for one role opens no other."""
    grant = a_grant(environment, roles=("web",))
    access.command(environment, "web-2", grant)
    assert grant.until is not None
    assert {issue.valid_before for issue in issues} == {grant.until.replace(microsecond=0)}
    assert {(issue.grant, issue.key_id) for issue in issues} == {("gr-1", "gr-1 water-gauge-test by zhao")}


def test_what_was_not_granted_writes_nothing(
    tmp_path: Path, access: SshAccess, environment: Environment, issues: list[Issue]
) -> None:
    """A request that waits for approvals has no end, and so no certificate."""
    with pytest.raises(RefusedError, match="gr-1 is requested"):
        access.command(environment, "web-2", a_grant(environment, state="requested", until=None))
    assert issues == []
    assert [path for path in (tmp_path / "ssh").rglob("*") if path.is_file()] == []


def test_an_unknown_host_is_told_with_the_known(access: SshAccess, environment: Environment) -> None:
    """A typing error costs one look."""
    with pytest.raises(NotFoundError) as caught:
        access.command(environment, "db-1", a_grant(environment))
    assert caught.value.diagnostic.detail == "hosts on record: web-1, web-2"


def test_without_a_bastion_nobody_gets_in(access: SshAccess, environment: Environment) -> None:
    """An environment that is not provisioned has no address; that is told before a certificate is made."""
    outputs = Outputs(hosts=HOSTS)
    with pytest.raises(OperationFailedError, match="no bastion"):
        access.command(an_environment(outputs=outputs), "web-1", a_grant(environment))
    with pytest.raises(OperationFailedError, match="no bastion"):
        access.wait_ready(an_environment(), outputs, Recorder().job())


def test_hosts_that_do_not_exist_are_not_called_ready(authority: UserAuthority, environment: Environment) -> None:
    """On a cloud whose servers exist at the API only, the record says that no host was entered."""
    recorder = Recorder()
    access = NoHostAccess(authority)
    checks = access.wait_ready(environment, environment.outputs, recorder.job())
    assert [check.reached for check in checks] == [False, False]
    assert recorder.told() == [("web-1", "note"), ("web-2", "note")]
    assert access.ca_public_key() == authority.public_key()
    with pytest.raises(RefusedError, match="cannot be entered"):
        access.command(environment, "web-1", a_grant(environment))


def test_an_errand_says_why_a_host_was_not_entered(
    tmp_path: Path, authority: UserAuthority, environment: Environment, issues: list[Issue]
) -> None:
    """Its certificates are for the host's role alone, without a terminal; nothing of it is left, whatever happened."""
    nobody = environment.outputs.model_copy(update={"bastion_address": "127.0.0.1"})
    access = SshAccess(tmp_path, authority, Way(port=9))
    with pytest.raises(OperationFailedError, match="host web-1 was not entered: connection refused"):
        access.run(environment.model_copy(update={"outputs": nobody}), "web-1", "true", Recorder().job(), seconds=5)
    assert [(issue.principals, issue.abilities) for issue in issues] == [(("water-gauge-test:web",), ())]
    assert list((tmp_path / "run").iterdir()) == []


def test_an_errand_needs_a_host_on_record(access: SshAccess, environment: Environment) -> None:
    """The error names the hosts that there are."""
    with pytest.raises(NotFoundError, match="no host web-9"):
        access.run(environment, "web-9", "true", Recorder().job(), seconds=5)


def test_keys_of_killed_errands_are_swept(tmp_path: Path, authority: UserAuthority, environment: Environment) -> None:
    """A killed process cannot remove its keys: the next errand does, by the process's id in the folder's name."""
    left, living = (tmp_path / "run" / f"errand-op-1-{process}-abc" for process in (999999999, os.getpid()))
    left.mkdir(parents=True)
    living.mkdir()
    nobody = environment.outputs.model_copy(update={"bastion_address": "127.0.0.1"})
    access = SshAccess(tmp_path, authority, Way(port=9))
    with pytest.raises(OperationFailedError):
        access.run(environment.model_copy(update={"outputs": nobody}), "web-1", "true", Recorder().job(), seconds=5)
    assert list((tmp_path / "run").iterdir()) == [living]


def test_without_hosts_no_errand_runs(authority: UserAuthority, environment: Environment) -> None:
    """On a cloud whose servers exist at its API only."""
    with pytest.raises(RefusedError, match="cannot be entered"):
        NoHostAccess(authority).run(environment, "web-1", "true", Recorder().job(), seconds=5)
