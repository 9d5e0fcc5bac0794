"""The door for forges' webhooks: a genuine delivery is kept once, and asks for one look at a pull request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from orchestrator.domain.errors import BadInputError, NotAuthenticError, NotFoundError
from orchestrator.domain.forge import EventKind, ForgeDelivery
from orchestrator.ports import Records
from orchestrator.ports.forge import ForgeHooks
from orchestrator.web.refusals import RefusalTally

FORGE_ROUTE: Final = "/hooks/forge/{name}"
LOOKS: Final = frozenset({EventKind.PULL_REQUEST, EventKind.REVIEW, EventKind.COMMENT})
"""What asks for a look; a push to a pull request's branch comes as an event of the pull request too."""


@dataclass(frozen=True)
class ForgeCall:
    """One call of the door.

    Attributes:
        name: The forge's name in the path.
        source: The caller's address, for the line about refused calls.
        headers: By lower-case name; one that came twice is left out.
        body: Raw.
    """

    name: str
    source: str
    headers: Mapping[str, str]
    body: bytes


class ForgeDoor:
    """Takes deliveries.

    Args:
        records: Where they are kept.
        readers: Who tells what a delivery says, by the forge's name.
        tally: Counts refused calls.
        now: Real time.
    """

    def __init__(
        self,
        records: Records,
        readers: Mapping[str, ForgeHooks],
        tally: RefusalTally,
        now: Callable[[], datetime],
    ) -> None:
        self._records = records
        self._readers = readers
        self._tally = tally
        self._now = now

    def receive(self, call: ForgeCall) -> dict[str, Any]:
        """Keep a delivery; give at which pull request will be looked, and whether this one is new.

        Raises NotFoundError, NotAuthenticError, BadInputError.
        """
        reader = self._readers.get(call.name)
        if reader is None:
            raise NotFoundError(f"no forge of the name {call.name[:40]}")
        try:
            event = reader.read(call.headers, call.body)
        except (NotAuthenticError, BadInputError) as error:
            self._tally.count(call.source, error.diagnostic.summary)
            raise
        if event.kind not in LOOKS or event.number is None:
            return {"delivery": event.delivery, "pull_request": None, "new": False}
        delivery = ForgeDelivery(forge=call.name, id=event.delivery, kind=event.kind, pull=event.number, at=self._now())
        with self._records.transaction() as tx:
            new = tx.deliveries.claim(delivery)
        return {"delivery": event.delivery, "pull_request": event.number, "new": new}
