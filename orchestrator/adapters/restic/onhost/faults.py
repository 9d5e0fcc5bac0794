"""What can be wrong with a repository, told apart by what restic says of it."""

from __future__ import annotations

import re

TOLD_CHARACTERS = 600
LOCK = "Load(<lock/"
"""How restic begins to tell that it could not read a lock."""

UNREACHABLE = (
    r"connection refused|no such host|i/o timeout|deadline exceeded|no route to host|network is unreachable|"
    r"connection reset|TLS handshake|server misbehaving|unexpected EOF|: EOF|closed network connection|broken pipe"
)
DAMAGED = (
    r"does not match|ciphertext verification failed|not found in index|invalid data returned|"
    r"is corrupted|not exist|number of used blobs"
)
FULL = (
    r"QuotaExceeded|quota exceeded|exceeds? .*quota|InsufficientStorage|insufficient storage|StorageFull|"
    r"reached its minimum free|\b507\b|no space left on device"
)
KINDS = (
    ("full", FULL),
    ("locked", r"repository is already locked|unable to create lock"),
    ("wrong-key", r"wrong password or no key found"),
    ("refused", r"Access ?Denied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|Forbidden"),
    ("missing", r"Is there a repository at|unable to open config file|bucket does not exist|NoSuchBucket"),
    ("unreachable", UNREACHABLE),
    ("damaged", DAMAGED),
)
"""In the order in which they are looked for: a full store also refuses, and what cannot be reached is not damaged."""

STOPS = frozenset({"full", "refused", "wrong-key", "missing"})
"""Trying again changes nothing about these; restic itself would go on for a quarter of an hour."""


class HostFaultError(Exception):
    """Something that the orchestrator tells its users.

    Args:
        kind: One of :data:`KINDS`, or ``lacking``, ``hook``, ``dump``, ``incomplete``, ``place``, ``busy``, ``failed``.
        detail: What was said.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


def is_hopeless(complaint: str) -> bool:
    """Whether restic tries again for nothing: what is gone stays gone, while a connection that broke may come back.

    A lock that another host took away between restic's list and its reading is no fault at all.
    """
    if LOCK in complaint:
        return False
    kind = kind_of(complaint)
    return kind in STOPS or (kind == "damaged" and "not exist" in complaint)


def kind_of(text: str) -> str:
    """Say what is wrong; ``failed`` when nothing is known of it."""
    said = "\n".join(line for line in text.splitlines() if LOCK not in line)
    return next((kind for kind, pattern in KINDS if re.search(pattern, said, re.IGNORECASE)), "failed")


def fault(text: str) -> HostFaultError:
    """Give what restic said as a fault, its end first of all."""
    return HostFaultError(kind_of(text), " ".join(text.split())[-TOLD_CHARACTERS:])
