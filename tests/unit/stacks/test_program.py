"""What an environment's program declares, as rules."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

import pytest

from orchestrator.domain.names import Stage
from orchestrator.domain.quota import quota_of
from orchestrator.domain.spec import AccessSpec, EnvironmentSpec, Flow, Totals
from stacks import naming
from stacks.context import Spread, Surplus
from tests.samples import a_spec
from tests.unit.stacks.declared import CONTEXT, PASSWORD, Declaration, Declared, declare

COMPONENTS = {"Tenant", "Network", "Security", "Compute", "Storage", "openstack"}
UNMARKED = {
    "RoleAssignment": "a link between three things",
    "QuotaSetV2": "numbers of the project",
    "QuotaV2": "numbers of the project",
    "QuoteSetV3": "numbers of the project",
    "RouterInterface": "a link between two things",
    "SecGroupRule": "part of its group; a new mark would replace it",
    "Keypair": "has nothing but name and key",
    "ServerGroup": "has nothing but name and policy",
    "VolumeAttach": "a link between two things",
}
"""Resources of OpenStack that cannot carry marks, and what they are instead."""


def three_tiers(stage: Stage = Stage.TEST) -> EnvironmentSpec:
    """Give a specification with everything in it: roles, flows in both directions, volumes, container, key."""

    def role(name: str, count: int, *volumes: str) -> dict[str, object]:
        return {
            "name": name,
            "count": count,
            "flavor": "small",
            "size": {"vcpus": 2, "ram_mib": 2048},
            "image": "debian-12",
            "anti_affinity": True,
            "volumes": [{"name": volume, "size_gib": 2, "mount": f"/srv/{volume}"} for volume in volumes],
        }

    return a_spec(
        roles=[role("web", 2), role("app", 1, "data"), role("db", 2, "data", "logs")],
        flows=[
            {"role": "web", "first_port": 443, "last_port": 443, "peer_cidr": "10.0.0.0/8"},
            {"role": "app", "first_port": 8080, "last_port": 8089, "peer_role": "web"},
            {"role": "app", "protocol": "icmp", "peer_role": "web"},
            {"role": "db", "first_port": 5432, "last_port": 5432, "peer_role": "app"},
            {"role": "db", "direction": "egress", "protocol": "udp", "first_port": 53, "last_port": 53}
            | {"peer_cidr": "0.0.0.0/0"},
        ],
        container=True,
        access={"emergency_public_key": "ssh-ed25519 AAAA emergency", "ca_public_key": "ssh-ed25519 BBBB ca"},
        stage=stage,
    )


@pytest.fixture(scope="module")
def declared() -> Declaration:
    """The three tiers, declared once."""
    return declare(three_tiers())


def resources(declaration: Declaration) -> Iterable[Declared]:
    """Leave out components and providers."""
    return (resource for resource in declaration.resources if resource.type not in COMPONENTS)


def waits_for(one: Declared) -> set[str]:
    """Give the names of what a resource is made after by order of the program."""
    return {str(other._name) for other in one.options.depends_on or ()}  # type: ignore[union-attr]


def test_rules_are_exactly_the_flows(declared: Declaration) -> None:
    """Each flow is one rule with its role, direction, protocol, ports and peer; there is no other rule."""

    def rule(flow: Flow) -> dict[str, object]:
        fields = {
            "securityGroupId": f"id-of-group-{flow.role}",
            "direction": str(flow.direction),
            "protocol": str(flow.protocol),
            "portRangeMin": flow.first_port,
            "portRangeMax": flow.last_port,
            "remoteGroupId": f"id-of-group-{flow.peer_role}" if flow.peer_role else None,
            "remoteIpPrefix": str(flow.peer_cidr) if flow.peer_cidr else None,
        }
        return {key: value for key, value in fields.items() if value is not None}

    keys = {"securityGroupId", "direction", "protocol", "portRangeMin", "portRangeMax", "remoteGroupId"}
    made = [
        {key: value for key, value in one.inputs.items() if key in keys | {"remoteIpPrefix"}}
        for one in declared.of("SecGroupRule")
    ]
    wanted = [rule(flow) for flow in three_tiers().flows]
    assert Counter(frozenset(one.items()) for one in made) == Counter(frozenset(one.items()) for one in wanted)


def test_nothing_is_open_to_the_world(declared: Declaration) -> None:
    """No ingress rule has the whole world as its source, and groups lose the rules that Neutron gives them."""
    ingress = [one for one in declared.of("SecGroupRule") if one.inputs["direction"] == "ingress"]
    assert ingress
    assert all(one.inputs.get("remoteIpPrefix") != "0.0.0.0/0" for one in ingress)
    assert all("remoteIpPrefix" in one.inputs or "remoteGroupId" in one.inputs for one in declared.of("SecGroupRule"))
    assert all(group.inputs["deleteDefaultRules"] for group in declared.of("SecGroup"))


def test_every_port_is_guarded_by_its_roles_group(declared: Declaration) -> None:
    """A port has its role's group and no other, so the project's default group guards nothing."""
    for port in declared.of("Port"):
        role = port.inputs["name"].rsplit("-", 1)[0]
        assert port.inputs["securityGroupIds"] == [f"id-of-group-{role}"]


def test_everything_carries_the_marks(declared: Declaration) -> None:
    """Unit, system, stage and request stand in metadata, tags or description of all that can carry them."""
    spec = three_tiers()
    for one in resources(declared):
        if one.type in UNMARKED:
            continue
        carried = (
            one.inputs.get("tags") == naming.tags(spec)
            or spec.marks().items() <= one.inputs.get("metadata", {}).items()
            or one.inputs.get("description") == naming.description(spec)
        )
        assert carried, f"{one.name} has no marks"


def test_live_environments_are_protected() -> None:
    """Every resource of trial and production is protected, none of test and of the throw-away copies of drills."""
    for stage in Stage:
        flags = {bool(one.options.protect) for one in resources(declare(three_tiers(stage=stage)))}
        assert flags == {stage in {Stage.TRIAL, Stage.PRODUCTION}}


def test_names_are_the_same_each_time_and_unique_in_their_project(declared: Declaration) -> None:
    """A create whose outcome is unknown can be found by type and name."""
    again = declare(three_tiers())
    names = [(one.type, one.inputs["name"]) for one in resources(declared) if "name" in one.inputs]
    assert sorted(names) == sorted((one.type, one.inputs["name"]) for one in resources(again) if "name" in one.inputs)
    assert len(set(names)) == len(names)
    nameless = {one.type for one in resources(declared) if "name" not in one.inputs}
    assert nameless <= UNMARKED.keys() | {"FloatingIp"}


def test_hosts_of_one_role_are_kept_apart_where_the_role_asks_for_it(declared: Declaration) -> None:
    """Each such role has a server group with the cloud's policy, one of a single host too: a second may come."""
    assert {group.inputs["name"] for group in declared.of("ServerGroup")} == {"role-web", "role-app", "role-db"}
    assert {group.inputs["policies"] for group in declared.of("ServerGroup")} == {"soft-anti-affinity"}
    assert declared.one("server-web-1").inputs["schedulerHints"] == [{"group": "id-of-spread-web"}]
    assert declared.one("server-app-1").inputs["schedulerHints"] == [{"group": "id-of-spread-app"}]
    together = declare(a_spec())
    assert together.of("ServerGroup") == []
    assert "schedulerHints" not in together.one("server-web-1").inputs
    hard = CONTEXT.model_copy(update={"cloud": CONTEXT.cloud.model_copy(update={"spread": Spread.HARD})})
    assert {group.inputs["policies"] for group in declare(three_tiers(), hard).of("ServerGroup")} == {"anti-affinity"}


def test_servers_and_volumes_are_made_by_the_service_user(declared: Declaration) -> None:
    """They belong to whoever makes them; the network is the administrator's work in the tenant's project."""
    mine = {"Instance", "Volume", "VolumeAttach", "Keypair", "ServerGroup", "Container"}
    for one in resources(declared):
        assert (one.options.provider is not None) == (one.type in mine), one.name
        if one.type in {"Network", "Subnet", "Router", "Port", "SecGroup", "SecGroupRule", "FloatingIp"}:
            assert one.inputs["tenantId"] == "id-of-project"


def test_quotas_are_told_in_the_words_of_the_services(declared: Declaration) -> None:
    """What :func:`orchestrator.domain.quota.quota_of` says reaches compute, network and block storage."""
    quota = quota_of(three_tiers())
    compute = declared.one("compute-quota").inputs
    assert (compute["instances"], compute["cores"], compute["ram"]) == (quota.instances, quota.cores, quota.ram_mib)
    network = declared.one("network-quota").inputs
    assert (network["port"], network["securityGroupRule"]) == (quota.ports, quota.rules)
    volume = declared.one("volume-quota").inputs
    assert (volume["volumes"], volume["snapshots"]) == (quota.volumes, quota.snapshots)
    assert volume["gigabytes"] == quota.volume_gib


def test_quotas_hold_what_is_still_there_while_a_change_is_under_way(declared: Declaration) -> None:
    """New things are made before old ones go."""
    more = Totals(hosts=1, vcpus=2, ram_mib=2048, volumes=1, volume_gib=2, addresses=0)
    changing = declare(three_tiers(), CONTEXT.model_copy(update={"surplus": Surplus(totals=more, rules=3)}))
    for quota, key, surplus in (
        ("compute", "instances", 1),
        ("network", "securityGroupRule", 3),
        ("volume", "volumes", 1),
    ):
        was, is_now = (one.one(f"{quota}-quota").inputs[key] for one in (declared, changing))
        assert is_now - was == surplus


def test_volumes_grow_in_place_and_never_shrink() -> None:
    """Block storage makes no volume smaller: the way back from a larger one leaves it as it is."""
    grown = declare(a_spec(), CONTEXT.model_copy(update={"grown": {"web-1-data": 5, "gone": 9}}))
    volume = grown.one("volume-web-1-data").inputs
    assert (volume["size"], volume["enableOnlineResize"]) == (5, True)
    assert waits_for(grown.one("server-web-1")) == {"compute-quota"}
    assert grown.one("volume-quota").inputs["gigabytes"] == 3 * 5, "what is there stays within the quota"
    smaller = declare(a_spec(), CONTEXT.model_copy(update={"grown": {"web-1-data": 0}}))
    assert smaller.one("volume-web-1-data").inputs["size"] == 1
    assert "volume-web-1-data" in waits_for(smaller.one("server-web-1")), "Nova reserves volumes while it resizes"


def test_a_promotion_touches_marks_and_quotas_alone() -> None:
    """Trial and production are one environment: no name, no user data, no size hangs on the stage (Art. 14)."""
    trial, production = (declare(three_tiers(stage=stage)) for stage in (Stage.TRIAL, Stage.PRODUCTION))
    before, after = ({one.name: one.inputs for one in resources(made)} for made in (trial, production))
    assert before.keys() == after.keys()
    for name, inputs in before.items():
        changed = {key for key in inputs | after[name] if inputs.get(key) != after[name].get(key)}
        assert changed <= {"tags", "metadata", "description"} or name.endswith("-quota"), name


def test_volumes_of_one_host_are_attached_in_order(declared: Declaration) -> None:
    """The second attachment waits for the first: order tells volumes of equal size apart."""
    first, second = (declared.one(f"attachment-db-1-{name}") for name in ("data", "logs"))
    assert not first.options.depends_on
    assert [one._name for one in second.options.depends_on] == ["attachment-db-1-data"]  # type: ignore[union-attr]


def test_removal_needs_no_call_for_what_goes_with_its_owner(declared: Declaration) -> None:
    """Rules go with their group, subnets with their network, attachments with their server, quotas with the project."""
    owners = {
        "SecGroupRule": "SecGroup",
        "Subnet": "Network",
        "VolumeAttach": "Instance",
        "QuotaSetV2": "Project",
        "QuotaV2": "Project",
        "QuoteSetV3": "Project",
        "RoleAssignment": "User",
    }
    for one in resources(declared):
        owner = one.options.deleted_with
        assert (type(owner).__name__ if owner else None) == owners.get(one.type), one.name


def test_the_container_is_made_only_where_there_is_object_storage(declared: Declaration) -> None:
    """A cloud without an object store gets none."""
    assert len(declared.of("Container")) == 1
    without = CONTEXT.model_copy(update={"cloud": CONTEXT.cloud.model_copy(update={"object_storage": False})})
    assert declare(three_tiers(), without).of("Container") == []


def test_without_an_emergency_key_there_is_no_keypair() -> None:
    """Keys that nobody asked for do not exist (Art. 36)."""
    declaration = declare(three_tiers().model_copy(update={"access": AccessSpec()}))
    assert declaration.of("Keypair") == []
    assert all("keyPair" not in server.inputs for server in declaration.of("Instance"))


def test_outputs_tell_the_hosts(declared: Declaration) -> None:
    """Project, network, the bastion's address and every host with role, address and server id."""
    outputs = declared.outputs
    assert outputs["project_id"] == "id-of-project"
    assert (outputs["bastion_host"], outputs["bastion_address"]) == ("web-1", "198.51.100.7")
    assert [host["name"] for host in outputs["hosts"]] == ["web-1", "web-2", "app-1", "db-1", "db-2"]
    assert outputs["hosts"][0] == {
        "name": "web-1",
        "role": "web",
        "address": "10.20.0.9",
        "server_id": "id-of-server-web-1",
    }


def test_the_password_reaches_only_the_user_and_the_provider(declared: Declaration) -> None:
    """It stands in no other resource, and not in user data."""
    holders = {one.name for one in declared.resources if PASSWORD in json.dumps(one.inputs)}
    assert holders == {"service-user", "service"}


def test_what_a_host_takes_in_once_never_replaces_it(declared: Declaration) -> None:
    """A new certificate authority, another emergency key or a second host of its role must not cost its disk."""
    for server in declared.of("Instance"):
        assert server.options.ignore_changes == ["userData", "keyPair", "schedulerHints"]
        assert server.inputs["keyPair"] == three_tiers().name, "a replaced key would take its servers with it"
    assert all(group.options.ignore_changes == ["policies"] for group in declared.of("ServerGroup"))
