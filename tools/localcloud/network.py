"""The external network and the machine: they must not need the same addresses."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path

from orchestrator.domain.errors import ConflictError
from tools.localcloud import commands

RESOLVER = Path("/etc/resolv.conf")


def gateway(cidr: str) -> str:
    """The first address of the external network is the machine's own."""
    return str(next(ipaddress.IPv4Network(cidr).hosts()))


def check_free(cidr: str, tag: str) -> None:
    """Refuse a range that the machine uses itself.

    Raises:
        ConflictError: One of its addresses or name servers is in the range.
    """
    addresses = ipaddress.IPv4Network(cidr)
    for where, address in [*_own_addresses(tag), *_name_servers()]:
        if ipaddress.ip_address(address) in addresses:
            raise ConflictError(
                f"the local cloud's external network {cidr} is in use on this machine",
                detail=f"{address} is {where}",
                hint="tenure cloud up --external 198.18.0.0/24 (before the cloud is first made)",
            )


def _own_addresses(tag: str) -> list[tuple[str, str]]:
    links = json.loads(commands.attempt("ip", "-j", "-4", "addr").stdout or "[]")
    return [
        (f"an address of {link['ifname']}", address["local"])
        for link in links
        if not link.get("ifname", "").startswith(tag)
        for address in link.get("addr_info", [])
    ]


def _name_servers() -> list[tuple[str, str]]:
    lines = RESOLVER.read_text().splitlines() if RESOLVER.exists() else []
    fields = [line.split() for line in lines]
    return [
        ("a name server", words[1])
        for words in fields
        if len(words) > 1 and words[0] == "nameserver" and ":" not in words[1]
    ]
