"""Connections that the kernel tracks: what the rules no longer allow must end, too.

Rule sets accept what belongs to a known connection, so a rule or a floating IP that goes away would not touch the
connections that it once let in.
"""

import ipaddress
import re

from localcloud import net

PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "132": "sctp"}
_FIELD = re.compile(r"(src|dst|sport|dport)=(\S+)")


def protocol_name(value):
    """Neutron takes names and numbers."""
    return PROTOCOLS.get(str(value), value)


def forget_addresses(space, addresses):
    """Ends every connection from or to these addresses, on either side of a translation."""
    for address in addresses:
        for side in ("--orig-src", "--orig-dst", "--reply-src", "--reply-dst"):
            net.attempt("ip", "netns", "exec", space, "conntrack", "-D", side, address)


def end_forbidden(space, addresses, rules, members):
    """Ends the connections of a port that none of its rules allows; `members` gives the addresses of each group."""
    for flow in _tracked(space):
        into, out_of = flow["dst"] in addresses, flow["src"] in addresses
        allowed = (not into or _allowed(rules, "ingress", flow, flow["src"], members)) and \
                  (not out_of or _allowed(rules, "egress", flow, flow["dst"], members))
        if (into or out_of) and not allowed:
            ports = [word for name in ("sport", "dport") if name in flow for word in (f"--{name}", flow[name])]
            net.attempt("ip", "netns", "exec", space, "conntrack", "-D", "-p", flow["protocol"],
                        "--orig-src", flow["src"], "--orig-dst", flow["dst"], *ports)


def _tracked(space):
    """The first direction of every tracked connection."""
    for line in net.attempt("ip", "netns", "exec", space, "conntrack", "-L").stdout.splitlines():
        flow = {"protocol": line.split()[0]}
        for name, value in _FIELD.findall(line):
            flow.setdefault(name, value)
        if "src" in flow and "dst" in flow:
            yield flow


def _allowed(rules, direction, flow, peer, members):
    return any(rule.direction == direction and _matches(rule, flow, peer, members) for rule in rules)


def _matches(rule, flow, peer, members):
    if rule.remote_address_group_id or (rule.remote_group_id and peer not in members[rule.remote_group_id]):
        return False
    if rule.remote_ip_prefix and ipaddress.ip_address(peer) not in ipaddress.ip_network(rule.remote_ip_prefix):
        return False
    protocol = protocol_name(rule.protocol)
    if protocol not in (None, "any", "0", 0, flow["protocol"]):
        return False
    low, high = rule.port_range_min, rule.port_range_max
    return protocol not in ("tcp", "udp", "sctp") or low is None or low <= int(flow["dport"]) <= high
