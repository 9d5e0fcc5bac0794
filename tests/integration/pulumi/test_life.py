"""The whole life of one environment, step by step, on a real cloud."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.adapters.openstack import OpenStackInventory
from orchestrator.adapters.pulumi import PulumiProvisioner, PulumiSettings
from orchestrator.adapters.pulumi.marks import MARK, PROC, marked
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.plan import Action
from orchestrator.domain.records import Outputs, StepEvent
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports import Job
from tests.cloud import CloudAccess
from tests.integration.pulumi.conftest import PASSPHRASE, MakeSpec, remove
from tests.jobs import Control, Recorder

pytestmark = [pytest.mark.cloud, pytest.mark.toolchain, pytest.mark.slow]

OPERATION = "op-life"


class Life:
    """An environment that was made once, and everything that was seen meanwhile."""

    def __init__(self, spec: EnvironmentSpec) -> None:
        self.spec = spec
        self.events: list[StepEvent] = []
        self.arguments: set[str] = set()
        self.outputs = Outputs()

    def job(self) -> Job:
        """Give the job; each event looks at the arguments of all processes that work for it."""
        return Job(operation=OPERATION, spec=self.spec, control=Control(), watch=self.watch)

    def watch(self, event: StepEvent) -> None:
        """Keep the event."""
        self.events.append(event)
        for pid in marked(MARK, OPERATION):
            self.arguments.add(_read(PROC / str(pid) / "cmdline"))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


@pytest.fixture(scope="module")
def life(provisioner: PulumiProvisioner, make_spec: MakeSpec) -> Iterator[Life]:
    """Make the environment, and take it away at the end."""
    made = Life(make_spec("life", access={"ca_public_key": "ssh-ed25519 AAAA ca"}))
    first = provisioner.preview(made.job())
    again = provisioner.preview(made.job())
    assert first.digest == again.digest, "the same preview twice is the same plan"
    assert {step.action for step in first.steps} == {Action.CREATE}
    assert len(first.steps) == 17
    made.outputs = provisioner.up(made.job())
    yield made
    remove(provisioner, made.spec)


def test_outputs_tell_project_bastion_and_hosts(life: Life, inventory: OpenStackInventory) -> None:
    """They are what the cloud itself says."""
    outputs = life.outputs
    assert outputs.project_id == inventory.project_id(life.spec.name)
    assert outputs.bastion_host == "web-1"
    found = {(one.type, one.id) for one in inventory.list_project(life.spec.name)}
    assert ("server", outputs.hosts[0].server_id) in found
    assert ("network", outputs.network_id) in found


def test_every_step_was_told_from_begin_to_end(life: Life) -> None:
    """Each resource was started once and done once, with its seconds."""
    created = [event for event in life.events if event.phase == "up" and event.action == "create"]
    started = sorted(event.resource for event in created if event.status == "started")
    done = sorted(event.resource for event in created if event.status == "done")
    assert started == done
    assert len(set(done)) == 17
    assert all(event.seconds is not None for event in created if event.status == "done")


def test_afterwards_nothing_works_for_the_operation_any_more(life: Life) -> None:
    """The child, the CLI and both plugins are dead."""
    assert life.outputs.hosts
    assert marked(MARK, OPERATION) == ()


def test_a_second_preview_has_nothing_to_change(life: Life, provisioner: PulumiProvisioner) -> None:
    """What was made is what was planned."""
    assert provisioner.preview(life.job()).changes == ()


def test_the_volume_is_attached(life: Life, cloud: CloudAccess) -> None:
    """``up`` ends when the cloud says so, not when it was asked to."""
    with cloud.connection() as connection:
        volumes = list(connection.block_storage.volumes(all_projects=True, project_id=life.outputs.project_id))
    assert [(volume.name, volume.status) for volume in volumes] == [("web-1-data", "in-use")]


def test_no_secret_is_anywhere_in_plain(life: Life, settings: PulumiSettings, vault: FileVault) -> None:
    """Not in state or configuration, not in events, not in logs, not in process arguments."""
    secrets = [PASSPHRASE, vault.derive(f"service-user/{life.spec.name}")]
    assert any("pulumi" in arguments for arguments in life.arguments)
    texts = ["".join(life.arguments), "".join(event.model_dump_json() for event in life.events)]
    folders = [settings.home / "state", settings.home / "pulumi", settings.home / "logs"]
    texts += [_read(file) for folder in folders for file in folder.rglob("*") if file.is_file()]
    assert len(texts) > 5
    assert not [text for text in texts for secret in secrets if secret in text]


def test_people_can_run_the_program_by_hand(life: Life, settings: PulumiSettings, toolchain: Toolchain) -> None:
    """``pulumi preview -s NAME`` runs stacks/ with the language host and finds nothing to change."""
    tools = toolchain.require()
    ran = subprocess.run(
        [str(tools.pulumi), "-C", str(settings.folder), "preview", "-s", life.spec.name, "--expect-no-changes"],
        env={
            **os.environ,
            **tools.environment(),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "OS_CLIENT_CONFIG_FILE": str(settings.clouds_yaml),
        },
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "24 unchanged" in ran.stdout


def test_a_new_mark_changes_in_place(life: Life, provisioner: PulumiProvisioner) -> None:
    """Another request for the same environment updates tags and metadata; no host is replaced."""
    changed = life.spec.model_copy(update={"request": "req-2"})
    plan = provisioner.preview(Recorder().job(changed))
    assert {step.action for step in plan.changes} == {Action.UPDATE}
    assert plan.destroys == ()
    assert {name for step in plan.changes for name in step.changed} <= {"tags", "metadata", "description"}


def test_removal_has_two_strokes_and_each_may_be_repeated(
    provisioner: PulumiProvisioner, make_spec: MakeSpec, inventory: OpenStackInventory
) -> None:
    """First everything but the tenancy goes, then the tenancy; a second time both find nothing to do."""
    spec = make_spec("strokes")
    job = Recorder().job(spec, "op-strokes")
    provisioner.up(job)
    for _ in range(2):
        provisioner.destroy_resources(job)
        left = {one.type for one in inventory.list_project(spec.name)}
        assert inventory.project_id(spec.name) is not None
        assert not left & {"server", "volume", "network", "router", "port", "floating-ip"}
    for _ in range(2):
        provisioner.destroy_tenant(job)
        assert inventory.project_id(spec.name) is None
        assert inventory.list_project(spec.name) == ()


def test_an_environment_whose_project_was_deleted_by_hand_can_be_removed(
    provisioner: PulumiProvisioner, make_spec: MakeSpec, cloud: CloudAccess, inventory: OpenStackInventory
) -> None:
    """Nobody can log in as the service user any more; what is left goes by the administrator's account."""
    spec = make_spec("vanished")
    job = Recorder().job(spec, "op-vanished")
    outputs = provisioner.up(job)
    with cloud.connection() as connection:
        connection.compute.delete_server(outputs.hosts[0].server_id)
        connection.compute.wait_for_delete(connection.compute.get_server(outputs.hosts[0].server_id))
        for volume in connection.block_storage.volumes(all_projects=True, project_id=outputs.project_id):
            connection.block_storage.delete_volume(volume.id)
        connection.delete_project(outputs.project_id)
    provisioner.destroy_resources(job)
    provisioner.destroy_tenant(job)
    assert inventory.project_id(spec.name) is None
    with cloud.connection() as connection:
        assert list(connection.network.networks(project_id=outputs.project_id)) == []
        assert list(connection.network.routers(project_id=outputs.project_id)) == []
