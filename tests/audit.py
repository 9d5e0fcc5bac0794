"""Audit logs and copies of them for tests: whole ones, and what a forger makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from orchestrator.adapters.audit import Keys, verify_copy
from orchestrator.adapters.signer import VaultSigner, key_id
from orchestrator.domain.audit_copy import CheckpointLine, CopyKey, End, Header, entry_line
from orchestrator.domain.chain import BEGINNING, checkpoint_text, entry_hash, link
from orchestrator.domain.closing import Verification
from orchestrator.domain.records import AuditEntry, Checkpoint
from orchestrator.ports import Signer
from tests.samples import OFFICER, START

SIGNER = VaultSigner("office/{}".format)
FORGER = VaultSigner("forger/{}".format)
KEYS: Keys = {SIGNER.key_id(): SIGNER.public_key()}


def a_log(length: int) -> list[AuditEntry]:
    """Give a whole log."""
    entries: list[AuditEntry] = []
    for number in range(1, length + 1):
        facts = {"number": number, "name": "水务局", "nested": {"previous": BEGINNING, "sequence": 7}}
        subject = f'water-gauge-test@req-{number} ","sequence":9'
        at = START + timedelta(minutes=number)
        last = entries[-1] if entries else None
        entries.append(link(last, at=at, actor=OFFICER, action="request.accept", subject=subject, facts=facts))
    return entries


def hashed(entry: AuditEntry, **changes: object) -> AuditEntry:
    """Change an entry and hash it again."""
    changed = entry.model_copy(update=changes)
    return changed.model_copy(update={"hash": entry_hash(changed)})


def chained(entries: Sequence[AuditEntry], before: AuditEntry | None = None) -> list[AuditEntry]:
    """Number, link and hash all entries again."""
    done: list[AuditEntry] = []
    for entry in entries:
        last = done[-1] if done else before
        place = (
            {"sequence": last.sequence + 1, "previous": last.hash} if last else {"sequence": 1, "previous": BEGINNING}
        )
        done.append(hashed(entry, **place))
    return done


def signed(entry: AuditEntry, signer: Signer = SIGNER, at: datetime = START) -> Checkpoint:
    """Sign an entry."""
    signature = signer.sign(checkpoint_text(entry.sequence, entry.hash, at))
    return Checkpoint(sequence=entry.sequence, hash=entry.hash, at=at, key=signer.key_id(), signature=signature)


def checkpoints_of(entries: Sequence[AuditEntry], every: int, signer: Signer = SIGNER) -> list[Checkpoint]:
    """Sign every so many entries, and the last one."""
    return [signed(entry, signer) for entry in entries if entry.sequence % every == 0 or entry is entries[-1]]


def a_copy(entries: Sequence[AuditEntry], checkpoints: Sequence[Checkpoint], signer: Signer = SIGNER) -> list[bytes]:
    """Give the lines of a copy: header, entries with the checkpoints behind them, last line."""
    key = CopyKey(id=key_id(signer.public_key()), public_key=signer.public_key())
    lines = [Header(keys=(key,), newest=checkpoints[-1] if checkpoints else None).line()]
    by_sequence = {checkpoint.sequence: checkpoint for checkpoint in checkpoints}
    for entry in entries:
        lines.append(entry_line(entry))
        if entry.sequence in by_sequence:
            lines.append(CheckpointLine(checkpoint=by_sequence.pop(entry.sequence)).line())
    lines += [CheckpointLine(checkpoint=checkpoint).line() for checkpoint in by_sequence.values()]
    head = entries[-1].hash if entries else BEGINNING
    lines.append(End(count=len(entries), head=head, checkpoints=len(checkpoints)).line())
    return lines


def verify(lines: Sequence[bytes], keys: Keys | None = KEYS) -> Verification:
    """Verify lines as if they stood in a file."""
    return verify_copy(iter(b"".join(lines).splitlines(keepends=True)), "copy.jsonl", keys)


def told(verification: Verification) -> list[tuple[str, tuple[tuple[int, int], ...]]]:
    """Give what was found, and of which entries."""
    return [(str(finding.tampering), finding.entries) for finding in verification.findings]
