"""Reading who a forge's accounts are."""

from __future__ import annotations

from pathlib import Path

from orchestrator.adapters.documents.files import read_text
from orchestrator.adapters.documents.locate import validate
from orchestrator.adapters.documents.parser import parse
from orchestrator.domain.merges import Accounts


def read_accounts(path: Path) -> Accounts:
    """Read the accounts; BadInputError with file, line and column of every fault."""
    return validate(parse(read_text(path), str(path)), Accounts)
