"""What every new cloud holds: flavors, the image, the public network."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import openstack
from openstack import exceptions

from orchestrator.domain.errors import OperationFailedError
from tools.localcloud.settings import CLOUD_NAME, EXTERNAL_NETWORK, IMAGE, CloudSettings, Layout

if TYPE_CHECKING:
    from openstack.connection import Connection

# Each with its RAM in MiB, its vCPUs and its disk in GiB.
FLAVORS = {
    "m1.tiny": (512, 1, 1),
    "m1.small": (1024, 2, 2),
    "m1.medium": (4096, 2, 20),
    "m1.large": (8192, 4, 40),
}
# Hosts start from the base root; the image is what Nova asks for by name.
IMAGE_CONTENT = b"the base root of the local cloud's hosts\n" * 32


def connect(layout: Layout) -> Connection:
    """The administrator's connection."""
    config = openstack.config.OpenStackConfig(config_files=[str(layout.clouds_yaml)], load_envvars=False)
    return openstack.connection.Connection(config=config.get_one(CLOUD_NAME))


def provide(layout: Layout, settings: CloudSettings) -> None:
    """Make what is missing; all of it may be repeated.

    Also the first request to each service: neutron and others load their policy on it, and two tenants that come
    first together were once refused.

    Raises:
        OperationFailedError: The new cloud refuses.
    """
    try:
        with connect(layout) as cloud:
            _flavors(cloud)
            _network(cloud, ipaddress.IPv4Network(settings.wishes.external_cidr), settings.external_gateway)
            _image(cloud)
            list(cloud.block_storage.types())
            list(cloud.placement.resource_providers())
    except (exceptions.SDKException, exceptions.HttpException) as error:
        raise OperationFailedError("the new local cloud refuses a request", detail=str(error)) from error


def _flavors(cloud: Connection) -> None:
    present = {flavor.name for flavor in cloud.compute.flavors()}
    for name, (ram, vcpus, disk) in FLAVORS.items():
        if name not in present:
            cloud.compute.create_flavor(name=name, ram=ram, vcpus=vcpus, disk=disk)


def _network(cloud: Connection, addresses: ipaddress.IPv4Network, gateway: str) -> None:
    network = cloud.network.find_network(EXTERNAL_NETWORK) or cloud.network.create_network(
        name=EXTERNAL_NETWORK,
        is_router_external=True,
        provider_network_type="flat",
        provider_physical_network="physext",
    )
    if not network.subnet_ids:
        cloud.network.create_subnet(
            network_id=network.id,
            name=EXTERNAL_NETWORK,
            cidr=str(addresses),
            ip_version=4,
            enable_dhcp=False,
            gateway_ip=gateway,
        )


def _image(cloud: Connection) -> None:
    present = next(cloud.image.images(name=IMAGE), None)
    if present is not None and present.status == "active":
        return
    if present is not None:
        cloud.image.delete_image(present.id)
    cloud.image.create_image(
        IMAGE,
        data=IMAGE_CONTENT,
        disk_format="raw",
        container_format="bare",
        visibility="public",
        wait=True,
        localcloud_format="base",
        os_distro="debian",
        os_version="12",
    )
