"""Tables whose rows are proof: what an attempt to change one says, the same on every database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from orchestrator.ports import Records
from tests.life_samples import a_certificate, a_checkpoint, a_rulebook
from tests.samples import OFFICER, START


@dataclass(frozen=True)
class Immutable:
    """What is known of one such table: a column to try, and the words of the refusal."""

    column: str
    message: str


IMMUTABLE: Final = {
    "audit": Immutable("action", "the audit log is never changed"),
    "certificates": Immutable("signature", "certificates are never changed"),
    "checkpoints": Immutable("signature", "checkpoints are never changed"),
    "rulebooks": Immutable("label", "rulebooks are never changed"),
}


def keep_proof(records: Records) -> None:
    """Store a row in each of the tables."""
    with records.transaction() as transaction:
        transaction.audit.append(START, OFFICER, "submit", "req-1", {})
        transaction.certificates.add(a_certificate())
        transaction.checkpoints.add(a_checkpoint())
        transaction.rulebooks.keep(a_rulebook())
