"""The user authority: hosts trust its one key, and it signs certificates of minutes (Art. 36: no standing keys)."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    SSHCertificateBuilder,
    SSHCertificateType,
    load_ssh_private_key,
)

from orchestrator.domain.errors import OperationFailedError
from orchestrator.ports import Vault

PURPOSE = "ssh-user-ca"
LIFETIME_MINUTES = 10.0
BACKDATED_SECONDS = 60
"""Hosts' clocks may be behind ours by this much."""


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
    """

    environment: str
    principals: tuple[str, ...]
    purpose: str
    actor: str
    abilities: frozenset[Ability] = frozenset()
    minutes: float = LIFETIME_MINUTES


@dataclass(frozen=True)
class Issue:
    """One certificate that was issued, for the audit log; instants are real time in UTC."""

    serial: int
    key_id: str
    environment: str
    principals: tuple[str, ...]
    abilities: tuple[str, ...]
    fingerprint: str
    valid_after: datetime
    valid_before: datetime


@dataclass(frozen=True)
class Identity:
    """A key of one use and its certificate, as files."""

    key: Path
    certificate: Path


class UserAuthority:
    """Signs certificates with an Ed25519 key that is made once and kept sealed.

    Args:
        home: Folder of the installation; the key is in its folder ``ca``.
        vault: Seals the key.
        record_issue: Puts an issue on record; is called before the certificate exists, and may refuse by raising.
        now: Real time in seconds since 1970; never the driven clock, which hosts do not follow.
    """

    def __init__(
        self,
        home: Path,
        vault: Vault,
        record_issue: Callable[[Issue], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._folder = home / "ca"
        self._vault = vault
        self._record_issue = record_issue
        self._now = now

    def public_key(self) -> str:
        """Give the authority's public key as one OpenSSH line, for ``TrustedUserCAKeys``."""
        line = self._key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        return f"{line} tenure-user-ca"

    def issue(self, entry: Entry, folder: Path, name: str) -> Identity:
        """Make a key and its certificate as ``<name>`` and ``<name>-cert.pub`` in a folder that only we may read."""
        key = Ed25519PrivateKey.generate()
        issue = self._describe(entry, key)
        self._record_issue(issue)
        identity = Identity(folder / name, folder / f"{name}-cert.pub")
        write_private(identity.key, key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
        write_private(identity.certificate, self._certificate(issue, key) + b"\n")
        return identity

    def _describe(self, entry: Entry, key: Ed25519PrivateKey) -> Issue:
        if not entry.principals:
            raise ValueError("a certificate without principals would be valid for every user")
        now = self._now()
        return Issue(
            serial=secrets.randbits(63),
            key_id=f"{entry.purpose} {entry.environment} by {entry.actor}",
            environment=entry.environment,
            principals=entry.principals,
            abilities=tuple(sorted(entry.abilities)),
            fingerprint=fingerprint(key),
            valid_after=datetime.fromtimestamp(int(now) - BACKDATED_SECONDS, UTC),
            valid_before=datetime.fromtimestamp(int(now + entry.minutes * 60), UTC),
        )

    def _certificate(self, issue: Issue, key: Ed25519PrivateKey) -> bytes:
        builder = (
            SSHCertificateBuilder()
            .public_key(key.public_key())
            .type(SSHCertificateType.USER)
            .serial(issue.serial)
            .key_id(issue.key_id.encode())
            .valid_principals([principal.encode() for principal in issue.principals])
            .valid_after(issue.valid_after.timestamp())
            .valid_before(issue.valid_before.timestamp())
        )
        for ability in issue.abilities:
            builder = builder.add_extension(ability.encode(), b"")
        return builder.sign(self._key).public_bytes()

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        path = self._folder / "user_ca.sealed"
        if not path.exists():
            self._make(path)
        key = load_ssh_private_key(self._vault.open(path.read_text(), PURPOSE), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise OperationFailedError("the key of the SSH authority is not an Ed25519 key", detail=str(path))
        return key

    def _make(self, path: Path) -> None:
        """Make the key once: whoever links the file first wins, and everybody reads the winner's."""
        private_folder(self._folder)
        plain = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        own = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        write_private(own, self._vault.seal(plain, PURPOSE).encode())
        try:
            os.link(own, path)
        except FileExistsError:
            return
        finally:
            own.unlink()


def fingerprint(key: Ed25519PrivateKey) -> str:
    """Give the SHA-256 fingerprint of the public half as ``ssh-keygen -l`` prints it."""
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    digest = hashlib.sha256(base64.b64decode(line.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def private_folder(path: Path) -> Path:
    """Make a folder that only we may enter, and close one that stood open."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only we may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
