"""Which ports of a host take connections from outside, and which program listens."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .machine import Machine

TABLES = (("tcp", "/proc/net/tcp"), ("tcp", "/proc/net/tcp6"), ("udp", "/proc/net/udp"), ("udp", "/proc/net/udp6"))
LISTENING = {"tcp": "0A", "udp": "07"}
"""States in the kernel's tables; a UDP socket without a peer waits for anybody's."""
BYTES_PER_WORD = 4
SOCKET = "socket:["
CLIENTS_RANGE = "/proc/sys/net/ipv4/ip_local_port_range"


@dataclass(frozen=True)
class Process:
    """One process: the name of its program, and the inodes of its sockets."""

    program: str
    sockets: tuple[str, ...]


def listening_ports(machine: Machine, running: list[Process]) -> list[dict[str, Any]]:
    """Give protocol, port, address and program of what listens beyond the host itself, each port once.

    UDP ports of the range from which clients take theirs are left out: they are questions, not services.
    """
    first_own, last_own = map(int, (machine.read(CLIENTS_RANGE) or "0 0").split())
    programs = {inode: process.program for process in running for inode in process.sockets}
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for protocol, table in TABLES:
        for address, port, inode in _sockets(machine, protocol, table):
            asking = protocol == "udp" and first_own <= port <= last_own
            if asking or address.is_loopback:
                continue
            listener = {"protocol": protocol, "port": port, "address": str(address), "program": programs.get(inode, "")}
            found.setdefault((protocol, port), listener)
    return [found[key] for key in sorted(found)]


def _sockets(machine: Machine, protocol: str, table: str) -> list[tuple[Any, int, str]]:
    lines = (machine.read(table) or "").splitlines()[1:]
    rows = [line.split() for line in lines]
    return [(*_end(row[1]), row[9]) for row in rows if row[3] == LISTENING[protocol]]


def _end(text: str) -> tuple[Any, int]:
    """Read an address and a port as the kernel prints them: words in the machine's order of bytes."""
    words, port = text.split(":")
    raw = bytes.fromhex(words)
    ordered = b"".join(raw[at : at + BYTES_PER_WORD][::-1] for at in range(0, len(raw), BYTES_PER_WORD))
    address = ipaddress.ip_address(ordered)
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address, int(port, 16)


def processes(machine: Machine) -> list[Process]:
    """Give every process of the host; those that end meanwhile are passed over, and so are the kernel's threads."""
    folders = (folder for folder in machine.path("/proc").iterdir() if folder.name.isdigit())
    return [found for found in map(_process, folders) if found is not None]


def _process(folder: Path) -> Process | None:
    try:
        if not (folder / "cmdline").read_bytes():
            return None
        targets = [_target(link) for link in (folder / "fd").iterdir()]
        name = (folder / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
    return Process(name, tuple(target[len(SOCKET) : -1] for target in targets if target.startswith(SOCKET)))


def _target(link: Path) -> str:
    """Give where a link leads; empty when it is gone, as the link is by which this folder is read."""
    try:
        return str(link.readlink())
    except OSError:
        return ""
