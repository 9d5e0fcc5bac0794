"""The trail of a log's entries as they were found: runs that follow each other by their hashes.

A whole log is one run. Whatever somebody does to it breaks it into a few; :mod:`orchestrator.domain.inquest` tells
from them what was done. Only runs are kept, so memory does not grow with the log.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from orchestrator.domain.chain import BEGINNING

MOST_RUNS: Final = 1000
"""Beyond so many breaks nobody reads on; the first ones are told."""
NOTHING: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Link:
    """What one line of a log says.

    Attributes:
        line: Its number, from 1.
        sequence: What the entry says of its place; ``None`` when it says nothing readable. So with the others.
        previous: Which hash it follows.
        stated: The hash that stands beside it; ``None`` when the line is none of an entry at all.
        content: The hash of what stands there.
    """

    line: int
    sequence: int | None = None
    previous: str | None = None
    stated: str | None = None
    content: str | None = None

    @property
    def readable(self) -> bool:
        """Whether it is the line of an entry."""
        return self.stated is not None

    @property
    def damaged(self) -> bool:
        """Whether its content is not what was hashed."""
        return self.stated is None or self.stated != self.content or self.sequence is None or self.previous is None

    @property
    def hashes(self) -> frozenset[str]:
        """The hashes that its follower may name: of a damaged entry nobody knows which of the two is the true one."""
        return frozenset(digest for digest in (self.stated, self.content) if digest is not None)


class Flaw(StrEnum):
    """What is wrong with an entry by itself."""

    UNREADABLE = "unreadable"
    CONTENT = "content"
    SEQUENCE = "sequence"


@dataclass(frozen=True, slots=True)
class Damage:
    """Entries that are wrong by themselves (mostly one): their places, the line of the first, their run's number."""

    place: int
    last: int
    line: int
    run: int
    flaw: Flaw


@dataclass(slots=True)
class Run:
    """Entries that follow each other by their hashes.

    Attributes:
        first: Place of the first entry in the log; ``last`` that of the last; the lines likewise.
        previous: Which hash the first entry says that it follows; ``None`` when nobody knows.
        hashes: Which hashes a follower of the last entry may name; empty when nobody knows.
        before: Which hash the last entry follows.
        unreadable: How many lines at the end are none of an entry.
        signed: The last place whose hash is signed; 0 when none is. It vouches for every entry before it in this run.
        forged: The first place whose hash is not what a checkpoint signs; 0 when there is none.
    """

    first: int
    last: int
    first_line: int
    last_line: int
    previous: str | None
    hashes: frozenset[str]
    before: frozenset[str] = NOTHING
    unreadable: int = 0
    signed: int = 0
    forged: int = 0

    @property
    def length(self) -> int:
        """How many entries it has."""
        return self.last - self.first + 1

    def extend(self, place: int, link: Link) -> None:
        """Take up the next entry."""
        if not self.length:
            self.first_line = link.line
        self.before, self.hashes = self.hashes, link.hashes
        self.last, self.last_line = place, link.line
        self.unreadable = 0 if link.readable else 1

    def jump(self, place: int, before: str, head: str, line: int) -> None:
        """Take up many entries at once, which follow: the last one's place, what it follows, its hash and its line."""
        if not self.length:
            self.first_line = line - (place - self.last) + 1
        self.last, self.last_line, self.unreadable = place, line, 0
        self.before, self.hashes = frozenset({before}), frozenset({head})

    def cut(self, place: int) -> None:
        """Leave out everything behind a place; the line of the new end is right unless a checkpoint stood between."""
        known = self.before if place == self.last - 1 else NOTHING
        self.last_line -= self.last - place
        self.last, self.hashes, self.before, self.unreadable = place, known, NOTHING, 0


@dataclass
class Trail:
    """The runs of a log, in the order in which they were found; they are made line by line."""

    runs: list[Run] = field(default_factory=list)
    damages: list[Damage] = field(default_factory=list)
    misplaced: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Stand before the first entry."""
        self._run = Run(1, 0, 1, 1, BEGINNING, frozenset({BEGINNING}))
        self.runs.append(self._run)

    @property
    def run(self) -> Run:
        """The run that grows."""
        return self._run

    @property
    def full(self) -> bool:
        """Whether there are more breaks than anybody reads."""
        return len(self.runs) + len(self.damages) + len(self.misplaced) > MOST_RUNS

    def add(self, link: Link) -> None:
        """Take up the next line that is, or should be, an entry."""
        if not link.readable and self._run.unreadable:
            self._run.unreadable += 1
            self._run.last_line = link.line
            return
        place = self._place(link)
        if place is None:
            place = self._begin(link)
        else:
            self._run.extend(place, link)
        self._note(link, place)

    def sign(self, sequence: int, digest: str) -> bool:
        """Take up a checkpoint whose signature is good; gives whether it fits the entry behind which it stands."""
        run = self._run
        for candidate in self.runs[:-3:-1]:  # an entry may have been put between the signed one and its checkpoint
            if candidate.last == sequence and digest in candidate.hashes:
                candidate.signed = sequence
                return True
        if run.last != sequence:
            self.misplaced.append(sequence)
        elif run.hashes and not run.forged:
            run.forged = sequence
        return False

    def _place(self, link: Link) -> int | None:
        """Tell which place of this run an entry takes, or None when it does not follow."""
        run, expected = self._run, self._run.last + 1
        if link.previous in run.hashes:
            return expected
        if link.sequence is not None and expected <= link.sequence < expected + run.unreadable:
            # Several unreadable lines may have been several entries.
            self.damages[-1] = replace(self.damages[-1], last=link.sequence - 1)
            return link.sequence
        return expected if link.damaged and link.sequence in {None, expected} else None

    def _begin(self, link: Link) -> int:
        first = link.sequence or 0
        before = NOTHING if link.previous is None else frozenset({link.previous})
        self._run = Run(first, first, link.line, link.line, link.previous, link.hashes, before)
        self.runs.append(self._run)
        return first

    def _note(self, link: Link, place: int) -> None:
        if not link.readable or link.sequence is None or link.previous is None:
            flaw = Flaw.UNREADABLE
        elif link.damaged:
            flaw = Flaw.CONTENT
        elif link.sequence != place:
            flaw = Flaw.SEQUENCE
        else:
            return
        self.damages.append(Damage(place, place, link.line, len(self.runs) - 1, flaw))
