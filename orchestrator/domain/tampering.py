"""What can have been done to the audit log, and how each is told: which entries, and which are only affected."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.model import Model
from orchestrator.domain.trail import Damage, Flaw, Run

RULE: Final = "audit-chain"
FLAWS: Final = {
    Flaw.UNREADABLE: "line {line} cannot be read as an entry",
    Flaw.CONTENT: "its content is not what its hash says; the entries after it are as they were",
    Flaw.SEQUENCE: "it follows entry {before} by its hash, but bears another number",
}


class Tampering(StrEnum):
    """What was done."""

    CHANGED = "changed"
    REMOVED = "removed"
    REORDERED = "reordered"
    ADDED = "added"
    CUT = "cut"
    """Entries at the end are gone."""
    TRUNCATED = "truncated"
    """The file ends before its last line."""
    SIGNATURE = "signature"
    """A checkpoint is not signed by a trusted key, or is not where it belongs."""


class Finding(Model):
    """One thing that was done to a log.

    Attributes:
        entries: First and last sequence number of what was touched; two pairs when two have changed places.
        line: Where in the file; ``None`` where nothing stands any more.
        affected: Entries that only do not fit because of it, and are themselves as they were.
    """

    tampering: Tampering
    entries: tuple[tuple[int, int], ...] = ()
    line: int | None = None
    summary: str
    detail: str = ""
    affected: tuple[int, ...] = ()

    @property
    def diagnostic(self) -> Diagnostic:
        """The finding as every door tells it."""
        return Diagnostic(summary=self.summary, detail=self.detail, rule=RULE)


def span(first: int, last: int) -> str:
    """Name entries: ``entry 17`` or ``entries 17 to 20``."""
    return f"entry {first}" if first == last else f"entries {first} to {last}"


def added(first: int, last: int, line: int, why: str) -> Finding:
    """Tell that somebody put entries in."""
    summary = f"{span(first, last)} on line {line} {_was(first, last)} added"
    return Finding(tampering=Tampering.ADDED, entries=((first, last),), line=line, summary=summary, detail=why)


def added_text(place: int, line: int) -> Finding:
    """Tell that somebody put lines in that are none of an entry."""
    summary = f"line {line} is none of an audit entry and was added before entry {place}"
    return Finding(tampering=Tampering.ADDED, entries=((place, place),), line=line, summary=summary)


def removed(first: int, last: int) -> Finding:
    """Tell that entries are missing in the middle."""
    verb = "is" if first == last else "are"
    return Finding(
        tampering=Tampering.REMOVED,
        entries=((first, last),),
        summary=f"{span(first, last)} {verb} missing {_between(first, last)}",
        detail=f"entry {last + 1} is as it was; it only follows nothing that is here",
        affected=(last + 1,),
    )


def moved(run: Run, after: int) -> Finding:
    """Tell that entries stand behind entry ``after`` (0: at the beginning), where they do not belong."""
    verb, belong = ("stands", "it belongs") if run.length == 1 else ("stand", "they belong")
    where = f"after entry {after}" if after else "at the beginning"
    between = _between(run.first, run.last)
    return Finding(
        tampering=Tampering.REORDERED,
        entries=((run.first, run.last),),
        line=run.first_line,
        summary=f"{span(run.first, run.last)} {verb} {where}, but {belong} {between}",
    )


def exchanged(one: Run, two: Run) -> Finding:
    """Tell that two pieces stand where the other belongs."""
    first, second = sorted((one, two), key=lambda run: run.first)
    both = f"{span(first.first, first.last)} and {span(second.first, second.last)}"
    if first.length == second.length == 1:
        both = f"entries {first.first} and {second.first}"
    return Finding(
        tampering=Tampering.REORDERED,
        entries=((first.first, first.last), (second.first, second.last)),
        line=min(first.first_line, second.first_line),
        summary=f"{both} have changed places",
        detail="the entries themselves are as they were",
    )


def hashed_again(place: int, run: Run, since: int, following: tuple[int, ...]) -> Finding:
    """Tell that an entry was changed with its hash.

    Args:
        place: Of the entry.
        run: It stands at an end of this run.
        since: Entries from here on, which nobody signed, could have been hashed again with it.
        following: The entry that does not fit it any more, if there is one.
    """
    detail = [f"entry {entry} is as it was; it only does not follow any more" for entry in following]
    if since < place:
        detail.append(f"no checkpoint signs {span(since, place - 1)}: they could have been hashed again with it")
    return Finding(
        tampering=Tampering.CHANGED,
        entries=((place, place),),
        line=run.last_line if place == run.last else run.first_line,
        summary=f"entry {place} was changed and hashed again",
        detail="; ".join(detail),
        affected=following,
    )


def not_signed(first: int, forged: int) -> Finding:
    """Tell that a checkpoint signs another hash than entry ``forged`` has; ``first`` follows the last good one."""
    one = f"entry {forged} was changed and hashed again"
    some = f"one of the entries {first} to {forged} was changed, and all after it were hashed again"
    return Finding(
        tampering=Tampering.CHANGED,
        entries=((first, forged),),
        summary=one if first == forged else some,
        detail=f"the checkpoint of entry {forged} signs another hash than the one that stands there",
    )


def wrong_by_itself(damage: Damage) -> Finding:
    """Tell that an entry's own line is wrong."""
    return Finding(
        tampering=Tampering.CHANGED,
        entries=((damage.place, damage.last),),
        line=damage.line,
        summary=f"{span(damage.place, damage.last)} {_was(damage.place, damage.last)} changed",
        detail=FLAWS[damage.flaw].format(line=damage.line, before=damage.place - 1),
    )


def _was(first: int, last: int) -> str:
    return "was" if first == last else "were"


def _between(first: int, last: int) -> str:
    return f"between {first - 1} and {last + 1}" if first > 1 else f"before entry {last + 1}"
