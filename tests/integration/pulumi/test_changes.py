"""A live environment is changed in place, promoted, and removed; what it holds is kept until a plan says otherwise."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.adapters.openstack import OpenStackInventory
from orchestrator.adapters.pulumi import PulumiProvisioner, PulumiSettings
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.domain.errors import OperationFailedError, RefusedError
from orchestrator.domain.names import Stage
from orchestrator.domain.plan import Action, Plan
from orchestrator.domain.quota import quota_of
from orchestrator.domain.records import Outputs
from orchestrator.domain.spec import EnvironmentSpec, Flow
from orchestrator.ports import Job
from tests.cloud import CloudAccess
from tests.integration.pulumi.conftest import PASSPHRASE, MakeSpec, remove
from tests.integration.pulumi.killers import Killer, at_work
from tests.jobs import Control, Recorder

pytestmark = [pytest.mark.cloud, pytest.mark.toolchain, pytest.mark.slow]

LARGER = {"flavor": "m1.small", "size": {"vcpus": 2, "ram_mib": 1024}}
"""The next flavor of the local cloud."""


class Trial:
    """A live environment as it was made, and ways to look at it."""

    def __init__(self, provisioner: PulumiProvisioner, spec: EnvironmentSpec, cloud: CloudAccess) -> None:
        self._provisioner = provisioner
        self._cloud = cloud
        self.spec = spec
        self.made = self.up(spec)

    def up(self, spec: EnvironmentSpec, signed: Plan | None = None) -> Outputs:
        """Make it what a specification says, within a signed plan if there is one."""
        return self._provisioner.up(replace(Recorder().job(spec, "op-change"), signed=signed))

    def plan(self, spec: EnvironmentSpec) -> Plan:
        """Say what that would do."""
        return self._provisioner.preview(Recorder().job(spec, "op-plan"))

    def changed(self, **changes: Any) -> EnvironmentSpec:  # noqa: ANN401  fields of a role
        """Give the specification with its only role changed."""
        role = type(self.spec.roles[0]).model_validate(self.spec.roles[0].model_dump() | changes)
        return self.spec.model_copy(update={"roles": (role,)})

    def servers(self) -> dict[str, tuple[str, str]]:
        """Give id and flavor of every server by name."""
        with self._cloud.connection() as connection:
            found = connection.compute.servers(all_projects=True, project_id=self.made.project_id)
            return {one.name: (one.id, one.flavor["original_name"]) for one in found}

    def volumes(self) -> dict[str, tuple[str, int, str]]:
        """Give id, size and status of every volume by name."""
        with self._cloud.connection() as connection:
            found = connection.block_storage.volumes(all_projects=True, project_id=self.made.project_id)
            return {one.name: (one.id, one.size, one.status) for one in found}

    def instances_quota(self) -> int:
        """Give how many servers the project may have."""
        with self._cloud.connection() as connection:
            return int(connection.compute.get_quota_set(self.made.project_id).instances)


@pytest.fixture(scope="module")
def trial(provisioner: PulumiProvisioner, make_spec: MakeSpec, cloud: CloudAccess) -> Iterator[Trial]:
    """Make a trial environment of one host; take it away at the end, whatever became of it."""
    spec = make_spec("changed", stage=Stage.TRIAL)
    try:
        yield Trial(provisioner, spec, cloud)
    finally:
        remove(provisioner, spec)


@pytest.fixture
def pulumi(settings: PulumiSettings, toolchain: Toolchain) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Give the CLI as a person at this installation would run it."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        tools = toolchain.require()
        environment = {**os.environ, **tools.environment(), "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}
        return subprocess.run(
            [str(tools.pulumi), "-C", str(settings.folder), *arguments],
            env=environment | {"OS_CLIENT_CONFIG_FILE": str(settings.clouds_yaml)},
            capture_output=True,
            check=False,
            text=True,
            timeout=300,
        )

    return run


type Pulumi = Callable[..., subprocess.CompletedProcess[str]]


def unprotected(pulumi: Pulumi, stack: str) -> list[str]:
    """Give the cloud's resources in a state that anybody could delete."""
    state = json.loads(pulumi("stack", "export", "-s", stack).stdout)["deployment"]
    mine = [one for one in state["resources"] if one["type"].startswith("openstack:")]
    assert mine
    return [one["urn"] for one in mine if not one.get("protect")]


def test_nobody_destroys_a_live_environment_by_hand(
    trial: Trial, pulumi: Pulumi, inventory: OpenStackInventory
) -> None:
    """``pulumi destroy`` is refused, whole; only Tenure's two strokes take the protection away (Art. 16)."""
    before = inventory.list_project(trial.spec.name)
    refused = pulumi("destroy", "-s", trial.spec.name, "--yes", "--non-interactive")
    assert refused.returncode != 0
    assert "protected" in refused.stdout + refused.stderr
    assert inventory.list_project(trial.spec.name) == before
    assert unprotected(pulumi, trial.spec.name) == []


def test_a_change_in_place_and_the_way_back(trial: Trial, pulumi: Pulumi) -> None:
    """Another host, another flow, a larger flavor and volume: the first host stays, and the old size comes back.

    Only the volume stays as large as it became: block storage never makes one smaller (Art. 15).
    """
    wider = trial.changed(count=2, **LARGER, volumes=[{"name": "data", "size_gib": 2, "mount": "/srv/data"}])
    opened = Flow.model_validate({"role": "web", "first_port": 80, "last_port": 80, "peer_cidr": "10.0.0.0/8"})
    wider = wider.model_copy(update={"flows": (opened,)})

    plan = trial.plan(wider)
    steps = {step.name: step for step in plan.changes}
    assert steps["server-web-1"].action is steps["volume-web-1-data"].action is Action.UPDATE
    assert steps["server-web-2"].action is Action.CREATE
    assert steps[f"rule-{opened.key}"].action is Action.CREATE
    assert steps[f"rule-{trial.spec.flows[0].key}"].action is Action.DELETE
    assert plan.destroys == ()
    assert plan.before == trial.spec.totals
    assert (plan.effect.hosts, plan.effect.vcpus, plan.effect.volume_gib) == (1, 3, 3)
    assert unprotected(pulumi, trial.spec.name) == [], "a plan changes nothing"
    assert plan.digest == trial.plan(wider).digest

    first = trial.servers()["web-1"][0]
    assert [host.name for host in trial.up(wider).hosts] == ["web-1", "web-2"]
    assert trial.servers()["web-1"] == (first, "m1.small")
    assert trial.volumes()["web-1-data"][1:] == (2, "in-use")
    assert trial.plan(wider).changes == ()
    assert unprotected(pulumi, trial.spec.name) == [], "what was made is protected too"

    back = trial.plan(trial.spec)
    assert {step.name: step.action for step in back.destroys} == {
        "server-web-2": Action.DELETE,
        "volume-web-2-data": Action.DELETE,
    }
    with pytest.raises(RefusedError, match="signed plan") as refused:
        trial.up(trial.spec, signed=trial.plan(wider))
    assert refused.value.diagnostic.detail == "delete server-web-2, delete volume-web-2-data"
    assert sorted(trial.servers()) == ["web-1", "web-2"], "nothing was changed"
    assert [host.name for host in trial.up(trial.spec, signed=plan).hosts] == ["web-1"]
    assert trial.servers() == {"web-1": (first, "m1.tiny")}
    assert {name: size for name, (_, size, _) in trial.volumes().items()} == {"web-1-data": 2}
    assert trial.instances_quota() == quota_of(trial.spec).instances
    assert trial.plan(trial.spec).changes == ()
    assert unprotected(pulumi, trial.spec.name) == []


def test_a_promotion_replaces_nothing(trial: Trial, provisioner: PulumiProvisioner, settings: PulumiSettings) -> None:
    """Trial and production are one environment: marks and quotas change in place, and so do they back (Art. 14).

    A kill on the way costs nothing.
    """
    production = trial.spec.model_copy(update={"stage": Stage.PRODUCTION})
    before = trial.servers(), trial.volumes()
    plan = trial.plan(production)
    assert {step.action for step in plan.changes} == {Action.UPDATE}
    marks = {"tags", "metadata", "description"}
    assert all(set(step.changed) <= marks for step in plan.changes if not step.name.endswith("-quota"))
    job = Job("op-promotion", production, Control(), Killer(settings.home, production, (), Action.UPDATE).watch)
    with pytest.raises(OperationFailedError):
        provisioner.up(job)
    provisioner.recover(job)
    assert {step.action for step in trial.plan(production).changes} == {Action.UPDATE}
    trial.up(production)
    assert (trial.servers(), trial.volumes()) == before
    assert trial.instances_quota() == quota_of(production).instances == 2
    assert trial.plan(production).changes == ()
    trial.up(trial.spec)
    assert trial.instances_quota() == 1


@pytest.mark.parametrize(("struck", "action"), [("server-web-1", Action.UPDATE), ("server-web-2", Action.CREATE)])
def test_a_change_that_was_killed_goes_on(
    trial: Trial, provisioner: PulumiProvisioner, settings: PulumiSettings, struck: str, action: Action
) -> None:
    """A kill while a host is resized or another one made: recovery finds what was done, removes nothing, goes on."""
    wider = trial.changed(count=2, **LARGER)
    trial.up(trial.spec)
    servers, volumes = trial.servers(), trial.volumes()
    killer = Killer(settings.home, wider, (struck,), action)
    job = Job("op-killed", wider, Control(), killer.watch)
    with pytest.raises(OperationFailedError):
        provisioner.up(job)
    assert killer.struck == [struck]
    assert at_work(settings.home, wider) == ()
    provisioner.recover(job)
    assert trial.plan(wider).destroys == ()
    trial.up(wider)
    after = trial.servers()
    assert sorted(after) == ["web-1", "web-2"]
    assert after["web-1"] == (servers["web-1"][0], "m1.small")
    assert trial.volumes()["web-1-data"] == volumes["web-1-data"]
    assert trial.plan(wider).changes == ()


def test_a_live_environment_goes_by_two_strokes_alone(
    provisioner: PulumiProvisioner, make_spec: MakeSpec, inventory: OpenStackInventory
) -> None:
    """The first takes all but the tenancy, the second the tenancy; each may be repeated (Art. 16)."""
    spec = make_spec("ended", stage=Stage.TRIAL)
    job = Recorder().job(spec, "op-ended")
    provisioner.up(job)
    for _ in range(2):
        provisioner.destroy_resources(job)
        assert inventory.project_id(spec.name) is not None
        assert all(one.tenancy for one in inventory.list_project(spec.name))
    for _ in range(2):
        provisioner.destroy_tenant(job)
        assert inventory.project_id(spec.name) is None
