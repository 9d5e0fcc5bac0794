"""How a copy of the audit log is verified: line by line, with memory that does not grow, and no database or network.

Whole entries that follow each other are taken in one tight loop; everything else goes to the trail
(:mod:`orchestrator.domain.trail`), and the inquest tells from it what was done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from pydantic_core import from_json

from orchestrator.adapters.signer import is_signed, key_id
from orchestrator.domain import audit_copy as form
from orchestrator.domain.audit_copy import CheckpointLine, End, Header
from orchestrator.domain.chain import checkpoint_text
from orchestrator.domain.closing import Ending, Observed, Verification, conclude
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.records import Checkpoint
from orchestrator.domain.tampering import Finding, Tampering
from orchestrator.domain.texts import visible
from orchestrator.domain.trail import MOST_RUNS, Link

LONGEST_LINE_BYTES: Final = 64 * 1024 * 1024
READ_BYTES: Final = 1024 * 1024

type Keys = Mapping[str, str]
"""Public keys (base64) by their id."""


def verify_file(path: Path, trusted: str | None) -> Verification:
    """Verify a copy in a file; without a trusted public key the ones in the file count, so it vouches for itself.

    Raises:
        BadInputError: There is no such file, or it is no copy of an audit log.
    """
    keys = None if trusted is None else {key_id(trusted): trusted}
    try:
        with path.open("rb", buffering=READ_BYTES) as stream:
            return verify_copy(iter(partial(stream.readline, LONGEST_LINE_BYTES), b""), str(path), keys)
    except OSError as error:
        raise BadInputError(f"{path} cannot be read", detail=str(error.strerror), field="FILE") from error


def verify_copy(lines: Iterator[bytes], name: str, keys: Keys | None) -> Verification:
    """Verify the lines of a copy, whose last entry has to be signed; its name stands in errors."""
    first = next(lines, b"")
    if not first.startswith((form.HEADER_OPENING, form.ENTRY_OPENING)):
        raise BadInputError(
            f"{name} is no copy of an audit log",
            detail=f'its first line does not begin with {{"schema":"{form.SCHEMA}"',
            field="FILE",
            hint="tenure audit export FILE makes one",
        )
    return Reading(first, keys).read(lines, Ending.SIGNED)


def verify_records(lines: Iterator[bytes], keys: Keys) -> Verification:
    """Verify the lines of everything on record; the last entries may not be signed yet."""
    return Reading(next(lines), keys).read(lines, Ending.OPEN)


class Reading:
    """One reading of a copy; :meth:`read` is called once.

    Args:
        first: The first line.
        keys: Whose signatures count; ``None`` takes the keys that the first line names.
    """

    def __init__(self, first: bytes, keys: Keys | None) -> None:
        self._seen = Observed()
        self._line = 1
        self._keys: Keys = keys or {}
        self._strangers: set[str] = set()
        header = Header.read(first)
        if header is None:
            self._note(
                Tampering.CHANGED, "the first line, with the keys and the newest checkpoint, was changed or removed"
            )
            if first.startswith(form.ENTRY_OPENING):
                self._take_entry(first)
            return
        named = {key.id: key.public_key for key in header.keys if key_id(key.public_key) == key.id}
        if len(named) < len(header.keys) or not named:
            self._note(Tampering.CHANGED, "the first line was changed: a key and its id do not belong together")
        if keys is None:
            self._keys = named
        if header.newest is not None and self._is_good(header.newest, "the newest checkpoint, on the first line,"):
            self._seen.newest = header.newest

    def read(self, lines: Iterator[bytes], ending: Ending) -> Verification:
        """Read to the end, or until more is broken than anybody reads on."""
        while (line := self._follow(lines)) is not None:
            self._take(line)
            if self._seen.trail.full or len(self._seen.found) > MOST_RUNS:
                self._seen.complete = False
                break
        return conclude(self._seen, ending)

    def _follow(self, lines: Iterator[bytes]) -> bytes | None:
        """Take up whole entries that follow each other; give the first line that is something else, None at the end.

        An entry is not parsed here: in canonical JSON its place stands right before its subject, the last field, which
        like any JSON text has no bare quotation mark in it.
        """
        run = self._seen.trail.run
        place, number = run.last, self._line
        head, before = next(iter(run.hashes)).encode() if len(run.hashes) == 1 else b"", b""
        odd = None
        for line in lines:
            number += 1
            content = line[form.ENTRY_START : form.ENTRY_END]
            digest = sha256(content).hexdigest().encode()
            follows = content.endswith(form.PLACE % (head, place + 1), 0, content.rfind(form.SUBJECT))
            if not follows or line != form.ENTRY % (digest, content):
                odd = line
                break
            place, before, head = place + 1, head, digest
        if before:
            run.jump(place, before.decode(), head.decode(), number if odd is None else number - 1)
        self._line = number
        return odd

    def _take(self, line: bytes) -> None:
        """Take up a line that is something else than the next whole entry."""
        seen = self._seen
        if seen.ended_on:
            seen.behind = seen.behind or self._line
        elif not line.endswith(b"\n") and len(line) < LONGEST_LINE_BYTES:
            seen.piece = line
        elif line.startswith(form.CHECKPOINT_OPENING):
            self._take_checkpoint(line)
        elif line.startswith(form.END_OPENING):
            self._take_end(line)
        else:
            self._take_entry(line)

    def _take_entry(self, line: bytes) -> None:
        content = line[form.ENTRY_START : form.ENTRY_END]
        stated = line[form.HASH_START : form.HASH_END]
        if line != form.ENTRY % (stated, content):
            self._seen.trail.add(Link(self._line))
            return
        previous, sequence = _claims(content)
        digest = sha256(content).hexdigest()
        self._seen.trail.add(Link(self._line, sequence, previous, stated.decode("ascii", "replace"), digest))

    def _take_checkpoint(self, line: bytes) -> None:
        self._seen.checkpoints += 1
        found = CheckpointLine.read(line)
        if found is None:
            self._note(Tampering.SIGNATURE, f"the checkpoint on line {self._line} was changed: it cannot be read")
        elif self._is_good(found.checkpoint, "the checkpoint"):
            fits = self._seen.trail.sign(found.checkpoint.sequence, found.checkpoint.hash)
            self._seen.checkpoint = found.checkpoint if fits else self._seen.checkpoint

    def _take_end(self, line: bytes) -> None:
        self._seen.end, self._seen.ended_on = End.read(line), self._line
        if self._seen.end is None:
            self._note(Tampering.CHANGED, f"the last line, {self._line}, was changed: it cannot be read")

    def _is_good(self, checkpoint: Checkpoint, name: str) -> bool:
        """Whether a checkpoint is signed by a key that counts; tells it when it is not."""
        if not self._keys:
            return False
        key = self._keys.get(checkpoint.key, "")
        text = checkpoint_text(checkpoint.sequence, checkpoint.hash, checkpoint.at)
        if is_signed(key, text, checkpoint.signature):
            return True
        if key:
            self._note(Tampering.SIGNATURE, f"{name} of entry {checkpoint.sequence} bears a wrong signature")
        else:
            self._note_stranger(checkpoint.key)
        return False

    def _note_stranger(self, key: str) -> None:
        if key not in self._strangers:
            self._strangers.add(key)
            summary = f"checkpoints are signed by key {visible(key)}, which is not trusted"
            self._note(Tampering.SIGNATURE, summary, f"trusted: {', '.join(self._keys)}")

    def _note(self, tampering: Tampering, summary: str, detail: str = "") -> None:
        self._seen.found.append(Finding(tampering=tampering, line=self._line, summary=summary, detail=detail))


def _claims(content: bytes) -> tuple[str | None, int | None]:
    """Give which hash an entry says to follow, and its number; None for what it does not say."""
    try:
        entry = from_json(content)
        previous, sequence = entry["previous"], entry["sequence"]
    except (ValueError, TypeError, KeyError):
        return None, None
    return previous if type(previous) is str else None, sequence if type(sequence) is int else None
