"""Which version of the rulebook a request runs under: the one that held when it was submitted.

A city that changes a number raises the version in its file. New requests run under the new version; those that run
already keep theirs, with every number that it had.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from orchestrator.domain.errors import NotFoundError
from orchestrator.domain.lifecycle import REQUEST, RequestState
from orchestrator.domain.records import Request
from orchestrator.domain.rulebook import Rulebook
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports

MOST_REQUESTS = 1_000_000
"""More than one installation ever has under way at once."""


@dataclass(frozen=True)
class Version:
    """One version of a rulebook on record.

    Attributes:
        label: Name and version, ``default@2``.
        current: Whether requests that are submitted now run under it.
        running: How many requests that are not closed run under it.
    """

    label: str
    current: bool
    running: int


def keep(ports: Ports, tx: Transaction) -> Rulebook:
    """Keep the installation's rulebook under its label, so that requests find it again, and give it.

    Raises:
        ConflictError: The label is on record with another content: its ``version`` has to be raised.
    """
    rulebook = ports.library.rulebook()
    tx.rulebooks.keep(rulebook)
    return rulebook


def rulebook_of(ports: Ports, tx: Transaction, request: Request) -> Rulebook:
    """Give the rulebook under which a request was submitted, whatever the installation's file says by now.

    A request from before versions were kept runs under the installation's own, and so do rules that a later Tenure
    brought: the version of that time has no number for them.
    """
    present = ports.library.rulebook()
    try:
        return tx.rulebooks.get(request.rulebook, present=present)
    except NotFoundError:
        return present


def versions(ports: Ports, tx: Transaction) -> tuple[Version, ...]:
    """Give every version on record and the installation's own, by label, with what runs under each."""
    running = Counter(
        request.rulebook
        for state in RequestState
        if state not in REQUEST.last
        for request in tx.requests.list(state=state, limit=MOST_REQUESTS)
    )
    current = ports.library.rulebook().label
    labels = sorted({*tx.rulebooks.labels(), *running, current})
    return tuple(Version(label=label, current=label == current, running=running[label]) for label in labels)
