"""One Neutron router is one name space: devices, routes, source NAT and floating IPs."""

import json
import os
import socket
import struct
import threading

from localcloud import flows, net, ruleset

OUR_ROUTES = "99"               # routing protocol number that marks routes of ours


def apply(router):
    space = net.make_space(net.router_space(router["id"]), "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0")
    gateway, floating_ips = router.get("gw_port"), router.get("_floatingips", [])
    _devices(space, _wanted_devices(router, gateway, floating_ips))
    _routes(space, router, gateway)
    ruleset.load(space, _rules(router, gateway, sorted(floating_ips, key=lambda floating: floating["id"])))


def forget(space):
    ruleset.forget(space)


def _wanted_devices(router, gateway, floating_ips):
    """device -> (port, addresses)"""
    wanted = {}
    for port in router.get("_interfaces", []):
        wanted["qr-" + port["id"][:11]] = (port, _prefixed(port))
    if gateway:
        floating = {f"{ip['floating_ip_address']}/32" for ip in floating_ips}
        wanted["qg-" + gateway["id"][:11]] = (gateway, _prefixed(gateway) | floating)
    return wanted


def _prefixed(port):
    return {f"{fixed['ip_address']}/{fixed['prefixlen']}" for fixed in ruleset.v4_addresses(port)}


def _devices(space, wanted):
    links = json.loads(net.run("ip", "-n", space, "-j", "addr"))
    present = {link["ifname"]: {f"{address['local']}/{address['prefixlen']}" for address in link["addr_info"]
                                if address["family"] == "inet"}
               for link in links if link["ifname"] != "lo"}
    for device in present.keys() - wanted.keys():
        net.attempt("ip", "-n", space, "link", "del", device)
    for device, (port, addresses) in wanted.items():
        old = present.get(device, set())
        net.batch(space, *[f"addr del {address} dev {device}" for address in old - addresses])
        flows.forget_addresses(space, [address.split("/")[0] for address in old - addresses])
        if addresses - old or device not in present:
            net.plug(port["network_id"], port["id"], space, device, port["mac_address"], port.get("mtu") or 1500,
                     sorted(addresses - old))
            _announce(space, device, port["mac_address"], [address.split("/")[0] for address in addresses - old])


def _routes(space, router, gateway):
    wanted = {route["destination"]: route["nexthop"] for route in router.get("routes") or []
              if ":" not in route["nexthop"]}
    for subnet in gateway.get("subnets", []) if gateway else []:
        if subnet.get("gateway_ip") and ":" not in subnet["gateway_ip"]:
            wanted["default"] = subnet["gateway_ip"]
    shown = net.run("ip", "-n", space, "-j", "route", "show", "proto", OUR_ROUTES) or "[]"
    present = {route["dst"]: route.get("gateway") for route in json.loads(shown)}
    net.batch(space, *[f"route del {target} proto {OUR_ROUTES}" for target in present.keys() - wanted.keys()])
    for target, via in wanted.items():
        if present.get(target) != via:
            net.attempt("ip", "-n", space, "route", "replace", target, "via", via, "proto", OUR_ROUTES)


def _rules(router, gateway, floating_ips):
    to_inside, to_outside = [], []
    if gateway:
        out = "qg-" + gateway["id"][:11]
        for ip in floating_ips:
            to_inside.append(f"ip daddr {ip['floating_ip_address']} dnat to {ip['fixed_ip_address']}")
            to_outside.append(f'ip saddr {ip["fixed_ip_address"]} oifname "{out}" snat to {ip["floating_ip_address"]}')
        own = ruleset.v4_addresses(gateway)
        if own and (router.get("external_gateway_info") or {}).get("enable_snat", True):
            address = own[0]["ip_address"]
            # `ct status != dnat` would compare the whole word and always be true.
            to_outside.append(f'oifname "{out}" ct status & dnat != dnat snat to {address}')
            # A server that reaches its neighbour through the neighbour's floating IP.
            to_outside.append(f'iifname "qr-*" oifname "qr-*" ct status dnat snat to {address}')
    lines = "\n  ".join
    return f"""
table ip nat {{
 chain pre {{ type nat hook prerouting priority -100;
  {lines(to_inside)}
 }}
 chain post {{ type nat hook postrouting priority 100;
  {lines(to_outside)}
 }}
}}
table ip filter {{
 chain forward {{ type filter hook forward priority 0;
  {"" if router["admin_state_up"] else "drop"}
  iifname "qg-*" ct state new ct status & dnat != dnat drop
 }}
}}
"""


def _announce(space, device, mac, addresses):
    """Gratuitous ARP, so that neighbours forget the former owner of a floating IP."""
    sender = threading.Thread(target=_send_arp, args=(space, device, mac, addresses))
    sender.start()
    sender.join()


def _send_arp(space, device, mac, addresses):
    with open(f"/run/netns/{space}") as file:
        os.setns(file.fileno(), os.CLONE_NEWNET)                  # moves this thread only
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((device, 0))
        hardware = bytes.fromhex(mac.replace(":", ""))
        for address in map(socket.inet_aton, addresses):
            header = struct.pack("!HHHBBH", 0x806, 1, 0x800, 6, 4, 1)
            raw.send(b"\xff" * 6 + hardware + header + hardware + address + b"\0" * 6 + address)
