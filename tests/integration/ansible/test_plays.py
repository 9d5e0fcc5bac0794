"""Plays on real hosts over real SSH: what comes home of each host."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.adapters.ssh import UserAuthority
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import NotFoundError, OperationFailedError
from orchestrator.domain.tasks import TaskState
from tests.integration.ansible.conftest import HOSTS, OPERATION, House
from tests.jobs import Recorder

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]


def test_a_play_tells_what_came_of_each_host(house: House) -> None:
    """Counts and told facts come home for each host; a changed task is an event with the lines that it changed."""
    recorder = Recorder()
    outcome = house.play("told", recorder, variables={"word": "first"})
    assert [(host.host, host.succeeded, host.changed) for host in outcome.hosts] == [(name, True, 1) for name in HOSTS]
    assert outcome.hosts[0].told == {"who": "root", "operation": OPERATION, "word": "first"}
    changed = [event for event in recorder.events if event.type == TaskState.CHANGED.token]
    assert {(event.resource, event.action) for event in changed} == {(host, "Keep a word") for host in HOSTS}
    assert all("+first" in event.lines for event in changed)
    assert house.play("told", variables={"word": "first"}).changed == 0, "a second run changes nothing"


def test_a_rehearsal_changes_nothing_and_says_what_it_would(house: House) -> None:
    """Check mode tells the lines that would change; the file stays as it was."""
    house.play("told", variables={"word": "real"})
    recorder = Recorder()
    outcome = house.play("told", recorder, variables={"word": "tried"}, rehearsal=True, hosts=["web-1"])
    assert outcome.changed == 1
    assert ("-real", "+tried") in [event.lines[1:] for event in recorder.events if event.lines]
    assert house.on_host("web-1", "cat /etc/tenure-word") == "real\n"


def test_only_the_hosts_that_were_named(house: House) -> None:
    """A play on one host tells of that host alone; a name that is not on record is refused before anything runs."""
    outcome = house.play("told", variables={"word": "kept"}, hosts=["web-2"])
    assert [host.host for host in outcome.hosts] == ["web-2"]
    with pytest.raises(NotFoundError, match="has no host web-9"):
        house.play("told", hosts=["web-9"])


def test_a_rescued_failure_is_no_failure(house: House) -> None:
    """A way back that was taken is counted as such, and the first failure's words are kept."""
    one, two = house.play("rescued").hosts
    assert (one.succeeded, one.rescued) == (True, 0)
    assert (two.succeeded, two.rescued, two.failed) == (True, 1, 0)
    assert two.error.startswith("Break: ")


def test_a_host_that_is_down_is_told_and_the_others_go_on(house: House) -> None:
    """Nobody answers at one host's address: it stands in the outcome as not reached, with ssh's reason."""
    recorder = Recorder()
    away = house.environment_with("web-2", address="10.20.0.250")
    one, two = house.play("told", recorder, environment=away, variables={"word": "kept"}).hosts
    assert (one.succeeded, two.reached, two.succeeded) == (True, False, False)
    assert "the host was not entered: " in two.error
    assert ("web-2", "failed") in recorder.told()


def test_a_connection_that_is_cut_is_told(house: House) -> None:
    """The host goes away in the middle of a task: not reached, and what it had begun is ended with the next play."""
    one, two = house.play("cut").hosts
    assert (one.succeeded, two.reached) == (True, False)
    house.play("told", variables={"word": "kept"})
    assert house.sleepers("web-2") == []


def test_a_playbook_at_fault_is_an_error(house: House) -> None:
    """Nothing could be run: the error says what Ansible said of the playbook."""
    with pytest.raises(OperationFailedError) as caught:
        house.play("broken")
    assert "no.such.module" in caught.value.diagnostic.detail
    with pytest.raises(NotFoundError, match="no playbook nowhere"):
        house.play("nowhere")


def test_hosts_of_another_authority_are_not_entered(house: House, tmp_path: Path) -> None:
    """Hosts that another authority certified are not those that are meant: no task runs on any."""
    other = UserAuthority(tmp_path, FileVault(tmp_path), lambda _: None)
    outcome = house.play("told", authority=other, variables={"word": "kept"})
    assert [host.reached for host in outcome.hosts] == [False, False]
    assert all("the host was not entered" in host.error and host.ok == 0 for host in outcome.hosts)


def test_a_play_has_certificates_for_its_roles_its_operation_and_its_minutes(house: House) -> None:
    """Two certificates: one enters hosts of the role, one passes the bastion; both end soon after the play's bound."""
    before = len(house.issues)
    house.play("told", variables={"word": "kept"}, seconds=1200)
    issues = house.issues[before:]
    assert [issue.abilities for issue in issues] == [(), ("permit-port-forwarding",)]
    assert {issue.key_id.split()[0] for issue in issues} == {OPERATION}
    assert {issue.principals for issue in issues} == {(f"{house.environment.name}:web",)}
    assert all((issue.valid_before - issue.valid_after).total_seconds() < 1400 for issue in issues)
