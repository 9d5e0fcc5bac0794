"""The feed of what is due: calendar programs of the duty staff fetch it again and again (RFC 5545 over HTTP)."""

from __future__ import annotations

import hmac
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from orchestrator.adapters.calendar_feed import MEDIA_TYPE, calendar_feed, fingerprint
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.records import Role
from orchestrator.ports import Clock, Library, Records, Vault
from orchestrator.workflows.agenda import Question, what_is_due

FEED_SECRET: Final = "feed/deadlines"  # noqa: S105  the purpose that the vault derives the secret for
FEED_ROUTE: Final = "/feeds/{token}/deadlines.ics"
AHEAD: Final = timedelta(days=92)
MAXIMUM_EVENTS: Final = 1000
CACHE: Final = "private, max-age=300"
"""Readers fetch hourly at most; the secret stands in the address, so nothing between may keep what it gives."""


def feed_path(token: str, role: Role | None) -> str:
    """Give the path of the feed, of one role's duties when one is named."""
    path = FEED_ROUTE.format(token=token)
    return path if role is None else f"{path}?for={role}"


class DeadlineFeed:
    """Answers who knows the secret of the address; everybody else finds nothing there.

    Args:
        records: What is due.
        library: The calendar, for reminders.
        clock: Business time.
        vault: Derives the secret.
    """

    def __init__(self, records: Records, library: Library, clock: Clock, vault: Vault) -> None:
        self._records = records
        self._library = library
        self._clock = clock
        self._token = vault.derive(FEED_SECRET).encode()

    def answer(self, token: str, wanted: str, known: str) -> Response:
        """Give the feed, or 304 when the caller has it already.

        Args:
            token: The secret in the address.
            wanted: A role, or empty for everybody's dates; BadInputError when it is none.
            known: Header ``if-none-match``.

        Raises HTTPException (404) when the secret is another one; the comparison takes the same time for any.
        """
        if not hmac.compare_digest(token.encode(), self._token):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        written = self._written(_role(wanted))
        tag = f'W/"{fingerprint(written)}"'
        headers = {"etag": tag, "cache-control": CACHE, "content-disposition": 'inline; filename="deadlines.ics"'}
        if tag in (part.strip() for part in known.split(",")):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(written, media_type=MEDIA_TYPE, headers=headers)

    def _written(self, role: Role | None) -> bytes:
        now = self._clock.now()
        with self._records.read() as tx:
            found = what_is_due(tx, Question(role=role, before=now + AHEAD, limit=MAXIMUM_EVENTS), now)
        return calendar_feed(found, self._library.calendar(), now)


def _role(wanted: str) -> Role | None:
    if not wanted:
        return None
    try:
        return Role(wanted)
    except ValueError:
        known = ", ".join(Role)
        raise BadInputError(f"there is no role {wanted[:40]!r}", field="for", detail=f"roles: {known}") from None
