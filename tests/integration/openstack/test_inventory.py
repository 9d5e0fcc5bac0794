"""What the inventory finds in a real project, and what it says when the cloud does not answer."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.openstack import Cloud, OpenStackInventory
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import OperationFailedError
from orchestrator.ports import FoundResource, leftovers
from tests.cloud import CloudAccess
from tests.samples import a_spec
from tests.tenants import Tenant, a_tenant, empty

pytestmark = pytest.mark.cloud

KINDS = {
    "compute/server",
    "compute/server_group",
    "compute/keypair",
    "volume/volume",
    "volume/snapshot",
    "image/image",
    "network/port",
    "network/network",
    "network/subnet",
    "network/router",
    "network/floating_ip",
    "network/security_group",
    "identity/application_credential",
    "identity/credential",
}
SELDOM = {
    "identity/trust",
    "image/hidden_image",
    "network/address_group",
    "network/qos_policy",
    "network/rbac_policy",
    "network/subnet_pool",
    "network/trunk",
}
TENANCY = {"identity/project", "identity/user", "identity/role_assignment", "network/security_group"}


@pytest.fixture
def tenant(cloud: CloudAccess, vault: FileVault) -> Iterator[Tenant]:
    """A project with its service user and nothing else."""
    spec = a_spec(unit="inventory", system="look")
    with a_tenant(cloud, spec, vault.derive(f"service-user/{spec.name}")) as made:
        yield made


def fill(tenant: Tenant, cloud: CloudAccess) -> None:
    """Make one of everything that the cloud has."""
    tenant.add_network(cloud.external_network)
    tenant.add_hosts(cloud, ("web-1",), {"web-1": ""})
    own: Any = tenant.own
    own.compute.create_keypair(name="left")
    own.compute.create_server_group(name="left", policy="soft-anti-affinity")
    volume = add_volume(own, "left")
    snapshot = own.block_storage.create_snapshot(volume_id=volume.id, name="left")
    own.block_storage.wait_for_status(snapshot, "available", interval=0.3, wait=30)
    own.image.create_image("left", data=b"nothing", disk_format="raw", container_format="bare")
    own.identity.create_application_credential(tenant.user_id, "left")
    own.identity.create_credential(user_id=tenant.user_id, type="totp", blob="left", project_id=tenant.project_id)


def fill_seldom(tenant: Tenant, connection: Any) -> None:  # noqa: ANN401  as below
    """Make what people seldom make, and tie it to what is there: each refuses to go in a wrong order."""
    mine = {"name": "left", "project_id": tenant.project_id}
    network, own = connection.network, tenant.own
    policy = network.create_qos_policy(**mine)
    network.update_network(tenant.network_id, qos_policy_id=policy.id)
    network.create_rbac_policy(
        object_type="network",
        object_id=tenant.network_id,
        action="access_as_shared",
        target_project_id=connection.current_project_id,
        project_id=tenant.project_id,
    )
    network.create_subnet_pool(prefixes=["10.90.0.0/16"], default_prefix_length=24, **mine)
    addresses = network.create_address_group(addresses=["192.0.2.0/24"], **mine)
    network.create_security_group_rule(
        security_group_id=tenant.group_id,
        direction="ingress",
        remote_address_group_id=addresses.id,
        project_id=tenant.project_id,
    )
    parent = network.create_port(network_id=tenant.network_id, **mine)
    network.create_trunk(port_id=parent.id, sub_ports=[], **mine)
    network.update_router(tenant.router_id, routes=[{"destination": "10.91.0.0/24", "nexthop": str(gateway(tenant))}])
    image = own.image.create_image("left", data=b"nothing", disk_format="raw", container_format="bare")
    own.image.update_image(image.id, is_protected=True)
    connection.image.update_image(image.id, is_hidden=True)
    trust(tenant, connection)


def gateway(tenant: Tenant) -> Any:  # noqa: ANN401  an address
    """Give an address of the tenant's network to which a route may lead."""
    return tenant.spec.network.cidr[-2]


def trust(tenant: Tenant, connection: Any) -> None:  # noqa: ANN401  as below
    """Let somebody act for the project's user."""
    own: Any = tenant.own
    own.identity.create_trust(
        trustor_user_id=tenant.user_id,
        trustee_user_id=connection.current_user_id,
        project_id=tenant.project_id,
        impersonation=True,
        roles=[{"name": "member"}],
    )


def attach_volume(tenant: Tenant) -> None:
    """Attach a volume that has a snapshot to a server."""
    own: Any = tenant.own
    (server,) = own.compute.servers()
    (volume,) = own.block_storage.volumes()
    own.compute.create_volume_attachment(server, volume)
    own.block_storage.wait_for_status(volume, "in-use", interval=0.3, wait=30)


def add_volume(own: Any, name: str) -> Any:  # noqa: ANN401  the SDK's proxies have no type of one version
    """Make a volume of 1 GiB and wait for it."""
    volume = own.block_storage.create_volume(size=1, name=name)
    return own.block_storage.wait_for_status(volume, "available", interval=0.3, wait=30)


def kinds(found: tuple[FoundResource, ...]) -> set[str]:
    """Give the kinds among what was found."""
    return {f"{one.service}/{one.type}" for one in found}


def test_a_listing_finds_everything_in_the_project(
    cloud: CloudAccess, inventory: OpenStackInventory, tenant: Tenant
) -> None:
    """What a teardown could leave behind is seen, whichever service has it; what it must leave is marked."""
    fill(tenant, cloud)
    found = inventory.list_project(tenant.spec.name)
    assert kinds(leftovers(found)) >= KINDS
    assert {f"{one.service}/{one.type}" for one in found if one.tenancy} == TENANCY
    assert {one.name for one in found if one.type == "user"} == {f"{tenant.spec.name}-service"}


def test_an_emptied_project_holds_its_tenancy_alone(
    cloud: CloudAccess, inventory: OpenStackInventory, tenant: Tenant
) -> None:
    """After the first stroke of a teardown nothing but project, user, role and the default group is left."""
    tenant.add_network(cloud.external_network)
    empty(tenant.admin, tenant.project_id)
    found = inventory.list_project(tenant.spec.name)
    assert leftovers(found) == ()
    assert kinds(found) == TENANCY


def test_a_project_that_does_not_exist_holds_nothing(inventory: OpenStackInventory) -> None:
    """After the second stroke there is no project, and the listing is empty."""
    assert inventory.project_id("no-such-test") is None
    assert inventory.list_project("no-such-test") == ()


def test_things_of_other_projects_are_not_listed(inventory: OpenStackInventory, tenant: Tenant) -> None:
    """The administrator sees all projects; a listing holds the asked one's things only."""
    names = {one.name for one in inventory.list_project(tenant.spec.name)}
    assert "public" not in names
    assert "debian-12" not in names


def test_a_leftover_can_be_removed(inventory: OpenStackInventory, tenant: Tenant) -> None:
    """A volume that no state knows is removed by what the listing says of it."""
    own: Any = tenant.own
    add_volume(own, "forgotten")
    (volume,) = leftovers(inventory.list_project(tenant.spec.name))
    inventory.remove_leftover(tenant.spec.name, volume)
    assert leftovers(inventory.list_project(tenant.spec.name)) == ()


def test_everything_that_the_cloud_offers_can_be_removed(
    cloud: CloudAccess, inventory: OpenStackInventory, tenant: Tenant
) -> None:
    """One of each kind, tied to each other: removed in the order of the listing, in one round, and nothing is left."""
    fill(tenant, cloud)
    fill_seldom(tenant, tenant.admin)
    attach_volume(tenant)
    found = leftovers(inventory.list_project(tenant.spec.name))
    assert kinds(found) >= KINDS | SELDOM
    for one in found:
        inventory.remove_leftover(tenant.spec.name, one)
    assert leftovers(inventory.list_project(tenant.spec.name)) == ()
    for one in found:
        inventory.remove_leftover(tenant.spec.name, one)


def test_a_user_that_outlived_its_project_is_found(
    cloud: CloudAccess, inventory: OpenStackInventory, vault: FileVault
) -> None:
    """The second stroke was cut between project and user: the proof of the teardown is not empty."""
    spec = a_spec(unit="inventory", system="orphan")
    with a_tenant(cloud, spec, vault.derive(f"service-user/{spec.name}")) as made:
        identity: Any = made.admin.identity
        identity.delete_project(made.project_id)
        assert [(one.type, one.name) for one in inventory.list_project(spec.name)] == [("user", f"{spec.name}-service")]
    assert inventory.list_project(spec.name) == ()


def test_removal_by_machine_has_bounds(inventory: OpenStackInventory) -> None:
    """A user is never removed as a leftover: the error says where it is."""
    user = FoundResource(service="identity", type="user", id="u-1", name="somebody")
    with pytest.raises(OperationFailedError, match="not removed by machine"):
        inventory.remove_leftover("water-gauge-test", user)


def test_a_wrong_password_is_told_as_such(cloud: CloudAccess, vault: FileVault, tmp_path: Path) -> None:
    """The cloud's 401 names the entry of clouds.yaml that has to be mended."""
    connection = cloud.connection()
    wrong = tmp_path / "clouds.yaml"
    wrong.write_text(
        f"clouds:\n  wrong:\n    auth:\n      auth_url: {connection.config.get_auth_args()['auth_url']}\n"
        "      username: admin\n      password: certainly-not\n      project_name: admin\n"
        "      user_domain_name: Default\n      project_domain_name: Default\n"
    )
    with pytest.raises(OperationFailedError, match="refuses the account") as caught:
        OpenStackInventory(Cloud("wrong", clouds_yaml=wrong), vault).list_project("water-gauge-test")
    assert "'wrong'" in str(caught.value.diagnostic.hint)
    assert "certainly-not" not in str(caught.value.diagnostics)


def test_a_cloud_that_is_down_is_told_with_its_address(vault: FileVault, nowhere: Path) -> None:
    """Nobody listens: the error says at which address, and that the connection was refused."""
    inventory = OpenStackInventory(Cloud("nowhere", clouds_yaml=nowhere), vault)
    with pytest.raises(OperationFailedError, match="identity cannot be reached") as caught:
        inventory.check(a_spec())
    assert "127.0.0.1:9" in caught.value.diagnostic.detail
    assert "refused" in caught.value.diagnostic.detail


def test_a_silent_cloud_is_waited_for_with_a_bound(vault: FileVault, nowhere: Path) -> None:
    """A service that takes the connection and says nothing costs seconds, not minutes."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        nowhere.write_text(nowhere.read_text().replace("127.0.0.1:9/", f"127.0.0.1:{silent.getsockname()[1]}/"))
        begun = time.monotonic()
        with pytest.raises(OperationFailedError, match="identity"):
            OpenStackInventory(Cloud("nowhere", 0.5, clouds_yaml=nowhere), vault).project_id("water-gauge-test")
        assert time.monotonic() - begun < 5


def test_a_cloud_without_an_entry_is_told(vault: FileVault, nowhere: Path) -> None:
    """A name that clouds.yaml does not have is a fault of the installation, told with a hint."""
    with pytest.raises(OperationFailedError, match="missing or incomplete"):
        OpenStackInventory(Cloud("elsewhere", clouds_yaml=nowhere), vault).project_id("water-gauge-test")
