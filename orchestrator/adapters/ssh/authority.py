"""The user authority: hosts trust its one key, and it signs certificates of minutes (Art. 36: no standing keys)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    SSHCertificateType,
)

from orchestrator.adapters import private_files
from orchestrator.adapters.ssh.host_authority import HostAuthority
from orchestrator.adapters.ssh.issues import BACKDATED_SECONDS, Issue, certificate, fingerprint
from orchestrator.adapters.ssh.keys import Keys, public_line, sealed_keys
from orchestrator.adapters.ssh.private import private_folder, write_private
from orchestrator.ports import Vault

__all__ = ["LIFETIME_MINUTES", "Ability", "Entry", "Identity", "UserAuthority", "private_folder", "write_private"]

LIFETIME_MINUTES = 10.0
PASSING_COMMAND = "cat"
"""All that a certificate does at the bastion that is there to pass through it: it keeps a connection open."""


class Ability(StrEnum):
    """What a certificate permits beyond running one command; OpenSSH's names of the extensions."""

    TERMINAL = "permit-pty"
    FORWARDING = "permit-port-forwarding"


@dataclass(frozen=True)
class Entry:
    """What a certificate is for.

    Attributes:
        environment: Whose hosts.
        principals: ``<environment>`` enters all of them, ``<environment>:<role>`` those of one role.
        purpose: An operation's id, or ``ssh`` for a person's session.
        actor: Who asked; stands in the certificate and so in the hosts' logs.
        abilities: What it permits beyond running commands.
        minutes: How long it is valid from now.
        until: When it ends in place of that, for instance with a person's grant.
        grant: Id of that grant.
    """

    environment: str
    principals: tuple[str, ...]
    purpose: str
    actor: str
    abilities: frozenset[Ability] = frozenset()
    minutes: float = LIFETIME_MINUTES
    until: datetime | None = None
    grant: str = ""


@dataclass(frozen=True)
class Identity:
    """A key of one use and its certificate, as files."""

    key: Path
    certificate: Path


@dataclass(frozen=True)
class Credentials:
    """A key of one use and its certificate, as OpenSSH writes them into files."""

    key: str = field(repr=False)
    certificate: str


class UserAuthority:
    """Signs certificates of those who enter hosts.

    Attributes:
        hosts: The authority that certifies the hosts themselves.

    Args:
        home: Folder of the installation; sealed keys are in its folder ``ca``, what hosts are known by in ``ssh``.
        vault: Seals the keys.
        record_issue: Puts an issue on record; is called before the certificate exists, and may refuse by raising.
        now: Real time in seconds since 1970; never the driven clock, which hosts do not follow.
        keys: The authorities' keys, when they are kept elsewhere.
    """

    def __init__(
        self,
        home: Path,
        vault: Vault,
        record_issue: Callable[[Issue], None],
        now: Callable[[], float] = time.time,
        keys: Keys | None = None,
    ) -> None:
        self._home = home
        self._keys = keys or sealed_keys(home, vault)
        self._record_issue = record_issue
        self._now = now
        self.hosts = HostAuthority(self._keys.hosts, record_issue, now)

    def public_key(self) -> str:
        """Give the authority's public key as one OpenSSH line, for ``TrustedUserCAKeys``."""
        return public_line(self._keys.users.key, "tenure-user-ca")

    def issue(self, entry: Entry, folder: Path, name: str) -> Identity:
        """Make a key and its certificate as ``<name>`` and ``<name>-cert.pub`` in a folder that only we may read.

        Beside it stands what tells the environment's hosts from others (:meth:`known_hosts`).
        """
        self.known_hosts(entry.environment)
        made = self.make(entry)
        identity = Identity(folder / name, folder / f"{name}-cert.pub")
        write_private(identity.key, made.key.encode())
        write_private(identity.certificate, made.certificate.encode())
        return identity

    def make(self, entry: Entry) -> Credentials:
        """Make a key and its certificate in memory."""
        key = Ed25519PrivateKey.generate()
        issue = self._describe(entry, key)
        self._record_issue(issue)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
        line = certificate(issue, SSHCertificateType.USER, key.public_key(), self._keys.users.key)
        return Credentials(private, f"{line}\n")

    def known_hosts(self, environment: str) -> Path:
        """Give the file by which an environment's hosts are known: those that the host authority certified."""
        file = private_folder(self._home / "ssh" / environment) / "known_hosts"
        text = self.hosts.known_hosts(environment)
        if not file.exists() or file.read_text() != text:
            private_files.write_private(file, [text.encode()])
        return file

    def _describe(self, entry: Entry, key: Ed25519PrivateKey) -> Issue:
        if not entry.principals:
            raise ValueError("a certificate without principals would be valid for every user")
        now = self._now()
        ends = entry.until or datetime.fromtimestamp(now + entry.minutes * 60, UTC)
        return Issue(
            serial=secrets.randbits(63),
            key_id=f"{entry.purpose} {entry.environment} by {entry.actor}",
            environment=entry.environment,
            principals=entry.principals,
            abilities=tuple(sorted(entry.abilities)),
            fingerprint=fingerprint(public_line(key, "")),
            valid_after=datetime.fromtimestamp(int(now) - BACKDATED_SECONDS, UTC),
            valid_before=ends.replace(microsecond=0),
            grant=entry.grant,
            force=PASSING_COMMAND if entry.abilities == {Ability.FORWARDING} else "",
        )
