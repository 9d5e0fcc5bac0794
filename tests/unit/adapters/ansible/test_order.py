"""The order of a play, and what its processes may see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.adapters.ansible.order import Work, bounded, forks, variables
from orchestrator.domain.records import Host, Outputs
from orchestrator.ports import Play
from tests.samples import an_environment

PLAYBOOKS = Path("/opt/playbooks")


def an_order(play: Play) -> dict[str, object]:
    """Give the order of a play over one host of two."""
    hosts = tuple(
        Host(name=f"web-{number}", role="web", address=f"10.0.0.{number}", server_id=f"s-{number}") for number in (1, 2)
    )
    environment = an_environment(outputs=Outputs(hosts=hosts, bastion_host="web-1"))
    states = {"web-1": "ACTIVE", "web-2": "SHUTOFF"}
    work = Work(environment, play, "op-1", "op-1.a", ("web-1",), states, {"token": "s3cret"})
    return work.order(PLAYBOOKS, {"config": "Host web-1"}, 30.0)


def test_secrets_stand_in_the_files_of_the_order_alone() -> None:
    """They become a file in the play's own memory; options, variables and inventory do not hold them."""
    order = an_order(Play(playbook="patch", variables={"batch": 1}))
    files = order.pop("files")
    assert isinstance(files, dict)
    assert json.loads(files.pop("env/extravars")) == {"batch": 1, "token": "s3cret", "tenure_operation": "op-1"}
    assert "s3cret" not in json.dumps([order, files])
    assert files["ssh/config"] == "Host web-1"


def test_the_whole_environment_is_in_the_inventory_and_the_play_is_limited_to_its_hosts() -> None:
    """A playbook may ask for variables of others; it runs on those that were meant."""
    order = an_order(Play(playbook="patch"))
    files = order["files"]
    assert isinstance(files, dict)
    assert set(json.loads(files["inventory.json"])["all"]["hosts"]) == {"web-1", "web-2"}
    assert (order["hosts"], order["playbook"]) == (["web-1"], "/opt/playbooks/patch.yml")


def test_a_rehearsal_is_check_mode() -> None:
    """Nothing else makes a play one."""
    assert an_order(Play(playbook="patch", rehearsal=True))["options"] == "--check"
    assert an_order(Play(playbook="patch"))["options"] == ""


def test_every_remote_command_is_bounded_and_marked() -> None:
    """Coreutils' timeout ends it, with what it started, at the end of the play's time."""
    assert bounded("op-1.a", 90.5) == "/usr/bin/env TENURE_PLAY=op-1.a /usr/bin/timeout --kill-after=5 90"


@pytest.mark.parametrize(("hosts", "cores", "wanted"), [(2, 2, 2), (30, 2, 16), (30, 8, 30)])
def test_forks_come_from_hosts_and_cores(hosts: int, cores: int, wanted: int) -> None:
    """Never more than hosts, and no more than the machine can bear."""
    assert forks(hosts, cores) == wanted


def test_a_play_sees_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passphrases, clouds and tokens of the worker are not passed on."""
    monkeypatch.setenv("TENURE_PASSPHRASE", "of-the-master-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-store")
    given = variables(PLAYBOOKS)
    assert not {"of-the-master-key", "of-the-store"} & set(given.values())
    assert given["ANSIBLE_HOST_KEY_CHECKING"] == "True"
