"""How a copy of the audit log is made: from the records, page by page, in one look at them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from orchestrator.domain.audit_copy import CheckpointLine, CopyKey, End, Header, entry_line
from orchestrator.domain.chain import BEGINNING
from orchestrator.domain.records import AuditEntry, Checkpoint
from orchestrator.ports import Signer, Transaction

PAGE: Final = 1000


def copy_lines(tx: Transaction, signer: Signer) -> Iterator[bytes]:
    """Give the lines of a copy that ends with the entry that the newest checkpoint signs."""
    newest = tx.checkpoints.newest()
    return _lines(tx, signer, newest, 0 if newest is None else newest.sequence)


def record_lines(tx: Transaction, signer: Signer) -> Iterator[bytes]:
    """Give the lines of everything on record; the last entries may not be signed yet."""
    return _lines(tx, signer, tx.checkpoints.newest(), None)


def _lines(tx: Transaction, signer: Signer, newest: Checkpoint | None, until: int | None) -> Iterator[bytes]:
    key = CopyKey(id=signer.key_id(), public_key=signer.public_key())
    yield Header(keys=(key,), newest=newest).line()
    checkpoints = _checkpoints(tx)
    checkpoint = next(checkpoints, None)
    count, head, signed = 0, BEGINNING, 0
    for sequence, entry in _entries(tx, until):
        while checkpoint is not None and checkpoint.sequence < sequence:
            yield CheckpointLine(checkpoint=checkpoint).line()
            checkpoint, signed = next(checkpoints, None), signed + 1
        yield _unreadable_line(sequence) if entry is None else entry_line(entry)
        count, head = count + 1, head if entry is None else entry.hash
    while checkpoint is not None:
        yield CheckpointLine(checkpoint=checkpoint).line()
        checkpoint, signed = next(checkpoints, None), signed + 1
    yield End(count=count, head=head, checkpoints=signed).line()


def _checkpoints(tx: Transaction) -> Iterator[Checkpoint]:
    after = 0
    while page := tx.checkpoints.list(after=after, limit=PAGE):
        yield from page
        after = page[-1].sequence


def _entries(tx: Transaction, until: int | None) -> Iterator[tuple[int, AuditEntry | None]]:
    """Give entries up to one, in order; None stands for one that somebody made unreadable in the database."""
    after = 0
    while until is None or after < until:
        page = _page(tx, after, PAGE if until is None else min(PAGE, until - after))
        if not page:
            return
        yield from ((sequence, entry) for sequence, entry in page if until is None or sequence <= until)
        after = page[-1][0]


def _page(tx: Transaction, after: int, limit: int) -> list[tuple[int, AuditEntry | None]]:
    try:
        return [(entry.sequence, entry) for entry in tx.audit.list(after=after, limit=limit)]
    except ValueError:
        return [(after + 1, None)] if limit == 1 else _page(tx, after, limit // 2)


def _unreadable_line(sequence: int) -> bytes:
    return b'{"unreadable":%d}\n' % sequence
