"""Kills, cancellations and lost leases: afterwards there is exactly one of everything, and nobody works any more."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.adapters.openstack import OpenStackInventory
from orchestrator.adapters.pulumi import PulumiProvisioner, PulumiSettings
from orchestrator.adapters.pulumi.marks import MARK
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import CancelledError, OperationFailedError
from orchestrator.domain.plan import Action
from orchestrator.domain.records import StepEvent
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports import Job
from tests.cloud import CloudAccess
from tests.integration.pulumi.conftest import PASSPHRASE, MakeSpec
from tests.integration.pulumi.killers import Killer, at_work
from tests.jobs import Control, Recorder

pytestmark = [pytest.mark.cloud, pytest.mark.toolchain, pytest.mark.slow]

type RemovedAfter = Callable[[EnvironmentSpec], EnvironmentSpec]

STEPS = (
    "project",
    "service-user",
    "network",
    "subnet",
    "group-web",
    "router-interface",
    "port-web-1",
    "volume-web-1-data",
    "server-web-1",
    "attachment-web-1-data",
    "bastion-address",
)
"""Steps whose create has an outcome that must be found again; ``TENURE_TEST_KILLS=all`` takes every step."""


def counted(inventory: OpenStackInventory, spec: EnvironmentSpec) -> Counter[tuple[str, str]]:
    """Count what the project holds by type and name."""
    return Counter((one.type, one.name) for one in inventory.list_project(spec.name))


def test_a_kill_at_each_step_doubles_nothing_and_orphans_nothing(
    provisioner: PulumiProvisioner,
    make_spec: MakeSpec,
    removed_after: RemovedAfter,
    inventory: OpenStackInventory,
    cloud: CloudAccess,
    home: Path,
) -> None:
    """After every kill all processes are dead; recovery and another up go on, until there is one of everything."""
    spec = removed_after(make_spec("kills"))
    steps = () if os.environ.get("TENURE_TEST_KILLS") == "all" else STEPS
    killer = Killer(home, spec, steps)
    finished = False
    while not finished:
        job = Job(f"op-kill-{len(killer.struck)}", spec, Control(), killer.watch)
        if killer.struck:
            provisioner.recover(job)
            assert not {step.action for step in provisioner.preview(job).steps} & {Action.REPLACE, Action.DELETE}
        killer.arm()
        finished = _survives(provisioner, job)
        assert at_work(home, spec) == ()
    assert len(killer.struck) >= len(STEPS) // 2, "a step that was under way beside a struck one is adopted unstruck"
    assert provisioner.preview(job).changes == ()
    assert {name: number for name, number in counted(inventory, spec).items() if number > 1} == {}
    with cloud.connection() as connection:
        groups = [one.id for one in connection.network.security_groups(name="role-web")]
        rules = [rule for group in groups for rule in connection.network.security_group_rules(security_group_id=group)]
    project = inventory.project_id(spec.name)
    assert [rule.direction for rule in rules if rule.project_id == project] == ["ingress"]


def _survives(provisioner: PulumiProvisioner, job: Job) -> bool:
    try:
        provisioner.up(job)
    except OperationFailedError:
        return False
    return True


def test_a_cancelled_up_stops_and_goes_on_later(
    provisioner: PulumiProvisioner,
    make_spec: MakeSpec,
    removed_after: RemovedAfter,
    inventory: OpenStackInventory,
    home: Path,
) -> None:
    """CancelledError comes after all processes are dead; the state is not locked, and a retry makes the rest."""
    spec = removed_after(make_spec("cancelled"))
    control = Control()

    def watch(event: StepEvent) -> None:
        control.asked_to_stop = control.asked_to_stop or event.resource == "server-web-1"

    with pytest.raises(CancelledError):
        provisioner.up(Job("op-cancelled", spec, control, watch))
    assert at_work(home, spec) == ()
    retry = Recorder().job(spec, "op-cancelled")
    provisioner.recover(retry)
    provisioner.up(retry)
    assert {name: number for name, number in counted(inventory, spec).items() if number > 1} == {}


def test_whoever_loses_the_lease_is_dead_before_it_ends(
    provisioner: PulumiProvisioner, make_spec: MakeSpec, removed_after: RemovedAfter, home: Path
) -> None:
    """A lease that nobody renews ends the work, and every process of it, in time."""
    spec = removed_after(make_spec("leaseless"))
    control = Control(lease_ends=math.inf)

    def watch(event: StepEvent) -> None:
        del event
        control.lease_ends = min(control.lease_ends, time.monotonic() + 4)

    with pytest.raises(OperationFailedError):
        provisioner.up(Job("op-leaseless", spec, control, watch))
    assert at_work(home, spec) == ()
    assert time.monotonic() < control.lease_ends + 1


def test_a_killed_server_leaves_no_worker_behind(
    settings: PulumiSettings,
    toolchain: Toolchain,
    vault: FileVault,
    make_spec: MakeSpec,
    removed_after: RemovedAfter,
    inventory: OpenStackInventory,
) -> None:
    """Kill -9 of the process that holds the provisioner: child, CLI and plugins die by themselves."""
    spec = removed_after(make_spec("orphans"))
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.pulumi.server", spec.model_dump_json()],
        env={
            **os.environ,
            "TENURE_TEST_HOME": str(settings.home),
            "TENURE_TEST_CLOUD": settings.cloud,
            "TENURE_TEST_CLOUDS_YAML": str(settings.clouds_yaml),
            "TENURE_TEST_PASSPHRASE": PASSPHRASE,
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        assert server.stdout is not None
        for line in server.stdout:
            if line.split() == ["started", "port-web-1"]:
                break
        server.kill()
    _wait_until_nobody_works(settings.home, spec)
    provisioner = PulumiProvisioner(settings, toolchain, vault)
    job = Recorder().job(spec, "op-server")
    provisioner.recover(job)
    provisioner.up(job)
    provisioner.close()
    assert {name: number for name, number in counted(inventory, spec).items() if number > 1} == {}


def _wait_until_nobody_works(home: Path, spec: EnvironmentSpec, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while at_work(home, spec):
        assert time.monotonic() < deadline, "a worker outlived its server"
        time.sleep(0.05)


def test_a_child_that_waits_dies_with_its_server(tmp_path: Path) -> None:
    """A warm child has no operation; it ends when the pipe to its parent closes."""
    with (tmp_path / "log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "orchestrator.adapters.pulumi.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    with child:
        assert child.stdout is not None
        assert b'"ready"' in child.stdout.readline()
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(timeout=10) == -signal.SIGKILL


TELLS_NOBODY = """
import os, sys
from orchestrator.adapters.pulumi.child import Child
from orchestrator.adapters.pulumi.messages import Ready
nobody, answers = os.pipe()
os.close(nobody)
child = Child(answers)
child._watchdog.begin(sys.argv[1], 600)
child._tell(Ready())
"""


def test_a_child_that_has_nobody_to_tell_ends_what_works_with_it() -> None:
    """Its server died while it wrote: the child ends by the kill of its operation's processes, not by the exception."""
    operation = f"op-nobody-{os.getpid()}"
    plugin = subprocess.Popen(["sleep", "600"], env={**os.environ, MARK: operation})
    child = subprocess.Popen([sys.executable, "-c", TELLS_NOBODY, operation], start_new_session=True)
    assert child.wait(timeout=60) == -signal.SIGKILL
    assert plugin.wait(timeout=10) == -signal.SIGKILL
