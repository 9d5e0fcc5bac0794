"""A provisioner on the cloud of this test run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.openstack import Cloud, OpenStackInventory
from orchestrator.adapters.pulumi import PulumiProvisioner, PulumiSettings
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.settings import Settings
from tests.cloud import CloudAccess
from tests.jobs import Recorder
from tests.samples import a_spec

PASSPHRASE = "a-passphrase-for-tests"

type MakeSpec = Callable[..., EnvironmentSpec]
type Provision = Callable[[EnvironmentSpec], PulumiProvisioner]


@pytest.fixture(scope="session")
def toolchain() -> Toolchain:
    """The toolchain of this user's cache; it is installed when it is missing."""
    toolchain = Toolchain(Settings().cache)
    toolchain.install(print)
    return toolchain


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installation's folder."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def vault(home: Path) -> FileVault:
    """The installation's vault."""
    return FileVault(home)


@pytest.fixture(scope="session")
def settings(home: Path, cloud: CloudAccess) -> PulumiSettings:
    """Settings of the installation."""
    return PulumiSettings(home=home, cloud=cloud.cloud, clouds_yaml=cloud.clouds_yaml, passphrase=PASSPHRASE)


@pytest.fixture(scope="session")
def inventory(cloud: CloudAccess, vault: FileVault) -> OpenStackInventory:
    """Looks at the cloud without Pulumi."""
    return OpenStackInventory(Cloud(cloud.cloud, clouds_yaml=cloud.clouds_yaml), vault)


@pytest.fixture(scope="session")
def provisioner(settings: PulumiSettings, toolchain: Toolchain, vault: FileVault) -> Iterator[PulumiProvisioner]:
    """The adapter under test."""
    made = PulumiProvisioner(settings, toolchain, vault)
    yield made
    made.close()


@pytest.fixture(scope="session")
def make_spec(cloud: CloudAccess) -> MakeSpec:
    """Give specifications of one host of this cloud's flavor and image."""

    def make(system: str, **changes: Any) -> EnvironmentSpec:  # noqa: ANN401  fields of a specification
        network = {"cidr": "10.20.0.0/24", "external_network": cloud.external_network}
        return a_spec(system=system, **({"roles": [cloud.role("/srv/data")], "network": network} | changes))

    return make


@pytest.fixture
def removed_after(provisioner: PulumiProvisioner) -> Iterator[Callable[[EnvironmentSpec], EnvironmentSpec]]:
    """Take an environment away when the test is over, however it ended."""
    specs: list[EnvironmentSpec] = []

    def note(spec: EnvironmentSpec) -> EnvironmentSpec:
        specs.append(spec)
        return spec

    yield note
    for spec in specs:
        remove(provisioner, spec)


def remove(provisioner: PulumiProvisioner, spec: EnvironmentSpec) -> None:
    """Take an environment away, whatever is there of it."""
    job = Recorder().job(spec, f"op-remove-{spec.system}")
    provisioner.recover(job)
    provisioner.destroy_resources(job)
    provisioner.destroy_tenant(job)


def bad_cloud(settings: PulumiSettings, folder: Path, old: str, new: str) -> PulumiSettings:
    """Give settings whose clouds.yaml differs in one text."""
    assert settings.clouds_yaml is not None
    content = settings.clouds_yaml.read_text(encoding="utf-8")
    assert old in content
    changed = folder / "clouds.yaml"
    changed.write_text(content.replace(old, new), encoding="utf-8")
    return replace(settings, clouds_yaml=changed)
