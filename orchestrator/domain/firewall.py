"""The hosts' own packet filter: the same flows that the security groups let pass, as nftables rules (Art. 36, 39).

A flow that is not declared stays closed, in both directions. Peers that are roles become the addresses of their hosts,
so the rules of every host follow when hosts come or go.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, collapse_addresses
from itertools import groupby

from orchestrator.domain.records import Outputs
from orchestrator.domain.spec import WORLD, Direction, EnvironmentSpec, Flow, Protocol

TABLE = "tenure"
"""Name of the one table; rules of others are left alone."""

ALWAYS = {
    Direction.INGRESS: (
        "ct state established,related accept",
        "ct state invalid drop",
        'iifname "lo" accept',
        "udp sport 67 udp dport 68 accept",
        "icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept",
    ),
    Direction.EGRESS: (
        "ct state established,related accept",
        "tcp flags & (fin | syn | rst | ack) != syn accept",
        'oifname "lo" accept',
        "udp sport 68 udp dport 67 accept",
        "icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept",
    ),
}
"""What passes whatever the blueprint says: answers, the host itself, its address (DHCP) and its neighbours.

What leaves on a connection that is older than the rules passes too, since the kernel has not followed it from its
beginning: else the first rules would cut off the job that brings them.
"""

CHAINS = {Direction.INGRESS: ("input", "saddr"), Direction.EGRESS: ("output", "daddr")}


def ruleset(spec: EnvironmentSpec, outputs: Outputs, role: str) -> str:
    """Give the rules of the hosts of a role as ``nft -f`` reads them: one table, replaced as a whole or not at all."""
    chains = "\n".join(_chain(spec, outputs, role, direction) for direction in Direction)
    return f"table inet {TABLE}\ndelete table inet {TABLE}\n\ntable inet {TABLE} {{\n{chains}\n}}\n"


def _chain(spec: EnvironmentSpec, outputs: Outputs, role: str, direction: Direction) -> str:
    name, _ = CHAINS[direction]
    flows = [flow for flow in spec.flows if flow.role == role and flow.direction is direction]
    rules = [*ALWAYS[direction], *_rules(flows, outputs)]
    lines = [f"type filter hook {name} priority filter; policy drop;", *rules]
    return f"  chain {name} {{\n" + "".join(f"    {line}\n" for line in lines) + "  }"


def _rules(flows: Iterable[Flow], outputs: Outputs) -> list[str]:
    """Give one rule for all peers of the same traffic, in a stable order."""
    ordered = sorted(flows, key=lambda flow: (_traffic(flow), flow.key))
    rules = []
    for traffic, same in groupby(ordered, key=_traffic):
        group = list(same)
        peers = list(collapse_addresses(network for flow in group for network in _networks(flow, outputs)))
        if peers:
            rules.append(_rule(group[0].direction, peers, traffic))
    return rules


def _rule(direction: Direction, peers: list[IPv4Network], traffic: str) -> str:
    _, end = CHAINS[direction]
    if WORLD in peers:
        return f"meta nfproto ipv4 {traffic} accept"
    return f"ip {end} {{ {', '.join(map(str, peers))} }} {traffic} accept"


def _traffic(flow: Flow) -> str:
    if flow.protocol is Protocol.ICMP:
        return "meta l4proto icmp"
    if flow.first_port is None:
        return f"meta l4proto {flow.protocol}"
    ports = str(flow.first_port) if flow.first_port == flow.last_port else f"{flow.first_port}-{flow.last_port}"
    return f"{flow.protocol} dport {ports}"


def _networks(flow: Flow, outputs: Outputs) -> list[IPv4Network]:
    if flow.peer_cidr is not None:
        return [flow.peer_cidr]
    return [IPv4Network(host.address) for host in outputs.hosts if host.role == flow.peer_role]
