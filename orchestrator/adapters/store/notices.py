"""What people are told, and what of it is still on its way to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from orchestrator.adapters.store.columns import EPOCH
from orchestrator.adapters.store.faults import not_found
from orchestrator.adapters.store.listing import known, page
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import notice_posts, notices
from orchestrator.domain.records import Notice, Post

NOTICES = RecordMapping(Notice, notices)
POSTS = RecordMapping(Post, notice_posts)


class SqlNotices:
    """Implements :class:`orchestrator.ports.Notices`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, notice: Notice) -> None:
        """Store one and put it on its way; the same id again is ignored."""
        if self._connection.execute(select(notices.c.id).where(notices.c.id == notice.id)).first() is None:
            NOTICES.insert(self._connection, notice)
            POSTS.insert(self._connection, Post(notice=notice.id, next_at=EPOCH))

    def get(self, notice_id: str) -> Notice:
        """Give one; NotFoundError."""
        found = NOTICES.one(self._connection, select(notices).where(notices.c.id == notice_id))
        if found is None:
            raise not_found("notice", notice_id, known(self._connection, notices.c.id), "tenure notice list")
        return found

    def list(self, *, environment: str | None = None, limit: int = 100) -> tuple[Notice, ...]:
        """Give notices, newest first."""
        statement = page(select(notices), {notices.c.environment: environment}, limit)
        return NOTICES.all(self._connection, statement.order_by(notices.c.number.desc()))


class SqlPosts:
    """Implements :class:`orchestrator.ports.Posts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due(self, now: datetime, limit: int = 100) -> tuple[Post, ...]:
        """Give those that may be tried, those that wait longest first."""
        statement = select(notice_posts).where(notice_posts.c.next_at <= now).order_by(notice_posts.c.next_at)
        return POSTS.all(self._connection, statement.limit(limit))

    def list(self, limit: int = 100) -> tuple[Post, ...]:
        """Give those that are on their way, those that are tried next first."""
        return POSTS.all(self._connection, select(notice_posts).order_by(notice_posts.c.next_at).limit(limit))

    def put(self, post: Post) -> None:
        """Replace by the notice."""
        POSTS.put(self._connection, post, "notice")

    def remove(self, notice_id: str) -> None:
        """Take a notice off its way; harmless when it is on none."""
        self._connection.execute(delete(notice_posts).where(notice_posts.c.notice == notice_id))
