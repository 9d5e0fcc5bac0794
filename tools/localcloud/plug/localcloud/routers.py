"""One Neutron router is one name space: devices, routes, source NAT and floating IPs."""

import json
import os
import socket
import struct
import threading

from localcloud import flows, net, ruleset

OUR_ROUTES = "99"               # routing protocol number that marks routes of ours
_APPLIED = {}                   # name space -> router as it was applied


def apply(router, spaces):
    """Applies a router unless that was done before; `spaces` are the name spaces that exist."""
    space = net.router_space(router.id)
    if space in spaces and _APPLIED.get(space) == router:
        return
    net.make_space(space, "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0")
    _devices(space, _wanted_devices(router))
    _routes(space, dict(router.routes))
    ruleset.load(space, _rules(router))
    _APPLIED[space] = router


def forget(space):
    _APPLIED.pop(space, None)


def doubt():
    """The next pass looks at every router again: someone may have changed it by hand."""
    _APPLIED.clear()


def _wanted_devices(router):
    """device -> (port, addresses)"""
    devices = {"qr-" + port.id[:11]: (port, _prefixed(port)) for port in router.interfaces}
    if router.gateway:
        floating = {f"{ip.address}/32" for ip in router.floating_ips}
        devices["qg-" + router.gateway.id[:11]] = (router.gateway, _prefixed(router.gateway) | floating)
    return devices


def _prefixed(port):
    return {f"{address}/{length}" for address, length in port.addresses}


def _bare(prefixed):
    return sorted(address.split("/")[0] for address in prefixed)


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
        flows.forget_addresses(space, _bare(old - addresses))
        if addresses - old or device not in present:
            net.plug(port.network_id, port.id, space, device, port.mac, port.mtu, sorted(addresses - old))
            _announce(space, device, port.mac, _bare(addresses - old))


def _routes(space, wanted):
    shown = net.run("ip", "-n", space, "-j", "route", "show", "proto", OUR_ROUTES) or "[]"
    present = {route["dst"]: route.get("gateway") for route in json.loads(shown)}
    net.batch(space, *[f"route del {target} proto {OUR_ROUTES}" for target in present.keys() - wanted.keys()])
    for target, via in wanted.items():
        if present.get(target) != via:
            net.attempt("ip", "-n", space, "route", "replace", target, "via", via, "proto", OUR_ROUTES)


def _rules(router):
    to_inside, to_outside = [], []
    if router.gateway:
        out = "qg-" + router.gateway.id[:11]
        for ip in router.floating_ips:
            to_inside.append(f"ip daddr {ip.address} dnat to {ip.fixed}")
            to_outside.append(f'ip saddr {ip.fixed} oifname "{out}" snat to {ip.address}')
        if router.snat and router.gateway.addresses:
            address = router.gateway.ips()[0]
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
  {"" if router.up else "drop"}
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
