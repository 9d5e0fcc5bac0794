"""The whole audit log, verified offline from a copy whose last entries come out of the database that is measured."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Final

from orchestrator.adapters.audit import verify_copy
from orchestrator.adapters.signer import VaultSigner
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.audit_copy import ENTRY, CheckpointLine, CopyKey, End, Header, entry_line
from orchestrator.domain.chain import checkpoint_text
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import AuditEntry, Checkpoint
from orchestrator.ports import Records, Signer
from tests.bench.life.rows import chain_of_entries
from tests.bench.life.size import NOW, Size
from tests.bench.results import Pairs

PAGE: Final = 1000


@dataclass(frozen=True)
class Verified:
    """Speeds.

    Attributes:
        exported_per_second: Entries read from the database and written as lines.
        pairs: Seconds for an entry of the whole copy, and of nothing but SHA-256 over the newest lines.
    """

    exported_per_second: float
    pairs: Pairs

    @property
    def per_second(self) -> float:
        """Entries verified in a second."""
        return round(1 / self.pairs.ours_median, 1)


def write_older_entries(size: Size, file: Path) -> None:
    """Write the lines of all entries but the measured ones."""
    with file.open("wb", buffering=1 << 20) as stream:
        for link in islice(chain_of_entries(size.entries), size.entries - size.measured):
            stream.write(ENTRY % (link.digest.encode(), link.content.encode()))


def verified(records: Records, size: Size, older: Path, home: Path) -> Verified:
    """Export the newest entries, put them behind the older ones, and verify the whole."""
    start = time.perf_counter()
    newest, last = _export(records, size)
    exported = len(newest) / (time.perf_counter() - start)
    signer = VaultSigner(FileVault(home).derive)
    first, end = _frame(last, signer)
    seconds = _verify(_copy(first, older, newest, end), size, signer)
    pairs = Pairs()
    pairs.add(seconds / size.entries, _hash_only(newest) / len(newest))
    return Verified(round(exported, 1), pairs)


def _export(records: Records, size: Size) -> tuple[list[bytes], AuditEntry]:
    lines: list[bytes] = []
    after = size.entries - size.measured
    with records.read() as look:
        while page := look.audit.list(after=after, limit=PAGE):
            lines.extend(map(entry_line, page))
            after, last = page[-1].sequence, page[-1]
    return lines, last


def _frame(last: AuditEntry, signer: Signer) -> tuple[bytes, list[bytes]]:
    """Give the first line and the last two, under a signature over the last entry."""
    signature = signer.sign(checkpoint_text(last.sequence, last.hash, NOW))
    signed = Checkpoint(sequence=last.sequence, hash=last.hash, at=NOW, key=signer.key_id(), signature=signature)
    key = CopyKey(id=signer.key_id(), public_key=signer.public_key())
    end = End(count=last.sequence, head=last.hash, checkpoints=1)
    return Header(keys=(key,), newest=signed).line(), [CheckpointLine(checkpoint=signed).line(), end.line()]


def _copy(first: bytes, older: Path, newest: list[bytes], end: list[bytes]) -> Iterator[bytes]:
    with older.open("rb", buffering=1 << 20) as stream:
        yield first
        yield from chain(stream, newest, end)


def _verify(lines: Iterator[bytes], size: Size, signer: Signer) -> float:
    start = time.perf_counter()
    outcome = verify_copy(lines, "the copy", {signer.key_id(): signer.public_key()})
    seconds = time.perf_counter() - start
    if not outcome.whole or outcome.entries != size.entries:
        raise OperationFailedError("the audit log is not whole", detail=str(outcome.findings or outcome.entries))
    return seconds


def _hash_only(lines: Iterable[bytes]) -> float:
    start = time.perf_counter()
    for line in lines:
        hashlib.sha256(line).hexdigest()
    return time.perf_counter() - start
