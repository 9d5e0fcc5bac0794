"""The ssh_config of one environment: every host by its name, through the bastion."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from orchestrator.adapters.ssh.authority import Identity

JUMP = "tenure-bastion"
"""Alias under which the bastion is passed through; the bastion's own name enters it."""
DIRECT_JUMP = "tenure-bastion-direct"
"""The same with a connection of its own."""
CONNECT_SECONDS = 4


@dataclass(frozen=True)
class Host:
    """One ``Host`` section.

    Attributes:
        alias: The name that people and jobs use.
        address: Where it answers: the floating address of the bastion, the fixed one of the others.
        key_alias: What its key is certified for: its server, since addresses come back with other hosts.
        identity: What enters it.
        jump: Alias of the host to pass through, empty for none.
        control: Socket of a shared connection, if there is one.
        log_level: How much ssh tells; what it says of a forwarding that failed is ``INFO``.
    """

    alias: str
    address: str
    key_alias: str
    identity: Identity
    jump: str = ""
    control: Path | None = None
    log_level: str = "ERROR"


def render(hosts: tuple[Host, ...], *, user: str, port: int, known_hosts: Path, pinned: Path | None = None) -> str:
    """Give the whole file; nothing of the system's or the user's own configuration has a say.

    Args:
        hosts: The sections.
        user: Whom to enter as.
        port: Where sshd listens.
        known_hosts: What hosts are known by; nobody is trusted on first use.
        pinned: The same for hosts that were not certified yet, while a job enters them for the first time.
    """
    known = " ".join(quoted(file) for file in (known_hosts, pinned) if file is not None)
    return "\n".join([*(_section(host) for host in hosts), _common(user, port, known)])


def _section(host: Host) -> str:
    lines = [
        f"Host {host.alias}",
        f"  HostName {ip_address(host.address)}",
        f"  HostKeyAlias {host.key_alias}",
        f"  IdentityFile {quoted(host.identity.key)}",
        f"  CertificateFile {quoted(host.identity.certificate)}",
        f"  LogLevel {host.log_level}",
    ]
    if host.jump:
        lines.append(f"  ProxyJump {host.jump}")
    if host.control:
        lines.append(f"  ControlPath {quoted(host.control)}")
    return "\n".join(lines) + "\n"


def _common(user: str, port: int, known: str) -> str:
    return f"""Host *
  User {user}
  Port {port}
  BatchMode yes
  IdentitiesOnly yes
  IdentityAgent none
  PreferredAuthentications publickey
  ForwardAgent no
  CanonicalizeHostname no
  CheckHostIP no
  StrictHostKeyChecking yes
  UpdateHostKeys no
  UserKnownHostsFile {known}
  GlobalKnownHostsFile /dev/null
  ConnectTimeout {CONNECT_SECONDS}
  ServerAliveInterval 5
  ServerAliveCountMax 6
"""


def quoted(path: Path) -> str:
    """Write a path as ssh_config wants it: in quotes, with percent signs doubled."""
    text = str(path)
    if '"' in text or "\n" in text:
        raise ValueError(f"ssh_config cannot hold the path {text!r}")
    return '"' + text.replace("%", "%%") + '"'
