"""The end of reading a copy of the audit log: whether it reaches as far as it should, and what came of it all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from orchestrator.domain.audit_copy import End
from orchestrator.domain.inquest import findings, last_place
from orchestrator.domain.model import Model
from orchestrator.domain.records import Checkpoint
from orchestrator.domain.tampering import Finding, Tampering, added_text, span
from orchestrator.domain.trail import Trail


class Ending(Enum):
    """Where a log has to end."""

    SIGNED = auto()
    """With the entry that its newest checkpoint signs: a copy."""
    OPEN = auto()
    """Anywhere after it: a database, in which entries are added before they are signed."""


class Verification(Model):
    """What came of verifying a log.

    Attributes:
        entries: How many entries the log has.
        head: Hash of the last one.
        signed: The newest checkpoint whose signature is good and that signs an entry of this log.
        findings: What was done to it; empty when it is whole.
        complete: False when more is broken than was looked at.
    """

    entries: int
    head: str
    signed: Checkpoint | None
    findings: tuple[Finding, ...]
    complete: bool = True

    @property
    def whole(self) -> bool:
        """Whether nothing was done to it."""
        return not self.findings


@dataclass
class Observed:
    """What was seen while a log was read.

    Attributes:
        found: What was found before the end.
        newest: The checkpoint that the first line names, if its signature is good.
        checkpoint: The last good checkpoint behind an entry.
        checkpoints: How many lines with checkpoints there were.
        end: The last line, if it can be read.
        ended_on: Its number; 0 when there is none.
        piece: What stands at the end of the file without a line break.
        behind: Number of the first line behind the last line; 0 when there is none.
        complete: False when reading was given up, because nobody reads on about so much.
    """

    trail: Trail = field(default_factory=Trail)
    found: list[Finding] = field(default_factory=list)
    newest: Checkpoint | None = None
    checkpoint: Checkpoint | None = None
    checkpoints: int = 0
    end: End | None = None
    ended_on: int = 0
    piece: bytes = b""
    behind: int = 0
    complete: bool = True


def conclude(seen: Observed, ending: Ending) -> Verification:
    """Put everything together."""
    bound = _bound(seen, ending)
    reached = last_place(seen.trail, bound)
    found = [*findings(seen.trail, bound), *seen.found]
    if seen.complete:
        found += _tail(seen, reached)
    found += () if found else _disagreements(seen, reached, ending)
    return Verification(
        entries=reached,
        head=min(seen.trail.run.hashes, default=""),
        signed=seen.checkpoint,
        findings=tuple(found),
        complete=seen.complete,
    )


def _bound(seen: Observed, ending: Ending) -> int | None:
    """Give the place of the last entry that can be genuine, or None when nobody knows."""
    if ending is Ending.OPEN:
        return None
    if seen.newest is not None:
        return seen.newest.sequence
    return None if seen.end is None else seen.end.count


def _tail(seen: Observed, reached: int) -> Iterator[Finding]:
    """Tell what is missing at the end, and what stands behind it."""
    signed = 0 if seen.newest is None else seen.newest.sequence
    wanted = max(signed, 0 if seen.end is None else seen.end.count)
    gone = "" if wanted <= reached else f"{span(reached + 1, wanted)} {'is' if wanted == reached + 1 else 'are'} gone"
    entries = ((reached + 1, wanted),) if gone else ()
    if not seen.ended_on:
        where = f"in the middle of the line behind entry {reached}" if seen.piece else f"behind entry {reached}"
        summary = f"the file is truncated: it ends {where}"
        yield Finding(tampering=Tampering.TRUNCATED, entries=entries, summary=summary, detail=gone)
    elif gone:
        why = "the newest checkpoint signs" if wanted == signed else "the last line counts"
        summary = f"{gone} from the end"
        yield Finding(tampering=Tampering.CUT, entries=entries, summary=summary, detail=f"{why} entries up to {wanted}")
    if seen.behind:
        yield added_text(reached + 1, seen.behind)


def _disagreements(seen: Observed, reached: int, ending: Ending) -> Iterator[Finding]:
    """Tell what does not fit in a log whose entries are whole: its first line, its last line, its checkpoints."""
    end, hashes = seen.end, seen.trail.run.hashes
    if end is None or (end.count, end.checkpoints) != (reached, seen.checkpoints) or end.head not in hashes:
        summary = "the last line was changed: it does not fit what stands before it"
        yield Finding(tampering=Tampering.CHANGED, summary=summary)
    if seen.trail.misplaced:
        summary = f"the checkpoint of entry {seen.trail.misplaced[0]} does not stand behind it"
        yield Finding(tampering=Tampering.SIGNATURE, summary=summary)
    if ending is Ending.SIGNED and reached and (seen.newest is None or seen.newest != seen.checkpoint):
        summary = f"the last entry, {reached}, is not signed by the newest checkpoint"
        yield Finding(tampering=Tampering.SIGNATURE, entries=((reached, reached),), summary=summary)
