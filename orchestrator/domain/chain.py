"""The audit log's hash chain: how an entry is linked, and how a copy of the log is verified without the database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from pydantic_core import to_jsonable_python

from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.records import Actor, AuditEntry

BEGINNING: Final = "0" * 64
"""Stands in ``previous`` of the first entry."""
CHECKPOINT: Final = "tenure-audit-checkpoint/1"
"""Begins what a checkpoint signs, so that a signature for one purpose never counts for another."""


def canonical(entry: AuditEntry) -> bytes:
    """Give what is hashed: the canonical JSON of all fields but the hash (sorted keys, no spaces, UTF-8)."""
    content = entry.model_dump(mode="json", exclude={"hash"})
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def entry_hash(entry: AuditEntry) -> str:
    """Give SHA-256 over the canonical JSON."""
    return hashlib.sha256(canonical(entry)).hexdigest()


def checkpoint_text(sequence: int, digest: str, at: datetime) -> bytes:
    """Give what a checkpoint's signature covers; the instant stands in it as in JSON, in UTC."""
    return f"{CHECKPOINT}\n{sequence}\n{digest}\n{to_jsonable_python(at.astimezone(UTC))}".encode()


def link(
    last: AuditEntry | None, *, at: datetime, actor: Actor, action: str, subject: str, facts: dict[str, Any]
) -> AuditEntry:
    """Make the entry that follows ``last``; the facts are what JSON keeps of them, the instant is in UTC."""
    entry = AuditEntry(
        sequence=1 if last is None else last.sequence + 1,
        at=at.astimezone(UTC),
        actor=actor,
        action=action,
        subject=subject,
        facts=json.loads(json.dumps(to_jsonable_python(facts), allow_nan=False)),
        previous=BEGINNING if last is None else last.hash,
        hash="",
    )
    return entry.model_copy(update={"hash": entry_hash(entry)})


def faults(entries: Iterable[AuditEntry], last: AuditEntry | None = None) -> Iterator[Diagnostic]:
    """Give every break of the chain in entries that follow ``last``, in order; nothing when the log is whole."""
    for entry in entries:
        if entry.hash != entry_hash(entry):
            yield _fault(entry, "its content is not what was hashed")
        if entry.previous != (BEGINNING if last is None else last.hash):
            yield _fault(entry, "it does not follow the entry before it")
        if entry.sequence != (1 if last is None else last.sequence + 1):
            yield _fault(entry, "entries before it are missing, doubled or out of order")
        last = entry


def _fault(entry: AuditEntry, detail: str) -> Diagnostic:
    return Diagnostic(summary=f"audit entry {entry.sequence} was tampered with", detail=detail, rule="audit-chain")
