"""A copy of the audit log as JSON lines: what each line looks like, so that any tool can check it.

The first line names the schema, the public keys and the newest checkpoint; then one line for each entry, in order,
and behind an entry the checkpoint that signs it; the last line counts. The text of an entry is exactly what was
hashed, and it stands at a fixed place of its line: who verifies hashes the bytes as they are.
"""

from __future__ import annotations

import json
from typing import Final, Literal, Self

from pydantic import ConfigDict, Field, ValidationError

from orchestrator.domain.chain import canonical
from orchestrator.domain.model import Model
from orchestrator.domain.records import AuditEntry, Checkpoint

SCHEMA: Final = "tenure-audit/1"
ENTRY: Final = b'{"hash":"%b","entry":%b}\n'
"""The line of an entry: its hash (64 hexadecimal digits) and its canonical JSON."""
ENTRY_OPENING: Final = b'{"hash":"'
HASH_START: Final = len(ENTRY_OPENING)
HASH_END: Final = HASH_START + 64
ENTRY_START: Final = HASH_END + len(b'","entry":')
ENTRY_END: Final = -len(b"}\n")
PLACE: Final = b',"previous":"%b","sequence":%d'
SUBJECT: Final = b',"subject":"'
"""In canonical JSON the fields of an entry stand by name: behind its place there is only the subject."""
CHECKPOINT_OPENING: Final = b'{"checkpoint":'
END_OPENING: Final = b'{"count":'
HEADER_OPENING: Final = b'{"schema":"tenure-audit/'


class _Line(Model):
    """One line that is no entry; it has one spelling, so that no byte of it can be changed unseen."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, strict=False)

    def line(self) -> bytes:
        """Give the line."""
        content = self.model_dump(mode="json", by_alias=True)
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Self | None:
        """Read a line; None when it is not exactly as :meth:`line` writes it."""
        try:
            found = cls.model_validate_json(line)
        except ValidationError:
            return None
        return found if found.line() == line else None


class CopyKey(Model):
    """A public key (base64) and its id."""

    id: str
    public_key: str


class Header(_Line):
    """The first line.

    Attributes:
        keys: Whose signatures stand in the file.
        newest: Signs the last entry of the file; ``None`` when there is none.
    """

    format: Literal["tenure-audit/1"] = Field(default=SCHEMA, alias="schema")
    keys: tuple[CopyKey, ...]
    newest: Checkpoint | None


class CheckpointLine(_Line):
    """A checkpoint; stands behind the entry that it signs."""

    checkpoint: Checkpoint


class End(_Line):
    """The last line: how many entries and checkpoints there are, and the hash of the last entry."""

    count: int
    head: str
    checkpoints: int


def entry_line(entry: AuditEntry) -> bytes:
    """Give the line of an entry."""
    return ENTRY % (entry.hash.encode(), canonical(entry))
