"""Sessions as the hosts log them: who entered, by which certificate, and when the connection ended (Art. 36)."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from orchestrator.domain.model import Model

FIELDS = 7


class SessionEvent(StrEnum):
    """What happened to a session."""

    OPEN = "open"
    CLOSE = "close"


class SessionLine(Model):
    """One line of a host's log.

    Attributes:
        number: Counts the lines of the host; each is kept once by it.
        at: When, by the host's clock.
        session: Tells the sessions of a host apart.
        serial: Serial number of the certificate; 0 for an entry without one.
        came_from: Address that the connection came from: behind the bastion it is the bastion's.
        key_id: What the certificate says it is for, with the grant or the operation first.
    """

    number: Annotated[int, Field(ge=1)]
    at: datetime
    event: SessionEvent
    session: str
    serial: int
    came_from: str
    key_id: str

    @property
    def purpose(self) -> str:
        """The grant or the operation that it was for."""
        return self.key_id.partition(" ")[0]


def session_line(text: str) -> SessionLine | None:
    """Read one line as a host wrote it; None for one that a full disk or a power cut left behind in parts."""
    parts = text.split("\t", FIELDS - 1)
    if len(parts) != FIELDS or not all(part.isdigit() for part in (parts[0], parts[1], parts[4])):
        return None
    number, seconds, event, session, serial, came_from, key_id = parts
    if event not in set(SessionEvent):
        return None
    return SessionLine(
        number=int(number),
        at=datetime.fromtimestamp(int(seconds), UTC),
        event=SessionEvent(event),
        session=session,
        serial=int(serial),
        came_from=came_from,
        key_id=key_id,
    )
