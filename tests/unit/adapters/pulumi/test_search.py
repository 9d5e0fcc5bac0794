"""How a resource whose create was not seen to its end is found again."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.adapters.pulumi.search import ProjectSearch
from orchestrator.adapters.pulumi.state import Wanted
from tests.unit.adapters.pulumi.fake_cloud import FakeCloud

OPENSTACK = "openstack"
RULE = {"securityGroupId": "g-1", "description": "web-ingress-tcp-22-22-10.0.0.0_8"}


def cloud() -> FakeCloud:
    """Two projects with one of everything; the other one's things have the same names."""
    ours, others = {"project_id": "p-1"}, {"project_id": "p-2"}
    attached = {"os-extended-volumes:volumes_attached": [{"id": "v-1"}]}

    def pair(**fields: Any) -> list[dict[str, Any]]:  # noqa: ANN401  fields of a thing
        return [{"id": "theirs", **fields, **others}, {"id": "ours", **fields, **ours}]

    return FakeCloud(
        {
            ("identity", "/projects"): [{"id": "p-1", "name": "water-gauge-test", "description": "request=r-1"}],
            ("identity", "/users"): [{"id": "u-1", "name": "water-gauge-test-service", "description": "request=r-1"}],
            ("network", "/networks"): pair(name="water-gauge-test"),
            ("network", "/ports"): [
                {"id": "ours", "name": "web-1", "device_id": "", "fixed_ips": [], **ours},
                {"id": "leg", "name": "", "device_id": "r-1", "fixed_ips": [{"subnet_id": "n-1"}], **ours},
            ],
            ("network", "/security-group-rules"): [
                {"id": "default", "security_group_id": "g-1", "description": None, **ours},
                {"id": "ours", "security_group_id": "g-1", "description": RULE["description"], **ours},
            ],
            ("network", "/floatingips"): pair(description="web"),
            ("compute", "/os-keypairs"): [{"id": "water-gauge-test"}],
            ("compute", "/os-server-groups"): pair(name="role-web"),
            ("compute", "/servers"): [*pair(name="web-1"), {"id": "s-1", "name": "x", **attached}],
            ("block-storage", "/volumes"): pair(name="web-1-data"),
        }
    )


@pytest.mark.parametrize(
    ("kind", "inputs", "identity"),
    [
        ("identity/project:Project", {"name": "water-gauge-test", "description": "request=r-1"}, "p-1"),
        ("identity/project:Project", {"name": "water-gauge-test", "description": "request=another"}, None),
        ("identity/user:User", {"name": "water-gauge-test-service", "description": "request=r-1"}, "u-1"),
        ("identity/user:User", {"name": "water-gauge-test-service", "description": "by hand"}, None),
        ("networking/network:Network", {"name": "water-gauge-test"}, "ours"),
        ("networking/port:Port", {"name": "web-1"}, "ours"),
        ("networking/routerInterface:RouterInterface", {"routerId": "r-1", "subnetId": "n-1"}, "leg"),
        ("networking/routerInterface:RouterInterface", {"routerId": "r-1", "subnetId": "n-2"}, None),
        ("networking/routerInterface:RouterInterface", {}, None),
        ("networking/secGroupRule:SecGroupRule", RULE, "ours"),
        ("networking/secGroupRule:SecGroupRule", {}, None),
        ("networking/floatingIp:FloatingIp", {"description": "web"}, "ours"),
        ("networking/floatingIp:FloatingIp", {"description": "db"}, None),
        ("compute/keypair:Keypair", {"name": "water-gauge-test"}, "water-gauge-test"),
        ("compute/keypair:Keypair", {"name": "another"}, None),
        ("compute/serverGroup:ServerGroup", {"name": "role-web"}, "ours"),
        ("compute/instance:Instance", {"name": "web-1"}, "ours"),
        ("compute/instance:Instance", {"name": "web-2"}, None),
        ("blockstorage/volume:Volume", {"name": "web-1-data"}, "ours"),
        ("compute/volumeAttach:VolumeAttach", {"instanceId": "s-1", "volumeId": "v-1"}, "s-1/v-1"),
        ("compute/volumeAttach:VolumeAttach", {"instanceId": "s-1", "volumeId": "v-2"}, None),
        ("compute/volumeAttach:VolumeAttach", {"instanceId": "s-1"}, None),
        ("compute/quotaSetV2:QuotaSetV2", {"projectId": "p-1"}, None),
    ],
)
def test_a_resource_is_found_in_its_own_project_by_type_and_name(
    kind: str, inputs: dict[str, str], identity: str | None
) -> None:
    """Things of another project with the same name are not ours; links are found by both ends."""
    search = ProjectSearch(cloud(), "p-1", "u-1")
    assert search.find(Wanted("urn:x", f"{OPENSTACK}:{kind}", inputs)) == identity


def test_without_a_project_only_project_and_user_are_looked_for() -> None:
    """Everything else lives in the project."""
    search = ProjectSearch(cloud(), None, None)
    user = {"name": "water-gauge-test-service", "description": "request=r-1"}
    assert search.find(Wanted("urn:x", "openstack:identity/user:User", user)) == "u-1"
    assert search.find(Wanted("urn:x", "openstack:compute/instance:Instance", {"name": "web-1"})) is None


def test_what_is_set_and_not_made_is_not_looked_for() -> None:
    """Setting a quota or a role a second time is harmless."""
    search = ProjectSearch(cloud(), "p-1", "u-1")
    assert not search.knows("openstack:compute/quotaSetV2:QuotaSetV2")
    assert not search.knows("openstack:identity/roleAssignment:RoleAssignment")
    assert search.knows("openstack:compute/instance:Instance")
