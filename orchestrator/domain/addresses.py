"""Address ranges and public keys as people write them, refused with the reason and the remedy."""

from __future__ import annotations

import base64
import binascii
from ipaddress import IPv4Address, IPv4Network, ip_interface
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from orchestrator.domain.faults import Fault, SchemaRule, refuse
from orchestrator.domain.spec import MINIMUM_SOURCE_PREFIX

NETWORK_RULE = "network"
KEY_RULE = "public-key"
PRIVATE_KEY_RULE = "private-key"
"""A private key where a public one belongs; doors never show the text that holds it."""

KEY_TYPES = frozenset(
    {
        "ssh-ed25519",
        "ssh-rsa",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    }
)
LENGTH_BYTES = 4
"""An SSH string is its length in four bytes, then its bytes (RFC 4251)."""


def read_network(value: object) -> object:
    """Give the IPv4 network that is meant; refuses host bits, a missing prefix, IPv6 and anything else."""
    if isinstance(value, IPv4Network):
        return value
    if not isinstance(value, str):
        refuse(Fault(SchemaRule.TYPE, (), "an address range such as 10.20.0.0/24 is expected here"))
    try:
        interface = ip_interface(value.strip())
    except ValueError:
        refuse(Fault(NETWORK_RULE, (), f"{value!r} is no address range", "write it as 10.20.0.0/24"))
    network = interface.network
    if not isinstance(network, IPv4Network):
        refuse(Fault(NETWORK_RULE, (), f"{value!r} is IPv6; this cloud's environments are IPv4"))
    if "/" not in value:
        hint = f"one address alone is {value.strip()}/32"
        refuse(Fault(NETWORK_RULE, (), f"{value!r} is an address, not a range", hint))
    if interface.ip != network.network_address:
        summary = f"{value!r} is no network: it has host bits set"
        refuse(Fault(NETWORK_RULE, (), summary, f"the network is {network}"))
    return network


def _narrow_enough(network: IPv4Network) -> IPv4Network:
    if network.prefixlen < MINIMUM_SOURCE_PREFIX:
        summary = f"{network} is open to the world; the widest permitted range is a /{MINIMUM_SOURCE_PREFIX}"
        refuse(Fault(NETWORK_RULE, (), summary))
    return network


def read_address(value: str) -> str:
    """Give an IPv4 address as it was written; refuses anything else."""
    try:
        IPv4Address(value)
    except ValueError:
        refuse(Fault(NETWORK_RULE, (), f"{value!r} is no IPv4 address", "write it as 10.20.0.1"))
    return value


def read_public_key(value: str) -> str:
    """Give an OpenSSH public key on one line; refuses private keys and text whose inner type differs."""
    if "PRIVATE KEY" in value:
        hint = "give the .pub file's line, and make a new key pair: this one is no longer secret"
        refuse(Fault(PRIVATE_KEY_RULE, (), "this is a private key", hint))
    if value and not _is_public_key(value):
        hint = "one line such as `ssh-ed25519 AAAA… comment`, as in the .pub file"
        refuse(Fault(KEY_RULE, (), "this is no OpenSSH public key", hint))
    return value


def _is_public_key(text: str) -> bool:
    kind, blob = [*text.split(maxsplit=2), "", ""][:2]
    return "\n" not in text and kind in KEY_TYPES and _inner_type(blob) == kind


def _inner_type(blob: str) -> str:
    try:
        raw = base64.b64decode(blob, validate=True)
    except (binascii.Error, ValueError):
        return ""
    length = int.from_bytes(raw[:LENGTH_BYTES])
    return raw[LENGTH_BYTES : LENGTH_BYTES + length].decode("ascii", errors="replace")


NetworkRange = Annotated[IPv4Network, BeforeValidator(read_network)]
SourceRange = Annotated[IPv4Network, BeforeValidator(read_network), AfterValidator(_narrow_enough)]
"""Where traffic may come from: never the world."""

Address = Annotated[str, AfterValidator(read_address)]
OpenSshPublicKey = Annotated[str, AfterValidator(read_public_key)]
