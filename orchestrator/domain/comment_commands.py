"""Commands that people write as comments under pull requests, and what came of each.

``tenure plan`` belongs to checks. What ``tenure apply DIGEST`` approves is looked for by merges; here it is answered. A
comment is a command when it is one line that begins with the command; everything else is talk.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from orchestrator.domain.duties import Words
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.forge import ForgeName
from orchestrator.domain.markdown import cell, rows
from orchestrator.domain.model import Model
from orchestrator.domain.plan_comment_words import Language

BEGINNING: Final = re.compile(r"tenure\s+(?P<verb>apply|extend|unlock)\b")
EXTEND: Final = re.compile(
    r"tenure extend (?:(?P<environment>[a-z0-9-]+) )?(?P<days>[0-9]{1,3})d --reason (?P<reason>.+)"
)
UNLOCK: Final = re.compile(r"tenure unlock(?: --reason (?P<reason>.+))?")
APPLY: Final = re.compile(r"tenure\s+apply\s+(?P<digest>sha256:[0-9a-f]{64})")
USAGE: Final = {
    "apply": "tenure apply sha256:…, as the comment about the merge says it",
    "extend": "tenure extend [ENVIRONMENT] 5d --reason WHY",
    "unlock": "tenure unlock [--reason WHY]",
}
LONGEST_REASON: Final = 500
ID_DIGITS: Final = 20
HEAD: Final = Words("### 命令的结果", "### What came of commands")
COLUMNS: Final = Words("| 账号 | 命令 | 结果 |", "| account | command | outcome |")


class Verb(StrEnum):
    """What is asked for."""

    APPLY = "apply"
    EXTEND = "extend"
    UNLOCK = "unlock"


class CommentCommand(Model):
    """A command as it was written; ``environment`` is empty when the pull request has to say which."""

    verb: Verb
    environment: str = ""
    days: int | None = None
    reason: str = ""
    digest: str = ""


PATTERNS: Final = {Verb.APPLY: APPLY, Verb.EXTEND: EXTEND, Verb.UNLOCK: UNLOCK}


class CommandAnswer(Model):
    """What came of one comment.

    Attributes:
        id: Forge and comment; each is acted on once.
        by: The account that wrote it.
    """

    id: str
    forge: ForgeName
    pull: int
    by: str
    text: str
    outcome: str
    at: datetime


def read_command(text: str) -> CommentCommand | None:
    """Give the command of a comment, None when it is none; BadInputError when it begins like one and cannot be read."""
    line = text.strip()
    begins = BEGINNING.match(line)
    if begins is None or "\n" in line:
        return None
    verb = Verb(begins["verb"])
    found = PATTERNS[verb].fullmatch(line)
    given = {} if found is None else found.groupdict()
    if found is None or len(given.get("reason") or "") > LONGEST_REASON:
        raise BadInputError(f"this is written otherwise: {USAGE[verb]}", field="comment", rule="git/command")
    days = given.get("days")
    return CommentCommand(
        verb=verb,
        environment=given.get("environment") or "",
        days=None if days is None else int(days),
        reason=given.get("reason") or "",
        digest=given.get("digest") or "",
    )


def answer_id(forge: str, comment: str) -> str:
    """Name what came of a comment."""
    return f"{forge}/{comment}"


def request_id_of(answer: str) -> str:
    """Name the request that a comment asks for: the same comment asks once."""
    return f"req-git-{hashlib.sha256(answer.encode()).hexdigest()[:ID_DIGITS]}"


def answers_comment(answers: Iterable[CommandAnswer], language: Language) -> str:
    """Give the one comment with what came of commands, the newest first; what people wrote stands as code."""
    head, columns = ((words.zh if language is Language.ZH else words.en) for words in (HEAD, COLUMNS))
    newest = reversed(tuple(answers))
    told = rows((cell(one.by), cell(one.text), cell(one.outcome)) for one in newest)
    return "\n".join([head, "", columns, "| --- | --- | --- |", *told]) + "\n"
