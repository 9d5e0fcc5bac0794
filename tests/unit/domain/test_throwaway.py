"""Throw-away copies: what leads in and out of them (Art. 44), for any environment and any set of roles."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.library import TemplateLibrary, installed_templates
from orchestrator.domain.blueprint import resolve
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.names import Stage
from orchestrator.domain.spec import Direction, EnvironmentSpec, Protocol
from orchestrator.domain.submission import submission_from_data
from orchestrator.domain.throwaway import Reach, throwaway_spec

LIBRARY = TemplateLibrary(installed_templates())
STORE = Reach(cidr=IPv4Network("10.9.0.1/32"), port=443)
BLUEPRINTS = ("single-host", "three-tier", "database")


def a_live_spec(blueprint: str, dns: tuple[str, ...] = ()) -> EnvironmentSpec:
    """Give the specification of a live environment of a blueprint."""
    submission = submission_from_data(
        {
            "kind": "trial",
            "unit": "archives",
            "system": "catalogue",
            "reason": "trial",
            "classified": False,
            "mlps": 2,
            "environment": {
                "blueprint": blueprint,
                "network": {"cidr": "10.20.0.0/24", "dns": list(dns)},
                "access_from": ["198.51.100.0/24", "10.0.0.0/8"],
            },
        }
    )
    return resolve(submission, LIBRARY.blueprint(blueprint), request_id="req-1")


@given(blueprint=st.sampled_from(BLUEPRINTS), data=st.data())
def test_nothing_but_ssh_leads_in_and_nothing_but_the_store_leads_out(blueprint: str, data: st.DataObject) -> None:
    """Art. 44: whatever a blueprint permits to its business, a copy for a drill has none of it."""
    live = a_live_spec(blueprint)
    names = [role.name for role in live.roles]
    roles = data.draw(st.none() | st.sets(st.sampled_from(names)))
    copy = throwaway_spec(live, (STORE,), roles)
    outside = [flow for flow in copy.flows if flow.peer_cidr is not None]
    inward = [flow for flow in outside if flow.direction is Direction.INGRESS]
    outward = [flow for flow in outside if flow.direction is Direction.EGRESS]
    assert {(flow.role, flow.protocol, flow.first_port, flow.last_port) for flow in inward} == {
        (live.bastion, Protocol.TCP, 22, 22)
    }
    assert {(flow.peer_cidr, flow.first_port) for flow in outward} == {(STORE.cidr, 443), (live.network.cidr, 53)}
    assert {flow.role for flow in outward} == {role.name for role in copy.roles}


@pytest.mark.parametrize(
    ("protocol", "first", "last", "enters"),
    [
        (Protocol.TCP, None, None, True),
        (Protocol.TCP, 1, 1024, True),
        (Protocol.TCP, 23, 65535, False),
        (Protocol.UDP, 22, 22, False),
    ],
)
def test_a_range_of_ports_leads_in_as_far_as_it_has_ssh(
    protocol: Protocol, first: int | None, last: int | None, *, enters: bool
) -> None:
    """Art. 44: of a way in that is wider, nothing but SSH is left; one without SSH is closed."""
    live = a_live_spec("single-host")
    entry = next(flow for flow in live.flows if flow.peer_cidr and flow.direction is Direction.INGRESS)
    wide = entry.model_copy(update={"protocol": protocol, "first_port": first, "last_port": last})
    copy = throwaway_spec(live.model_copy(update={"flows": (wide,)}), (STORE,))
    inward = [flow for flow in copy.flows if flow.direction is Direction.INGRESS and flow.peer_cidr]
    assert [(flow.first_port, flow.last_port) for flow in inward] == ([(22, 22)] if enters else [])


@given(blueprint=st.sampled_from(BLUEPRINTS), data=st.data())
def test_a_copy_is_a_valid_specification_of_its_own(blueprint: str, data: st.DataObject) -> None:
    """It has the bastion always, the roles that were asked for, and the name of a throw-away environment."""
    live = a_live_spec(blueprint)
    roles = data.draw(st.sets(st.sampled_from([role.name for role in live.roles])))
    copy = EnvironmentSpec.model_validate(throwaway_spec(live, (STORE,), roles).model_dump())
    assert {role.name for role in copy.roles} == {*roles, live.bastion}
    assert (copy.stage, copy.name, copy.container) == (Stage.DRILL, "archives-catalogue-drill", False)
    assert not copy.protected


def test_hosts_ask_their_own_name_servers_and_no_others() -> None:
    """DNS leads to the servers of the network, which would otherwise be a way to everywhere."""
    copy = throwaway_spec(a_live_spec("single-host", dns=("10.0.0.53",)), (), None)
    asked = {str(flow.peer_cidr) for flow in copy.flows if flow.first_port == 53}
    assert asked == {"10.20.0.0/24", "10.0.0.53/32"}


@pytest.mark.parametrize(("text", "read"), [("10.0.0.5:443", "10.0.0.5/32:443"), ("10.0.0.0/28:80", "10.0.0.0/28:80")])
def test_places_are_read_as_settings_have_them(text: str, read: str) -> None:
    """An address alone is a range of one."""
    assert str(Reach.parse(text)) == read


@pytest.mark.parametrize("text", ["10.0.0.5", "store:443", "10.0.0.5:0", "10.0.0.0/8:443", "0.0.0.0/0:443", ""])
def test_what_is_no_place_or_leads_everywhere_is_refused(text: str) -> None:
    """A drill that reaches whole networks is not isolated."""
    with pytest.raises(BadInputError) as caught:
        Reach.parse(text)
    assert caught.value.diagnostic.field == "TENURE_DRILL_REACH"
