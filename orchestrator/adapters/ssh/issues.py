"""Certificates as they stand on record, and as OpenSSH reads them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.serialization import SSHCertificateBuilder, SSHCertificateType
from cryptography.hazmat.primitives.serialization.ssh import SSHCertPublicKeyTypes

from orchestrator.adapters.ssh.keys import SigningKey

BACKDATED_SECONDS = 60
"""Hosts' clocks may be behind ours by this much."""


@dataclass(frozen=True)
class Issue:
    """One certificate that was issued, for the audit log; instants are real time in UTC.

    Attributes:
        grant: Id of the person's grant that it was issued for; empty for a job's and a host's.
        force: The one command that it permits, whatever is asked for; empty for any.
    """

    serial: int
    key_id: str
    environment: str
    principals: tuple[str, ...]
    abilities: tuple[str, ...]
    fingerprint: str
    valid_after: datetime
    valid_before: datetime
    grant: str = ""
    force: str = ""


def certificate(issue: Issue, kind: SSHCertificateType, subject: SSHCertPublicKeyTypes, authority: SigningKey) -> str:
    """Sign what stands on record; gives the certificate as one OpenSSH line."""
    builder = (
        SSHCertificateBuilder()
        .public_key(subject)
        .type(kind)
        .serial(issue.serial)
        .key_id(issue.key_id.encode())
        .valid_principals([principal.encode() for principal in issue.principals])
        .valid_after(issue.valid_after.timestamp())
        .valid_before(issue.valid_before.timestamp())
    )
    for ability in issue.abilities:
        builder = builder.add_extension(ability.encode(), b"")
    if issue.force:
        builder = builder.add_critical_option(b"force-command", issue.force.encode())
    return builder.sign(authority).public_bytes().decode()


def fingerprint(line: str) -> str:
    """Give the SHA-256 fingerprint of a public key's OpenSSH line as ``ssh-keygen -l`` prints it."""
    digest = hashlib.sha256(base64.b64decode(line.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
