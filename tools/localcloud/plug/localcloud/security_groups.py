"""Security groups of all ports: nft's bridge family stops spoofing, the ip family filters with connection tracking."""

import collections

from localcloud import flows, net, ruleset

_CHAINS_OF_PORT = {}             # port -> text of its two chains, to know whose connections to look at


def apply(ports, rules_of_group):
    servers = [port for port in ports if port["device_owner"].startswith("compute:")]
    members = collections.defaultdict(set)
    for port in servers:
        for group in port["security_groups"]:
            members[group].update(fixed["ip_address"] for fixed in ruleset.v4_addresses(port))
    guarded = collections.defaultdict(list)
    for port in servers:
        if port.get("port_security_enabled", True) and ruleset.v4_addresses(port):
            guarded[port["network_id"]].append(port)
    for gone in _CHAINS_OF_PORT.keys() - {port["id"] for port in servers}:
        del _CHAINS_OF_PORT[gone]
    for network_id in {port["network_id"] for port in ports if port["network_id"]}:
        _apply_network(network_id, sorted(guarded[network_id], key=lambda port: port["id"]), rules_of_group, members)


def forget(space):
    ruleset.forget(space)


def _apply_network(network_id, ports, rules_of_group, members):
    space = net.network_space(network_id)
    texts = {port["id"]: _chains(port, rules_of_group, members) for port in ports}
    ruleset.load(space, _network_rules(ports, texts))
    for port in ports:
        before = _CHAINS_OF_PORT.get(port["id"])
        if before not in (None, texts[port["id"]]):
            addresses = {fixed["ip_address"] for fixed in ruleset.v4_addresses(port)}
            flows.end_forbidden(space, addresses, _rules_of(port, rules_of_group), members)
        _CHAINS_OF_PORT[port["id"]] = texts[port["id"]]


def _rules_of(port, rules_of_group):
    return [rule for group in port["security_groups"] for rule in rules_of_group[group]]


def _key(port):
    return port["id"][:11].replace("-", "_")


def _chains(port, rules_of_group, members):
    mine, chains = _rules_of(port, rules_of_group), []
    for prefix, direction in (("o", "egress"), ("i", "ingress")):
        lines = sorted({line for rule in mine if rule["direction"] == direction
                        for line in [_rule(rule, members)] if line})
        chains.append(f"chain {prefix}_{_key(port)} {{\n  " + "\n  ".join([*lines, "drop"]) + "\n }")
    return "\n ".join(chains)


def _network_rules(ports, texts):
    jumps = {side: [f"{fixed['ip_address']} : jump {side}_{_key(port)}"
                    for port in ports for fixed in ruleset.v4_addresses(port)] for side in ("o", "i")}
    taps = [f'"tap{port["id"][:11]}" : jump s_{_key(port)}' for port in ports]
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
    pairs = [pair["ip_address"] for pair in port.get("allowed_address_pairs") or [] if ":" not in pair["ip_address"]]
    allowed = ", ".join([*(fixed["ip_address"] for fixed in ruleset.v4_addresses(port)), *pairs])
    return f"""chain s_{_key(port)} {{
  ether saddr != {port["mac_address"]} drop
  ip saddr {{ {allowed} }} return
  arp saddr ip {{ {allowed} }} return
  drop
 }}"""


def _rule(rule, members):
    """One rule as nft's words, or None where it can match nothing here (IPv6, address groups, an empty group)."""
    if rule["ethertype"] != "IPv4" or rule.get("remote_address_group_id"):
        return None
    words, side = [], "saddr" if rule["direction"] == "ingress" else "daddr"
    if rule["remote_group_id"]:
        if not members[rule["remote_group_id"]]:
            return None
        words.append(f"ip {side} {{ {', '.join(sorted(members[rule['remote_group_id']]))} }}")
    elif rule["remote_ip_prefix"] and not rule["remote_ip_prefix"].endswith("/0"):
        words.append(f"ip {side} {rule['remote_ip_prefix']}")
    return " ".join([*words, *_protocol(rule), "return"])


def _protocol(rule):
    name = flows.protocol_name(rule["protocol"])
    low, high = rule["port_range_min"], rule["port_range_max"]
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
