"""The hosts' packet filter says what the security groups say: declared flows pass, nothing else (Art. 36, 39)."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.blueprint import resolve
from orchestrator.domain.firewall import ruleset
from orchestrator.domain.records import Host, Outputs
from orchestrator.domain.spec import Direction, EnvironmentSpec, Flow, Protocol
from tests.samples import a_spec
from tests.unit.domain.samples import a_wish, the_blueprint

SPEC = resolve(a_wish(), the_blueprint(), request_id="req-1")
HOSTS = tuple(
    Host(name=name, role=role.name, address=f"10.20.{number}.{index + 4}", server_id=name)
    for number, role in enumerate(SPEC.roles)
    for index, name in enumerate(role.host_names())
)
OUTPUTS = Outputs(hosts=HOSTS)
RULE = re.compile(r"(?:ip [sd]addr \{ (?P<peers>[^}]*) \}|meta nfproto ipv4) (?P<traffic>.*) accept")


def chain(rules: str, name: str) -> list[str]:
    """Give the lines of a chain."""
    _, _, rest = rules.partition(f"chain {name} {{")
    inside, _, _ = rest.partition("}\n  chain")
    return [line.strip() for line in inside.splitlines() if line.strip() not in {"", "}"}]


def passes(rules: str, direction: Direction, peer: str, traffic: str) -> bool:
    """Whether a packet to or from a peer passes by a declared flow."""
    name = "input" if direction is Direction.INGRESS else "output"
    for match in filter(None, map(RULE.fullmatch, chain(rules, name))):
        peers = [IPv4Network(each) for each in (match["peers"] or "0.0.0.0/0").split(", ")]
        if match["traffic"] == traffic and any(IPv4Address(peer) in each for each in peers):
            return True
    return False


def address(role: str) -> str:
    """Give the address of the first host of a role."""
    return next(host.address for host in HOSTS if host.role == role)


def test_the_tiers_reach_each_other_as_declared() -> None:
    """The web tier asks the application, the application the database, and jobs come through the bastion."""
    web, app, db = (ruleset(SPEC, OUTPUTS, role) for role in ("web", "app", "db"))
    assert passes(app, Direction.INGRESS, address("web"), "tcp dport 8080")
    assert passes(web, Direction.EGRESS, address("app"), "tcp dport 8080")
    assert passes(db, Direction.INGRESS, address("app"), "tcp dport 5432")
    assert not passes(db, Direction.INGRESS, address("web"), "tcp dport 5432")
    assert not passes(web, Direction.EGRESS, address("db"), "tcp dport 5432")
    assert all(passes(rules, Direction.INGRESS, address("bastion"), "tcp dport 22") for rules in (web, app, db))
    assert not passes(web, Direction.INGRESS, "198.51.100.7", "tcp dport 22")


def test_only_what_is_declared_leaves() -> None:
    """Names, packages and clocks anywhere; nothing else leaves a host."""
    rules = ruleset(SPEC, OUTPUTS, "db")
    assert passes(rules, Direction.EGRESS, "203.0.113.9", "tcp dport 443")
    assert passes(rules, Direction.EGRESS, "203.0.113.9", "udp dport 123")
    assert not passes(rules, Direction.EGRESS, "203.0.113.9", "tcp dport 25")


def test_what_is_not_declared_is_dropped_in_both_directions() -> None:
    """Both chains drop what no rule takes, and the table is replaced as a whole."""
    rules = ruleset(SPEC, OUTPUTS, "web")
    assert rules.count("policy drop;") == 2
    assert rules.startswith("table inet tenure\ndelete table inet tenure\n")


def test_a_host_that_comes_is_let_in_by_its_peers() -> None:
    """Peers that are roles are addresses: a further host changes the rules of those that it talks to."""
    more = OUTPUTS.model_copy(
        update={"hosts": (*HOSTS, Host(name="app-9", role="app", address="10.20.9.9", server_id="n"))}
    )
    assert not passes(ruleset(SPEC, OUTPUTS, "db"), Direction.INGRESS, "10.20.9.9", "tcp dport 5432")
    assert passes(ruleset(SPEC, more, "db"), Direction.INGRESS, "10.20.9.9", "tcp dport 5432")


def test_flows_without_peers_make_no_rule() -> None:
    """A role that has no hosts yet is nobody's peer: an empty set would be a fault of the whole table."""
    assert "{  }" not in ruleset(SPEC, Outputs(), "db")


FLOWS = st.builds(
    Flow,
    role=st.just("web"),
    direction=st.sampled_from(Direction),
    protocol=st.sampled_from([Protocol.TCP, Protocol.UDP]),
    first_port=st.integers(1, 100),
    last_port=st.integers(100, 200),
    peer_cidr=st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "172.16.0.0/12", "192.168.7.0/24"]).map(IPv4Network),
)


def with_flows(flows: list[Flow]) -> EnvironmentSpec:
    """Give a specification with these flows."""
    return a_spec(flows=[flow.model_dump() for flow in flows])


@given(st.lists(FLOWS, max_size=8))
def test_every_flow_passes_whatever_its_neighbours(flows: list[Flow]) -> None:
    """Ranges that overlap are merged, since nftables refuses them side by side, and nothing of them is lost."""
    rules = ruleset(with_flows(flows), Outputs(), "web")
    for flow in flows:
        assert flow.peer_cidr is not None
        ports = str(flow.first_port) if flow.first_port == flow.last_port else f"{flow.first_port}-{flow.last_port}"
        assert passes(rules, flow.direction, str(flow.peer_cidr[1]), f"{flow.protocol} dport {ports}")


@given(st.permutations(list(SPEC.flows)))
def test_the_rules_do_not_depend_on_the_order_of_flows(flows: list[Flow]) -> None:
    """The same flows give the same text: a second run changes nothing."""
    shuffled = SPEC.model_copy(update={"flows": tuple(flows)})
    assert ruleset(shuffled, OUTPUTS, "app") == ruleset(SPEC, OUTPUTS, "app")
