"""Text files that a person named."""

from __future__ import annotations

from pathlib import Path

from orchestrator.adapters.documents.parser import LARGEST_BYTES, YamlRule
from orchestrator.domain.errors import BadInputError, NotFoundError, Place


def read_text(path: Path) -> str:
    """Read a UTF-8 file, at most one byte more than a document may have; raises BadInputError with the reason."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}", place=Place(file=str(path))) from None
    except OSError as error:
        raise BadInputError(f"{path} can't be read: {error.strerror}", place=Place(file=str(path))) from None
    try:
        return raw.decode("utf-8-sig", errors="strict" if len(raw) <= LARGEST_BYTES else "replace")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rsplit(b"\n", 1)[-1].decode("utf-8")) + 1
        place = Place(file=str(path), line=line, column=column)
        raise BadInputError("this is not UTF-8 text", rule=YamlRule.ENCODING, place=place) from None
