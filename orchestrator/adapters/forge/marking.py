"""The one comment that is edited in place: found again by a marker that nobody sees."""

from __future__ import annotations

import re
from typing import Final

from orchestrator.domain.errors import BadInputError
from orchestrator.domain.forge import MAXIMUM_COMMENT_CHARACTERS

_MARKER: Final = re.compile(r"[a-z0-9][a-z0-9:-]{0,63}")


def marked(marker: str, text: str) -> str:
    """Give a comment's text with its marker in front, once; BadInputError when it is longer than every forge takes."""
    whole = text if is_marked(marker, text) else f"{hidden(marker)}\n{text}"
    if len(whole) > MAXIMUM_COMMENT_CHARACTERS:
        raise BadInputError(
            "the comment is too long", detail=f"{len(whole)} characters; limit: {MAXIMUM_COMMENT_CHARACTERS}"
        )
    return whole


def is_marked(marker: str, text: str) -> bool:
    """Whether a comment begins with the marker; a quotation of it further down does not count."""
    return text.startswith(hidden(marker))


def hidden(marker: str) -> str:
    """Give the marker as a comment of Markdown's HTML."""
    if not _MARKER.fullmatch(marker):
        raise BadInputError(f"{marker!r} is no marker", detail="small letters, digits, colons and hyphens, at most 64")
    return f"<!-- {marker} -->"
