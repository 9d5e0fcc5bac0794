"""Notices are brought to people: each to every channel that wants it, again and again until it is there.

A notice is put on its way in the transaction that caused it, so none is lost; one whose worker died between a
channel's answer and the record of it is sent twice.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from orchestrator.domain.errors import NotFoundError, OperationFailedError
from orchestrator.domain.records import Actor, Notice, Post, Role
from orchestrator.ports import Notifier, Records, Transaction

log = logging.getLogger(__name__)

POSTMAN = Actor(name="postman", role=Role.SYSTEM, door="notices")
PAGE = 50
"""Notices that one round sends at most, so that who wants to stop need not wait for all of them."""
LOOKED_AT = 500
TAKEN = timedelta(minutes=10)
"""For so long a notice is left to the worker that took it; all channels together answer within that time."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 78
"""About three days; what is not there by then is given up, and the audit log says so."""


def post_due(records: Records, notifier: Notifier, now: datetime) -> int:
    """Send what is due; gives how many notices were taken up. ``now`` is real time."""
    _forget_unwanted(records, notifier, now)
    for taken in range(PAGE):
        post = _take(records, now)
        if post is None:
            return taken
        _post(records, notifier, post, now)
    return PAGE


def _forget_unwanted(records: Records, notifier: Notifier, now: datetime) -> None:
    """Take off their way, in one stroke, notices that no channel wants: an installation may have none at all."""
    with records.read() as tx:
        fresh = [tx.notices.get(post.notice) for post in tx.posts.due(now, LOOKED_AT) if post.missing is None]
    unwanted = [notice.id for notice in fresh if not notifier.wanted(notice)]
    if unwanted:
        with records.transaction() as tx:
            for notice_id in unwanted:
                tx.posts.remove(notice_id)


def _take(records: Records, now: datetime) -> Post | None:
    """Take the notice that waits longest; nobody else sends it meanwhile."""
    with records.read() as tx:
        if not tx.posts.due(now, 1):
            return None
    with records.transaction() as tx:
        found = next(iter(tx.posts.due(now, 1)), None)
        if found is None:
            return None
        taken = found.model_copy(update={"next_at": now + TAKEN, "attempts": found.attempts + 1})
        tx.posts.put(taken)
    return taken


def _post(records: Records, notifier: Notifier, post: Post, now: datetime) -> None:
    with records.read() as tx:
        notice = tx.notices.get(post.notice)
    missing: list[str] = []
    error = ""
    for channel in notifier.wanted(notice) if post.missing is None else post.missing:
        try:
            notifier.send(channel, notice)
        except NotFoundError:
            log.warning("notice %s: the channel %s is not there any more", notice.id, channel)
        except OperationFailedError as fault:
            missing.append(channel)
            error = f"{channel}: {fault.diagnostic.summary}; {fault.diagnostic.detail}"
    after = post.model_copy(update={"missing": tuple(missing), "error": error, "next_at": now + _pause(post.attempts)})
    with records.transaction() as tx:
        _keep(tx, notice, after, now)


def _pause(attempts: int) -> timedelta:
    doubled: timedelta = FIRST_PAUSE * 2 ** min(attempts - 1, 10)
    return min(LONGEST_PAUSE, doubled)


def _keep(tx: Transaction, notice: Notice, after: Post, now: datetime) -> None:
    """Write down what is left to do: nothing, another attempt, or that it was given up."""
    if after.missing and after.attempts < MOST_ATTEMPTS:
        tx.posts.put(after)
        return
    tx.posts.remove(notice.id)
    if after.missing:
        facts = {"notice": notice.id, "channels": list(after.missing), "error": after.error, "attempts": after.attempts}
        tx.audit.append(now, POSTMAN, "notice.not-sent", notice.environment, facts)
