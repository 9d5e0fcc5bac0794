"""Blueprints: from a wish to the exact environment, within the envelope."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from orchestrator.domain.blueprint import Blueprint, resolve
from orchestrator.domain.errors import BadInputError, RefusedError, TenureError
from orchestrator.domain.faults import faults_of
from orchestrator.domain.spec import Direction, EnvironmentSpec, Flow, Protocol
from orchestrator.domain.submission import Submission
from tests.unit.domain.samples import LIBRARY, a_termination, a_wish, changed, refused_fields, the_blueprint

THREE_TIER = the_blueprint()
DATA = THREE_TIER.model_dump(mode="json")
WORLD = IPv4Network("0.0.0.0/0")
blueprints = pytest.mark.parametrize("blueprint", LIBRARY.blueprints(), ids=lambda blueprint: blueprint.name)


def resolved(submission: Submission, blueprint: Blueprint = THREE_TIER) -> EnvironmentSpec:
    """Resolve with a fixed request id."""
    return resolve(submission, blueprint, request_id="req-1", ca_public_key="ssh-ed25519 CA")


def refused(error: type[TenureError], submission: Submission) -> list[tuple[str | None, str | None]]:
    """Give field and rule of everything that is wrong with a wish."""
    with pytest.raises(error) as caught:
        resolved(submission)
    return refused_fields(caught.value.diagnostics)


class TestResolve:
    """What a wish leaves out is the blueprint's, what it says is its own."""

    def test_an_empty_wish_is_the_blueprint(self) -> None:
        """Counts, flavors and volumes as they stand in the file."""
        spec = resolved(a_wish())
        assert {role.name: (role.count, role.flavor) for role in spec.roles} == {
            "bastion": (1, "m1.tiny"),
            "web": (2, "m1.tiny"),
            "app": (2, "m1.small"),
            "db": (1, "m1.small"),
        }
        assert (spec.bastion, spec.container, spec.blueprint) == ("bastion", True, "three-tier")
        assert spec.role("db").volumes[0].size_gib == 2

    def test_a_wish_changes_what_it_names(self) -> None:
        """One role, one flavor, one volume."""
        roles = {"web": {"count": 3, "flavor": "m1.medium"}, "db": {"volumes": {"data": 50}}}
        spec = resolved(a_wish(roles=roles))
        web = spec.role("web")
        assert (web.count, web.flavor, web.size.ram_mib) == (3, "m1.medium", 4096)
        assert spec.role("db").volumes[0].size_gib == 50
        assert spec.role("app").count == 2

    def test_names_keys_and_request_are_carried_over(self) -> None:
        """Everything later depends on the specification alone."""
        spec = resolved(a_wish(network={"cidr": "10.9.0.0/24", "external_network": "gov", "dns": ["10.1.1.1"]}))
        assert spec.name == "civil-eldercare-test"
        assert (spec.request, spec.access.ca_public_key) == ("req-1", "ssh-ed25519 CA")
        assert (str(spec.network.cidr), spec.network.external_network) == ("10.9.0.0/24", "gov")
        assert spec.network.dns == ("10.1.1.1",)

    @blueprints
    def test_a_specification_is_the_same_every_time(self, blueprint: Blueprint) -> None:
        """And survives its own JSON."""
        first, second = resolved(a_wish(), blueprint), resolved(a_wish(), blueprint)
        assert first.model_dump_json() == second.model_dump_json()
        assert EnvironmentSpec.model_validate_json(first.model_dump_json()) == first

    def test_a_request_without_an_environment_can_not_be_resolved(self) -> None:
        """A termination describes none."""
        assert refused(BadInputError, a_termination()) == [("environment", "schema/missing")]


class TestEnvelope:
    """How far a wish may go (Art. 14)."""

    @pytest.mark.parametrize(
        ("roles", "field"),
        [
            ({"web": {"count": 7}}, "environment.roles.web.count"),
            ({"bastion": {"count": 2}}, "environment.roles.bastion.count"),
            ({"web": {"flavor": "m1.huge"}}, "environment.roles.web.flavor"),
            ({"bastion": {"flavor": "m1.medium"}}, "environment.roles.bastion.flavor"),
            ({"db": {"volumes": {"data": 501}}}, "environment.roles.db.volumes.data"),
        ],
    )
    def test_a_size_over_the_envelope_is_refused(self, roles: dict[str, Any], field: str) -> None:
        """With its field."""
        assert refused(RefusedError, a_wish(roles=roles)) == [(field, "envelope")]

    def test_a_sum_over_the_envelope_is_refused(self) -> None:
        """Each role fits, all together do not."""
        large = {"count": 6, "flavor": "m1.medium"}
        assert (
            refused(RefusedError, a_wish(roles={"web": large, "app": large})) == [("environment.roles", "envelope")] * 2
        )

    @pytest.mark.parametrize(
        ("roles", "field"),
        [
            ({"cache": {}}, "environment.roles.cache"),
            ({"web": {"volumes": {"data": 1}}}, "environment.roles.web.volumes.data"),
        ],
    )
    def test_what_the_blueprint_does_not_have_is_refused(self, roles: dict[str, Any], field: str) -> None:
        """An unknown role or volume is bad input."""
        assert refused(BadInputError, a_wish(roles=roles)) == [(field, "blueprint")]

    def test_every_fault_of_a_wish_is_told_at_once(self) -> None:
        """Unknown names and sizes together."""
        roles = {"web": {"count": 9, "flavor": "x"}, "cache": {}, "db": {"volumes": {"data": 900, "wal": 1}}}
        assert len(refused(BadInputError, a_wish(roles=roles))) == 5

    def test_a_network_needs_room_for_every_host(self) -> None:
        """A /28 has room for eleven hosts."""
        roles = {"web": {"count": 6}, "app": {"count": 5, "flavor": "m1.tiny"}}
        wish = a_wish(network={"cidr": "10.20.0.0/28"}, roles=roles)
        assert refused(BadInputError, wish) == [("environment.network.cidr", "network")]

    @given(web=st.integers(1, 100), app=st.integers(1, 100), data=st.integers(1, 16384))
    def test_what_is_granted_lies_within_the_envelope(self, web: int, app: int, data: int) -> None:
        """Whatever is asked, the totals never pass the bounds."""
        roles = {"web": {"count": web}, "app": {"count": app}, "db": {"volumes": {"data": data}}}
        try:
            totals = resolved(a_wish(roles=roles)).totals
        except RefusedError:
            return
        allowed = THREE_TIER.envelope
        assert (web <= 6, app <= 6, data <= 500) == (True, True, True)
        assert totals.vcpus <= allowed.vcpus
        assert totals.ram_mib <= allowed.ram_mib
        assert totals.volume_gib <= allowed.volume_gib


class TestFlows:
    """What may pass, and that nothing else may."""

    @blueprints
    def test_nothing_is_open_to_the_world(self, blueprint: Blueprint) -> None:
        """No ingress from everywhere; what leaves is DNS, HTTP, HTTPS and NTP."""
        flows = resolved(a_wish(), blueprint).flows
        assert not [flow for flow in flows if flow.direction is Direction.INGRESS and flow.peer_cidr == WORLD]
        leaving = {(flow.protocol, flow.first_port) for flow in flows if flow.peer_cidr == WORLD}
        assert leaving == {
            (Protocol.UDP, 53),
            (Protocol.TCP, 53),
            (Protocol.TCP, 80),
            (Protocol.TCP, 443),
            (Protocol.UDP, 123),
        }

    @blueprints
    def test_only_the_bastion_is_entered_from_outside(self, blueprint: Blueprint) -> None:
        """SSH comes from the wish's ranges to the bastion, and from the bastion to every other host."""
        flows = resolved(a_wish(access_from=["10.0.0.0/8", "192.168.0.0/16"]), blueprint).flows
        ssh = [flow for flow in flows if flow.first_port == 22 and flow.direction is Direction.INGRESS]
        outside = {(flow.role, str(flow.peer_cidr)) for flow in ssh if flow.peer_cidr}
        assert outside == {(blueprint.bastion, "10.0.0.0/8"), (blueprint.bastion, "192.168.0.0/16")}
        inside = {(flow.role, flow.peer_role) for flow in ssh if flow.peer_role}
        assert inside == {(role, blueprint.bastion) for role in blueprint.roles if role != blueprint.bastion}

    def test_a_flow_between_roles_opens_both_ends(self) -> None:
        """The database's ingress is the application's egress."""
        flows = resolved(a_wish()).flows
        common = {"protocol": Protocol.TCP, "first_port": 5432, "last_port": 5432}
        assert Flow(role="db", direction=Direction.INGRESS, peer_role="app", **common) in flows
        assert Flow(role="app", direction=Direction.EGRESS, peer_role="db", **common) in flows

    def test_a_range_of_ports_stays_a_range(self) -> None:
        """Both ends are kept."""
        flow = {"roles": ["db"], "ports": {"first": 6000, "last": 6010}, "peers": ["app"], "why": "replication"}
        blueprint = Blueprint.model_validate(DATA | {"flows": [flow]})
        assert [(each.first_port, each.last_port) for each in resolved(a_wish(), blueprint).flows] == [(6000, 6010)] * 2

    def test_an_address_range_is_a_peer(self) -> None:
        """A fixed network may be let in by the blueprint."""
        flow = {"roles": ["db"], "port": 9100, "peers": ["172.16.0.0/16"], "why": "monitoring"}
        blueprint = Blueprint.model_validate(DATA | {"flows": [flow]})
        assert [str(each.peer_cidr) for each in resolved(a_wish(), blueprint).flows] == ["172.16.0.0/16"]

    @blueprints
    def test_each_flow_stands_once(self, blueprint: Blueprint) -> None:
        """Equal flows of several rules are one rule of the cloud."""
        keys = [flow.key for flow in resolved(a_wish(), blueprint).flows]
        assert len(keys) == len(set(keys))


FLOW = {"roles": ["web"], "port": 80, "peers": ["access"], "why": "users"}


class TestBlueprintFiles:
    """A blueprint that contradicts itself is refused when it is read."""

    @pytest.mark.parametrize(
        ("path", "value", "field", "rule"),
        [
            (("bastion",), "gate", "bastion", "reference"),
            (("roles", "access"), DATA["roles"]["web"], "roles.access", "schema/key"),
            (("roles", "web", "count"), 9, "roles.web.count", "envelope"),
            (("roles", "web", "flavor"), "m1.huge", "roles.web.flavor", "envelope"),
            (("roles", "db", "volumes", "data", "size_gib"), 900, "roles.db.volumes.data", "envelope"),
            (
                ("roles", "web", "envelope", "flavors"),
                ["m1.tiny", "m1.huge"],
                "roles.web.envelope.flavors.1",
                "reference",
            ),
            (("flows",), [FLOW | {"roles": ["cache"]}], "flows.0.roles.0", "reference"),
            (("flows",), [FLOW | {"peers": ["cache"]}], "flows.0.peers.0", "network"),
            (("flows",), [FLOW | {"peers": ["0.0.0.0/0"]}], "flows.0.peers.0", "network"),
            (("flows",), [FLOW | {"direction": "egress", "peers": ["db"]}], "flows.0.peers.0", "network"),
            (("flows",), [FLOW | {"direction": "egress"}], "flows.0.peers.0", "network"),
            (("flows",), [FLOW | {"port": None}], "flows.0.protocol", "schema/value"),
            (("flows",), [FLOW | {"ports": {"first": 1, "last": 2}}], "flows.0.protocol", "schema/value"),
            (("flows",), [FLOW | {"protocol": "icmp"}], "flows.0.protocol", "schema/value"),
            (
                ("flows",),
                [FLOW | {"port": None, "ports": {"first": 9, "last": 2}}],
                "flows.0.ports",
                "schema/value",
            ),
        ],
    )
    def test_a_contradiction_is_told_with_its_field(
        self, path: tuple[str, ...], value: object, field: str, rule: str
    ) -> None:
        """Field and rule, as for a request."""
        with pytest.raises(ValidationError) as caught:
            Blueprint.model_validate(changed(DATA, *path, to=value))
        assert [(fault.field, fault.rule) for fault in faults_of(caught.value, Blueprint)] == [(field, rule)]

    @blueprints
    def test_every_blueprint_that_ships_serves_a_plain_wish(self, blueprint: Blueprint) -> None:
        """And fits the local cloud's flavors."""
        spec = resolved(a_wish(blueprint=blueprint.name), blueprint)
        assert {role.flavor for role in spec.roles} <= {"m1.tiny", "m1.small", "m1.medium"}
        assert {role.image for role in spec.roles} == {"debian-12"}
