"""The key of a host that nobody entered yet, from where nobody on the network can change it: the server's console."""

from __future__ import annotations

import re
import shlex
import threading
from collections.abc import Callable
from pathlib import Path

from orchestrator.adapters.ssh.host_authority import HostAuthority
from orchestrator.adapters.ssh.issues import fingerprint
from orchestrator.adapters.ssh.passage import Passage
from orchestrator.domain.records import Host as EnvironmentHost

BEGIN, END = "-----BEGIN SSH HOST KEY KEYS-----", "-----END SSH HOST KEY KEYS-----"
"""cloud-init's own marks."""
KEY = re.compile(r"\b(ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)|ssh-rsa) (AAAA[A-Za-z0-9+/]+={0,2})")
PREFERENCE = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
CERTIFICATE = "/etc/ssh/tenure_host-cert.pub"
SETTING = "/etc/ssh/sshd_config.d/11-tenure-host.conf"

type Console = Callable[[str], str]
"""Gives what a server printed on its console so far, by the server's id; empty when there is nothing."""


def host_keys(console: str) -> tuple[str, ...]:
    """Give the public keys of the last whole block that a server printed, best first, as OpenSSH lines.

    A server that was rebuilt printed several; the last one holds.
    """
    end = console.rfind(END)
    begin = console.rfind(BEGIN, 0, max(end, 0))
    if begin < 0:
        return ()
    found = {kind: f"{kind} {key}" for kind, key in KEY.findall(console[begin:end])}
    return tuple(found[kind] for kind in PREFERENCE if kind in found)


def installation(certificate: str) -> str:
    """Give the shell text that has a host's sshd show its certificate from the next connection on; runs as root."""
    return (
        f"set -e; umask 022; printf '%s\\n' {shlex.quote(certificate)} > {CERTIFICATE}; "
        f"printf 'HostCertificate {CERTIFICATE}\\n' > {SETTING}; /usr/sbin/sshd -t; "
        "systemctl reload ssh.service 2>/dev/null || systemctl reload sshd.service"
    )


class FirstEntries:
    """The keys of hosts that were not certified yet, while a job enters them for the first time.

    Args:
        passage: The environment, and how its hosts are known.
        authority: Certifies them.
        console: What servers printed.
        file: The known_hosts file of this job that takes the keys, until the certificates take their place.
        told: Fingerprints that somebody read at the hosts themselves, by host: of servers whose consoles forgot.
    """

    def __init__(
        self, passage: Passage, authority: HostAuthority, console: Console, file: Path, told: dict[str, str]
    ) -> None:
        self._passage = passage
        self._authority = authority
        self._console = console
        self._file = file
        self._told = told
        self._pinned: dict[str, tuple[str, ...]] = {}
        self._certificates: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    @property
    def told(self) -> dict[str, str]:
        """Fingerprints that somebody vouches for, by host."""
        return self._told

    def find(self, host: EnvironmentHost) -> tuple[str, ...]:
        """Give the keys that a server printed; none when it did not come to that yet."""
        return host_keys(self._console(host.server_id))

    def vouched(self, host: EnvironmentHost, shown: tuple[str, ...]) -> tuple[str, ...]:
        """Give those of the keys that a host shows that somebody vouches for."""
        return tuple(key for key in shown if fingerprint(key) == self._told.get(host.name))

    def pin(self, host: EnvironmentHost, keys: tuple[str, ...]) -> None:
        """Have a host known by its keys."""
        self._change(host, keys)

    def unpin(self, host: EnvironmentHost) -> None:
        """Have a host known by its certificate alone."""
        self._change(host, ())

    def certificate(self, host: EnvironmentHost) -> str:
        """Certify the best of the keys that a host is known by, once."""
        alias = self._passage.alias(host)
        key = self._pinned[alias][0]
        if (alias, key) not in self._certificates:
            made = self._authority.certify(self._passage.environment, alias, key)
            self._certificates[alias, key] = made
        return self._certificates[alias, key]

    def renewed(self, host: EnvironmentHost, held: str) -> str:
        """Give a new certificate for a host whose own comes near its end; empty while there is time."""
        return self._authority.renewed(self._passage.environment, self._passage.alias(host), held)

    def _change(self, host: EnvironmentHost, keys: tuple[str, ...]) -> None:
        with self._lock:
            self._pinned[self._passage.alias(host)] = keys
            lines = [f"{alias} {key}\n" for alias, held in self._pinned.items() for key in held]
            fresh = self._file.with_suffix(".new")
            fresh.write_text("".join(lines))
            fresh.replace(self._file)
