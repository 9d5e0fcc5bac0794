"""What was done to a log: which entries were changed, removed, moved or added, told from the trail of a copy.

The longest way through the runs in the order of their places is what stands where it belongs. A run beside it was
moved when its places are empty, otherwise it was added. Where two neighbours do not fit, the first was changed and
hashed again, because a hash that was not changed fits. A good checkpoint vouches for every entry before it that hangs
together with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

from orchestrator.domain import tampering
from orchestrator.domain.chain import BEGINNING
from orchestrator.domain.tampering import Finding, span
from orchestrator.domain.trail import Run, Trail


@dataclass
class _Inquest:
    """One look at a trail.

    Attributes:
        runs: Copies of the trail's runs by their number in it, cut to what stands in its place.
        file: Their numbers as they stand in the file; exchanged pieces are put back.
        order: Their numbers by their places.
    """

    runs: dict[int, Run]
    file: list[int]
    order: list[int] = field(default_factory=list)
    found: list[Finding] = field(default_factory=list)


def findings(trail: Trail, end: int | None = None) -> tuple[Finding, ...]:
    """Tell what was done to the entries, in their order.

    Args:
        trail: All lines were taken up.
        end: No entry above it can be genuine; ``None`` when nobody knows where the log ends.
    """
    runs = {number: replace(run) for number, run in enumerate(trail.runs) if run.length > 0}
    inquest = _Inquest(runs, list(runs))
    _drop_beyond(inquest, end)
    _put_back(inquest)
    main = _longest_way([inquest.runs[number] for number in inquest.file])
    _cut_overlaps(inquest, [inquest.file[position] for position in main])
    _place_others(inquest, {inquest.file[position] for position in main})
    _find_missing(inquest)
    _find_hashed_again(inquest)
    _find_damaged(inquest, trail)
    return tuple(sorted(inquest.found, key=lambda finding: finding.entries))


def last_place(trail: Trail, end: int | None = None) -> int:
    """Give the highest place that the log reaches, not counting what stands beyond its end."""
    genuine = [run.last for run in trail.runs if end is None or run.first <= end]
    return max(genuine) if end is None else min(max(genuine, default=0), end)


def _drop_beyond(inquest: _Inquest, end: int | None) -> None:
    """Take away what stands at places that the log does not have."""
    for number, run in list(inquest.runs.items()):
        if run.first < 1 or (end is not None and run.first > end):
            inquest.found.append(tampering.added(run.first, run.last, run.first_line, "the log has no such place"))
            _drop(inquest, number)
        elif end is not None and run.last > end:
            inquest.found.append(_added_tail(run, end + 1, f"the signed log ends with entry {end}"))
            run.cut(end)


def _drop(inquest: _Inquest, number: int) -> None:
    del inquest.runs[number]
    inquest.file.remove(number)


def _added_tail(run: Run, first: int, why: str) -> Finding:
    """Tell that the end of a run, from place ``first`` on, was added."""
    if first == run.last and run.unreadable:
        return tampering.added_text(first, run.last_line - run.unreadable + 1)
    return tampering.added(first, run.last, run.last_line - (run.last - first), why)


def _put_back(inquest: _Inquest) -> None:
    """Find pieces that stand where the other belongs, tell them, and put them back."""
    by_first = {inquest.runs[number].first: position for position, number in enumerate(inquest.file)}
    file = list(inquest.file)
    for position in range(len(file)):
        other = by_first.get(_last_before(inquest, file, position) + 1)
        if other is not None and other > position and _are_exchanged(inquest, file, position, other):
            one, two = file[position], file[other]
            inquest.found.append(tampering.exchanged(inquest.runs[one], inquest.runs[two]))
            inquest.file[position], inquest.file[other] = two, one


def _are_exchanged(inquest: _Inquest, file: list[int], position: int, other: int) -> bool:
    one, two = inquest.runs[file[position]], inquest.runs[file[other]]
    if one.first <= two.first or not _fits_before(inquest, file, other, one.last):
        return False
    if other == position + 1:
        return one.length == two.length and one.first == two.last + 1
    behind = inquest.runs[file[position + 1]].first == two.last + 1
    return behind and _last_before(inquest, file, other) == one.first - 1


def _last_before(inquest: _Inquest, file: list[int], position: int) -> int:
    """Give the place before a position of the file; 0 at its beginning."""
    return inquest.runs[file[position - 1]].last if position else 0


def _fits_before(inquest: _Inquest, file: list[int], position: int, place: int) -> bool:
    """Whether what stands behind a position of the file, if anything does, belongs behind a place."""
    return position + 1 == len(file) or inquest.runs[file[position + 1]].first == place + 1


def _longest_way(runs: list[Run]) -> list[int]:
    """Give the positions of the runs that stand in their order: most entries; signed and fitting ones rather."""
    scores: list[int] = []
    ways: list[int | None] = []
    for position, run in enumerate(runs):
        own = 4 * run.length + 2 * bool(run.signed) - bool(run.forged)
        steps = [
            (scores[earlier] + own + _joint(runs[earlier], run), earlier)
            for earlier in range(position)
            if runs[earlier].first < run.first and runs[earlier].last <= run.last
        ]
        best = max(steps, default=(own, -1))
        score, way = best if best[0] > own else (own, -1)
        scores.append(score)
        ways.append(None if way < 0 else way)
    return _way_to(scores.index(max(scores)), ways) if scores else []


def _way_to(position: int | None, ways: list[int | None]) -> list[int]:
    way: list[int] = []
    while position is not None:
        way.append(position)
        position = ways[position]
    return way[::-1]


def _joint(earlier: Run, later: Run) -> int:
    """Weigh how two runs hang together: places that both claim count once, a fitting hash speaks for them."""
    overlap = max(0, earlier.last - later.first + 1)
    fits = later.previous in (earlier.before if overlap else earlier.hashes)
    return bool(fits) - 4 * overlap


def _cut_overlaps(inquest: _Inquest, main: list[int]) -> None:
    """Of two that claim the same places leave the signed one, else the later one, which goes on."""
    for one, two in pairwise(main):
        earlier, later = inquest.runs[one], inquest.runs[two]
        if earlier.last < later.first:
            continue
        why = f"{span(later.first, earlier.last)} would stand there twice"
        if earlier.signed >= later.first:
            inquest.found.append(tampering.added(later.first, earlier.last, later.first_line, why))
            later.first, later.previous = earlier.last + 1, None
        else:
            inquest.found.append(_added_tail(earlier, later.first, why))
            earlier.cut(later.first - 1)


def _place_others(inquest: _Inquest, placed: set[int]) -> None:
    """Tell moved runs from added ones, and bring the moved ones into their places."""
    moved: list[int] = []
    for number in [number for number in inquest.file if number not in placed]:
        run = inquest.runs[number]
        others = (inquest.runs[one] for one in placed)
        if any(run.first <= other.last and other.first <= run.last for other in others):
            why = f"{span(run.first, run.last)} would stand in the log twice"
            inquest.found.append(tampering.added(run.first, run.last, run.first_line, why))
            _drop(inquest, number)
        else:
            placed.add(number)
            moved.append(number)
    for number in moved:
        after = _last_before(inquest, inquest.file, inquest.file.index(number))
        inquest.found.append(tampering.moved(inquest.runs[number], after))
    inquest.order = sorted(placed, key=lambda number: inquest.runs[number].first)


def _find_missing(inquest: _Inquest) -> None:
    before = 0
    for number in inquest.order:
        run = inquest.runs[number]
        if run.first > before + 1:
            inquest.found.append(tampering.removed(before + 1, run.first - 1))
        before = run.last


def _find_hashed_again(inquest: _Inquest) -> None:
    """Find entries that were changed and hashed again: their neighbours, or a signature, do not fit them."""
    runs = [inquest.runs[number] for number in inquest.order]
    beginning = Run(0, 0, 1, 1, None, frozenset({BEGINNING}), signed=0)
    blamed = {_blamed(runs, number, before) for number, before in enumerate([beginning, *runs][: len(runs)])} - {0}
    for run in runs:
        for place in sorted(place for place in blamed if run.first <= place <= run.last):
            following = (place + 1,) if place == run.last and run is not runs[-1] else ()
            inquest.found.append(tampering.hashed_again(place, run, _first_unsigned(run), following))
        if run.forged and run.forged not in blamed:
            inquest.found.append(tampering.not_signed(_first_unsigned(run), run.forged))


def _blamed(runs: list[Run], number: int, before: Run) -> int:
    """Give the place that was changed where a run does not fit the one before it; 0 where it fits.

    It is the first of the two, unless that one is signed, or the second fits on its other side neither.
    """
    run = runs[number]
    if not _misfit(before, run):
        return 0
    after = runs[number + 1] if number + 1 < len(runs) else None
    fits_nowhere = run.length == 1 and (run.forged == run.first or (after is not None and _misfit(run, after)))
    return run.first if fits_nowhere or before.signed == before.last else before.last


def _misfit(run: Run, following: Run) -> bool:
    known = bool(run.hashes) and following.previous is not None
    return known and following.first == run.last + 1 and following.previous not in run.hashes


def _first_unsigned(run: Run) -> int:
    return max(run.signed + 1, run.first)


def _find_damaged(inquest: _Inquest, trail: Trail) -> None:
    for damage in trail.damages:
        run = inquest.runs.get(damage.run)
        told = any(finding.entries == ((damage.place, damage.last),) for finding in inquest.found)
        if run is not None and run.first <= damage.place <= run.last and not told:
            inquest.found.append(tampering.wrong_by_itself(damage))
