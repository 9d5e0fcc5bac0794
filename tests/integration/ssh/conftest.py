"""The hosts that these tests enter are booted once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orchestrator.adapters.ssh import Issue, UserAuthority
from orchestrator.adapters.vault import FileVault
from tests.cloud import CloudAccess
from tests.integration.ssh.house import PASSWORD, House, boot
from tests.samples import a_spec, an_environment
from tests.tenants import a_tenant


@pytest.fixture(scope="package")
def house(cloud: CloudAccess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Boot the hosts; nobody has waited for them yet."""
    home = tmp_path_factory.mktemp("home")
    vault = FileVault(home)
    issues: list[Issue] = []
    authority = UserAuthority(home, vault, issues.append)
    spec = a_spec(unit="doors", system="open", access={"ca_public_key": authority.public_key()})
    with a_tenant(cloud, spec, PASSWORD) as tenant:
        boot(tenant, cloud)
        environment = an_environment("doors", "open", spec=spec, outputs=tenant.outputs)
        yield House(home, vault, authority, environment, tenant.console, issues)
