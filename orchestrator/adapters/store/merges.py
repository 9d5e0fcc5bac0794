"""How far branches were followed, and what merges asked for."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import OPEN_MERGE, command_answers, followed_branches, merges, written_back
from orchestrator.domain.comment_commands import CommandAnswer
from orchestrator.domain.merges import Followed, Merge, WrittenBack

FOLLOWED = RecordMapping(Followed, followed_branches)
MERGES = RecordMapping(Merge, merges)
ANSWERS = RecordMapping(CommandAnswer, command_answers)
WRITTEN_BACK = RecordMapping(WrittenBack, written_back)


class SqlFollowedBranches:
    """Implements :class:`orchestrator.ports.merges.FollowedBranches`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, followed: Followed) -> None:
        """Store or replace by forge and branch."""
        columns = followed_branches.c
        same = (columns.forge == followed.forge, columns.branch == followed.branch)
        self._connection.execute(delete(followed_branches).where(*same))
        FOLLOWED.insert(self._connection, followed)

    def find(self, forge: str, branch: str) -> Followed | None:
        """Give where a branch stood when it was followed last."""
        columns = followed_branches.c
        wanted = select(followed_branches).where(columns.forge == forge, columns.branch == branch)
        return FOLLOWED.one(self._connection, wanted)


class SqlMerges:
    """Implements :class:`orchestrator.ports.merges.Merges`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, merge: Merge) -> None:
        """Store or replace by id."""
        MERGES.put(self._connection, merge, "id")

    def find(self, merge_id: str) -> Merge | None:
        """Give one."""
        return MERGES.one(self._connection, select(merges).where(merges.c.id == merge_id))

    def open(self, forge: str) -> tuple[Merge, ...]:
        """Give those that are not at their end, or that nobody was told of yet, oldest first."""
        wanted = select(merges).where(OPEN_MERGE, merges.c.forge == forge).order_by(merges.c.number)
        return MERGES.all(self._connection, wanted)

    def of_pull(self, forge: str, number: int) -> tuple[Merge, ...]:
        """Give those of one pull request, oldest first."""
        wanted = select(merges).where(merges.c.forge == forge, merges.c.pull == number).order_by(merges.c.number)
        return MERGES.all(self._connection, wanted)

    def of_environment(self, forge: str, environment: str) -> tuple[Merge, ...]:
        """Give those of one environment, newest first."""
        columns = merges.c
        ours = select(merges).where(columns.forge == forge, columns.environment == environment)
        return MERGES.all(self._connection, ours.order_by(columns.number.desc()))

    def list(self, forge: str, *, limit: int = 100) -> tuple[Merge, ...]:
        """List, newest first."""
        wanted = select(merges).where(merges.c.forge == forge).order_by(merges.c.number.desc()).limit(limit)
        return MERGES.all(self._connection, wanted)


class SqlCommandAnswers:
    """Implements :class:`orchestrator.ports.merges.CommandAnswers`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, answer: CommandAnswer) -> None:
        """Store or replace by id."""
        ANSWERS.put(self._connection, answer, "id")

    def of_pull(self, forge: str, number: int) -> tuple[CommandAnswer, ...]:
        """Give those of one pull request, oldest first."""
        columns = command_answers.c
        wanted = select(command_answers).where(columns.forge == forge, columns.pull == number).order_by(columns.number)
        return ANSWERS.all(self._connection, wanted)


class SqlWrittenBack:
    """Implements :class:`orchestrator.ports.merges.WrittenBackProposals`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, proposal: WrittenBack) -> None:
        """Store or replace by id."""
        WRITTEN_BACK.put(self._connection, proposal, "id")

    def list(self, forge: str) -> tuple[WrittenBack, ...]:
        """List those of a forge, newest first."""
        columns = written_back.c
        wanted = select(written_back).where(columns.forge == forge).order_by(columns.number.desc())
        return WRITTEN_BACK.all(self._connection, wanted)
