"""The adapter under test, on the cloud of this test run."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.adapters.openstack import Cloud, OpenStackInventory
from orchestrator.adapters.vault import FileVault
from tests.cloud import CloudAccess


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> FileVault:
    """A vault that knows the service users' passwords."""
    return FileVault(tmp_path_factory.mktemp("vault"))


@pytest.fixture(scope="session")
def administrator(cloud: CloudAccess) -> Cloud:
    """The adapter's own connection to the cloud."""
    return Cloud(cloud.cloud, clouds_yaml=cloud.clouds_yaml)


@pytest.fixture(scope="session")
def inventory(administrator: Cloud, vault: FileVault) -> OpenStackInventory:
    """The inventory under test."""
    return OpenStackInventory(administrator, vault)


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """A clouds.yaml whose cloud nobody runs."""
    path = tmp_path / "clouds.yaml"
    path.write_text(
        "clouds:\n  nowhere:\n    auth:\n      auth_url: http://127.0.0.1:9/v3\n"
        "      username: admin\n      password: none\n      project_name: admin\n"
        "      user_domain_name: Default\n      project_domain_name: Default\n"
    )
    return path
