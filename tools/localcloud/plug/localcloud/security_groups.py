"""Security groups of all ports: nft's bridge family stops spoofing, the ip family filters with connection tracking."""

import collections

from localcloud import flows, net, ruleset

_CHAINS_OF_PORT = {}             # port -> text of its two chains, to know whose connections to look at


def apply(state, spaces):
    """Applies the rules of all networks; `spaces` are the name spaces that exist."""
    servers = [port for port in state.ports if port.owner.startswith("compute:")]
    members = collections.defaultdict(set)
    for port in servers:
        for group in port.groups:
            members[group].update(port.ips())
    guarded = {network: [] for network in state.networks}
    for port in sorted(servers, key=lambda port: port.id):
        if port.secure and port.addresses:
            guarded[port.network_id].append(port)
    for gone in _CHAINS_OF_PORT.keys() - {port.id for port in servers}:
        del _CHAINS_OF_PORT[gone]
    for network, ports in guarded.items():
        space = net.network_space(network)
        if ports and space not in spaces:
            net.make_network(network)                    # the rules are there before the first host is
        if ports or space in spaces:
            _apply_network(space, ports, state.rules, members)


def _apply_network(space, ports, rules_of_group, members):
    texts = {port.id: _chains(port, rules_of_group, members) for port in ports}
    ruleset.load(space, _network_rules(ports, texts))
    for port in ports:
        if _CHAINS_OF_PORT.get(port.id) not in (None, texts[port.id]):
            flows.end_forbidden(space, set(port.ips()), _rules_of(port, rules_of_group), members)
        _CHAINS_OF_PORT[port.id] = texts[port.id]


def _rules_of(port, rules_of_group):
    return [rule for group in port.groups for rule in rules_of_group[group]]


def _key(port):
    return port.id[:11].replace("-", "_")


def _chains(port, rules_of_group, members):
    mine, chains = _rules_of(port, rules_of_group), []
    for prefix, direction in (("o", "egress"), ("i", "ingress")):
        lines = sorted({line for rule in mine if rule.direction == direction
                        for line in [_rule(rule, members)] if line})
        chains.append(f"chain {prefix}_{_key(port)} {{\n  " + "\n  ".join([*lines, "drop"]) + "\n }")
    return "\n ".join(chains)


def _network_rules(ports, texts):
    jumps = {side: [f"{address} : jump {side}_{_key(port)}" for port in ports for address in port.ips()]
             for side in ("o", "i")}
    taps = [f'"tap{port.id[:11]}" : jump s_{_key(port)}' for port in ports]
    return f"""
table bridge spoof {{
 {chr(10).join(map(_spoof_chain, ports))}
 chain pre {{ type filter hook prerouting priority -300;
  {_map("iifname", taps)}
 }}
}}
table ip sg {{
 {chr(10).join(texts.values())}
 chain forward {{ type filter hook forward priority 0;
  ct state established,related accept
  ct state invalid drop
  {_map("ip saddr", jumps["o"])}
  {_map("ip daddr", jumps["i"])}
 }}
}}
"""


def _map(what, entries):
    return f"{what} vmap {{ {', '.join(entries)} }}" if entries else ""


def _spoof_chain(port):
    allowed = ", ".join([*port.ips(), *port.pairs])
    return f"""chain s_{_key(port)} {{
  ether saddr != {port.mac} drop
  ip saddr {{ {allowed} }} return
  arp saddr ip {{ {allowed} }} return
  drop
 }}"""


def _rule(rule, members):
    """One rule as nft's words, or None where it can match nothing here (address groups, an empty group)."""
    if rule.remote_address_group_id or (rule.remote_group_id and not members[rule.remote_group_id]):
        return None
    words, side = [], "saddr" if rule.direction == "ingress" else "daddr"
    if rule.remote_group_id:
        words.append(f"ip {side} {{ {', '.join(sorted(members[rule.remote_group_id]))} }}")
    elif rule.remote_ip_prefix and not rule.remote_ip_prefix.endswith("/0"):
        words.append(f"ip {side} {rule.remote_ip_prefix}")
    return " ".join([*words, *_protocol(rule), "return"])


def _protocol(rule):
    name, low, high = flows.protocol_name(rule.protocol), rule.port_range_min, rule.port_range_max
    if name == "icmp":
        yield "ip protocol icmp"
        if low is not None:
            yield f"icmp type {low}"
        if high is not None:
            yield f"icmp code {high}"
    elif name in ("tcp", "udp", "sctp") and low is not None:
        yield f"{name} dport {low}" if low == high else f"{name} dport {low}-{high}"
    elif name not in (None, "any", "0", 0):
        yield f"ip protocol {name}"
