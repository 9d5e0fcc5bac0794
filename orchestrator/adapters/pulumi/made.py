"""What a stack's resources are in the cloud, in the words in which the fleet is listed (see ``adapters/openstack``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.adapters.pulumi.state import GROUP, INSTANCE, PROJECT, USER, VOLUME
from orchestrator.domain.drift import RUNS, value_text
from orchestrator.domain.records import Thing, ThingKind

ID = "id"


@dataclass(frozen=True)
class Form:
    """How one type of resource becomes a thing.

    Attributes:
        properties: What matters, by the output that tells it.
        identity: Outputs whose values, with a slash between them, are its id in the cloud.
        part_of: The output that names what it cannot be without.
        fixed: What it was made as, which no output tells.
    """

    kind: ThingKind
    properties: Mapping[str, str]
    identity: tuple[str, ...] = (ID,)
    part_of: str = ""
    fixed: Mapping[str, str] | None = None


FORMS: Mapping[str, Form] = {
    PROJECT: Form(ThingKind.PROJECT, {"name": "name", "enabled": "enabled", "description": "description"}),
    USER: Form(ThingKind.USER, {"name": "name", "enabled": "enabled"}),
    "openstack:identity/roleAssignment:RoleAssignment": Form(
        ThingKind.ROLE_ASSIGNMENT, {}, ("projectId", "userId", "roleId"), "userId"
    ),
    "openstack:compute/quotaSetV2:QuotaSetV2": Form(
        ThingKind.COMPUTE_QUOTA,
        {
            "instances": "instances",
            "cores": "cores",
            "ram": "ram",
            "server_groups": "serverGroups",
            "server_group_members": "serverGroupMembers",
        },
        ("projectId",),
        "projectId",
    ),
    "openstack:networking/quotaV2:QuotaV2": Form(
        ThingKind.NETWORK_QUOTA,
        {
            "network": "network",
            "subnet": "subnet",
            "router": "router",
            "floatingip": "floatingip",
            "port": "port",
            "security_group": "securityGroup",
            "security_group_rule": "securityGroupRule",
        },
        ("projectId",),
        "projectId",
    ),
    "openstack:blockstorage/quoteSetV3:QuoteSetV3": Form(
        ThingKind.VOLUME_QUOTA,
        {"volumes": "volumes", "snapshots": "snapshots", "gigabytes": "gigabytes"},
        ("projectId",),
        "projectId",
    ),
    "openstack:networking/network:Network": Form(
        ThingKind.NETWORK, {"name": "name", "admin_state_up": "adminStateUp", "shared": "shared"}
    ),
    "openstack:networking/subnet:Subnet": Form(
        ThingKind.SUBNET,
        {"name": "name", "cidr": "cidr", "gateway": "gatewayIp", "dhcp": "enableDhcp", "dns": "dnsNameservers"},
        part_of="networkId",
    ),
    "openstack:networking/router:Router": Form(
        ThingKind.ROUTER,
        {"name": "name", "admin_state_up": "adminStateUp", "external_network": "externalNetworkId"},
    ),
    "openstack:networking/routerInterface:RouterInterface": Form(
        ThingKind.ROUTER_INTERFACE, {"router": "routerId", "subnet": "subnetId"}, part_of="routerId"
    ),
    "openstack:networking/port:Port": Form(
        ThingKind.PORT,
        {
            "name": "name",
            "admin_state_up": "adminStateUp",
            "addresses": "allFixedIps",
            "groups": "allSecurityGroupIds",
        },
        part_of="networkId",
    ),
    "openstack:networking/floatingIp:FloatingIp": Form(ThingKind.ADDRESS, {"address": "address", "port": "portId"}),
    GROUP: Form(ThingKind.GROUP, {"name": "name", "description": "description"}),
    "openstack:networking/secGroupRule:SecGroupRule": Form(ThingKind.RULE, {}, part_of="securityGroupId"),
    "openstack:compute/serverGroup:ServerGroup": Form(ThingKind.SERVER_GROUP, {"name": "name"}),
    INSTANCE: Form(ThingKind.SERVER, {"name": "name", "flavor": "flavorName"}, fixed={"status": RUNS}),
    VOLUME: Form(ThingKind.VOLUME, {"name": "name", "size": "size"}),
    "openstack:compute/volumeAttach:VolumeAttach": Form(
        ThingKind.ATTACHMENT, {}, ("instanceId", "volumeId"), "instanceId"
    ),
}
"""Types that are compared. A container is not: only its account's own user sees it; nor is a key pair, for the same."""


@dataclass(frozen=True)
class Standing:
    """A resource as the engine has it after its work."""

    type: str
    name: str
    id: str
    outputs: Mapping[str, Any]

    def value(self, output: str) -> str:
        """Give an output as a text."""
        return self.id if output == ID else value_text(self.outputs.get(output))


def things_of(standing: Iterable[Standing]) -> tuple[Thing, ...]:
    """Give the things that resources are, by kind and name; types that are not compared are left out."""
    known = [(FORMS[one.type], one) for one in standing if one.type in FORMS]
    project = next((one.id for form, one in known if form.kind is ThingKind.PROJECT), "")
    things = (_thing(form, one, project) for form, one in known)
    return tuple(sorted(things, key=lambda thing: (thing.kind, thing.name)))


def _thing(form: Form, one: Standing, project: str) -> Thing:
    told = {name: one.value(output) for name, output in form.properties.items()}
    return Thing(
        kind=form.kind,
        id="/".join(one.value(output) for output in form.identity),
        name=one.name,
        project="" if form.kind is ThingKind.USER else project,
        part_of=one.value(form.part_of) if form.part_of else "",
        properties={**told, **(form.fixed or {})},
    )
