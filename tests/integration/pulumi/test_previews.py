"""Previews of pull requests on the real engine: the same plan as the installation's own, and nothing left behind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openstack.exceptions import ForbiddenException
from ruamel.yaml import YAML

from orchestrator.adapters.pulumi import PulumiProvisioner, PulumiSettings
from orchestrator.adapters.pulumi.previews import ScratchPreviews
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.names import Stage
from orchestrator.domain.plan import Action
from orchestrator.domain.spec import EnvironmentSpec
from tests.cloud import CloudAccess
from tests.integration.pulumi.conftest import MakeSpec
from tests.jobs import Recorder

if TYPE_CHECKING:
    from openstack.connection import Connection

pytestmark = [pytest.mark.cloud, pytest.mark.toolchain]

type RemovedAfter = Callable[[EnvironmentSpec], EnvironmentSpec]


READER = "reader-of-plans"


@pytest.fixture(scope="module")
def reader(cloud: CloudAccess, admin: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudAccess]:
    """An account that may read what is in every project, no more; its entry stands beside the administrator's."""
    identity: Any = admin.identity
    home = identity.create_project(name=READER, domain_id="default")
    user = identity.create_user(name=READER, password="a-password-of-tests", domain_id="default")
    role = identity.find_role("reader", ignore_missing=False)
    identity.put(f"/OS-INHERIT/domains/default/users/{user.id}/roles/{role.id}/inherited_to_projects")
    entry = admin.config.config
    auth = {"auth_url": entry["auth"]["auth_url"], "username": READER, "password": "a-password-of-tests"}
    auth |= {"project_name": READER, "user_domain_id": "default", "project_domain_id": "default"}
    known = {"region_name": admin.config.region_name, "cacert": entry.get("cacert") or None}
    administrator = {**known, "auth": dict(entry["auth"])}
    file = tmp_path_factory.mktemp("clouds") / "clouds.yaml"
    with file.open("w", encoding="utf-8") as stream:
        YAML().dump({"clouds": {cloud.cloud: administrator, READER: {**known, "auth": auth}}}, stream)
    yield replace(cloud, cloud=READER, clouds_yaml=file)
    identity.delete_user(user)
    identity.delete_project(home)


@pytest.fixture
def previews(
    settings: PulumiSettings, toolchain: Toolchain, vault: FileVault, cloud: CloudAccess, reader: CloudAccess
) -> Iterator[ScratchPreviews]:
    """The adapter under test, with an account that has rights to read alone."""
    reading = replace(settings, cloud=reader.cloud, clouds_yaml=reader.clouds_yaml)
    made = ScratchPreviews(reading, toolchain, vault, cloud.cloud)
    yield made
    made.close()


def content(home: Path, name: str) -> dict[Path, str]:
    """Give a digest of every file of one environment in the installation's folder."""
    files = (file for file in home.rglob("*") if file.is_file() and name in str(file) and "logs" not in file.parts)
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_a_new_environment_is_previewed_without_a_stack(
    previews: ScratchPreviews, make_spec: MakeSpec, settings: PulumiSettings
) -> None:
    """A pull request that nobody has approved leaves no trace."""
    spec = make_spec("unseen")
    plan = previews.preview_new(Recorder().job(spec, "proposal-unseen"))
    assert plan.count(Action.CREATE) > 10
    assert plan.before is None
    assert content(settings.home, spec.name) == {}
    scratch = previews._scratch
    previews.close()
    assert not scratch.exists()


def test_a_running_environment_is_previewed_on_a_copy_of_its_state(
    previews: ScratchPreviews,
    provisioner: PulumiProvisioner,
    make_spec: MakeSpec,
    removed_after: RemovedAfter,
    settings: PulumiSettings,
) -> None:
    """The plan is the installation's own, digest for digest, although the stack is protected; its files stay."""
    spec = removed_after(make_spec("previewed", stage=Stage.TRIAL))
    job = Recorder().job(spec, "op-previewed")
    provisioner.recover(job)
    provisioner.up(job)
    role = spec.roles[0].model_copy(update={"volumes": ()})
    smaller = spec.model_copy(update={"roles": (role,)})
    before = content(settings.home, spec.name)
    assert before
    seen = previews.preview(Recorder().job(smaller, "proposal-previewed"))
    assert content(settings.home, spec.name) == before
    assert [step.name for step in seen.destroys] != []
    assert seen.before == spec.totals
    assert seen.digest == provisioner.preview(Recorder().job(smaller, "op-previewed")).digest


def test_the_account_of_previews_can_write_nothing(reader: CloudAccess) -> None:
    """The cloud itself refuses, service by service: whatever runs in a preview, it changes nothing."""
    with reader.connection() as connection:
        cloud: Any = connection
        attempts: tuple[Callable[[], object], ...] = (
            lambda: cloud.identity.create_project(name="reader-s-own"),
            lambda: cloud.network.create_network(name="reader-s-own"),
            lambda: cloud.block_storage.create_volume(name="reader-s-own", size=1),
            lambda: cloud.compute.create_server_group(name="reader-s-own", policy="soft-anti-affinity"),
        )
        for attempt in attempts:
            with pytest.raises(ForbiddenException):
                attempt()
