"""Which repository of which forge, and as whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orchestrator.domain.forge import ForgeKind

TIMEOUT_SECONDS: Final = 15.0
"""Of one call; a forge that needs longer is asked again in the next round."""
ATTEMPTS: Final = 3
PAGE_LENGTH: Final = 50
MAXIMUM_PAGES: Final = 200


@dataclass(frozen=True)
class ForgeSettings:
    """One repository of a forge.

    Attributes:
        name: The forge's name in this installation.
        kind: Whose API it speaks.
        url: Where people open it, without the path of its API; GitHub's own is ``https://github.com``.
        repository: ``owner/name``; on GitLab the groups in between too.
        token: The service user's; it never stands in a message.
        certificates: PEM file of the authorities that the forge's certificate is checked against; None for the
            machine's own.
        write_pause_seconds: Between two writes, where the library keeps such a pause (GitHub asks for a second).
    """

    name: str
    kind: ForgeKind
    url: str
    repository: str
    token: str = field(repr=False)
    certificates: Path | None = None
    write_pause_seconds: float = 1.0
