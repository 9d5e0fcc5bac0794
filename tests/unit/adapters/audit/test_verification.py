"""A copy of the audit log shows by itself what was done to it, and to which entry (issue: finds and says which)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.audit import verify_copy, verify_file
from orchestrator.domain.audit_copy import End, entry_line
from orchestrator.domain.closing import Verification
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.records import AuditEntry
from tests.audit import FORGER, KEYS, SIGNER, a_copy, a_log, chained, checkpoints_of, hashed, told, verify

LENGTH = 24
EVERY = 7
ENTRIES = a_log(LENGTH)
CHECKPOINTS = checkpoints_of(ENTRIES, EVERY)
COPY = a_copy(ENTRIES, CHECKPOINTS)
LINE_OF = {entry.sequence: COPY.index(entry_line(entry)) for entry in ENTRIES}
TEXT = b"".join(COPY)
PLACES = st.integers(1, LENGTH)


def names(verification: Verification, place: int) -> bool:
    """Whether any finding names an entry."""
    pairs = [pair for finding in verification.findings for pair in finding.entries]
    return any(first <= place <= last for first, last in pairs)


def forged(place: int, **changes: object) -> list[AuditEntry]:
    """Change one entry and its hash, and nothing else."""
    return [hashed(entry, **changes) if entry.sequence == place else entry for entry in ENTRIES]


def rewritten(place: int) -> list[AuditEntry]:
    """Change one entry and hash it and all after it again."""
    evil = ENTRIES[place - 1].model_copy(update={"action": "request.reject"})
    return ENTRIES[: place - 1] + chained([evil, *ENTRIES[place:]], ENTRIES[place - 2] if place > 1 else None)


def test_a_whole_copy_is_whole() -> None:
    """It says how far it reaches, and who signed it."""
    verification = verify(COPY)
    assert verification.whole
    assert (verification.entries, verification.head) == (LENGTH, ENTRIES[-1].hash)
    assert verification.signed == CHECKPOINTS[-1]


@pytest.mark.parametrize("length", [0, 1, 2])
def test_a_short_copy_is_whole(length: int) -> None:
    """An empty one has no checkpoint."""
    entries = a_log(length)
    assert verify(a_copy(entries, checkpoints_of(entries, EVERY))).whole


@given(st.integers(0, len(TEXT) - 1), st.integers(1, 255))
def test_a_changed_byte_is_found_in_its_entry(offset: int, delta: int) -> None:
    """Whichever it is, line breaks and the lines between the entries included."""
    changed = TEXT[:offset] + bytes([(TEXT[offset] + delta) % 256]) + TEXT[offset + 1 :]
    line = TEXT[:offset].count(b"\n")
    try:
        verification = verify([changed])
    except BadInputError:
        assert line == 0
        return
    assert not verification.whole
    place = {number: place for place, number in LINE_OF.items()}.get(line)
    assert place is None or names(verification, place)


@given(PLACES, st.sampled_from(["action", "subject", "at", "facts"]))
def test_a_changed_entry_is_named_and_no_other(place: int, field: str) -> None:
    """Its hash stands where it was: the entries after it are not even affected."""
    changes = {"action": "x", "subject": "x", "at": ENTRIES[0].at.replace(year=2020), "facts": {}}
    lines = list(COPY)
    lines[LINE_OF[place]] = entry_line(ENTRIES[place - 1].model_copy(update={field: changes[field]}))
    verification = verify(lines)
    assert told(verification) == [("changed", ((place, place),))]
    assert verification.findings[0].affected == ()
    assert verification.findings[0].line == LINE_OF[place] + 1


@given(PLACES, st.sampled_from([{"action": "x"}, {"sequence": 99}, {"sequence": 3}, {"previous": "f" * 64}]))
def test_an_entry_that_was_hashed_again_is_named(place: int, change: dict[str, object]) -> None:
    """The next one does not follow any more, and is told to be affected only."""
    if change == {"sequence": place}:
        return
    verification = verify(a_copy(forged(place, **change), CHECKPOINTS))
    assert {finding.tampering for finding in verification.findings} == {"changed"}
    assert names(verification, place)
    if place < LENGTH:
        assert told(verification) == [("changed", ((place, place),))]
        assert verification.findings[0].affected == (place + 1,)
        assert f"entry {place + 1} is as it was" in verification.findings[0].detail


@given(PLACES)
def test_a_log_rewritten_without_the_key_is_found_by_its_checkpoint(place: int) -> None:
    """Every hash fits, but not the signature: the entries since the last good checkpoint are named."""
    verification = verify(a_copy(rewritten(place), CHECKPOINTS))
    ((tampering, ((first, last),)),) = told(verification)
    assert tampering == "changed"
    assert first <= place <= last
    assert last - first < EVERY


@given(PLACES)
def test_a_log_signed_by_another_key_is_not_trusted(place: int) -> None:
    """A forger signs with a key of his own; a copy that vouches for itself can't show that."""
    entries = rewritten(place)
    lines = a_copy(entries, checkpoints_of(entries, EVERY, FORGER), FORGER)
    assert {tampering for tampering, _ in told(verify(lines))} == {"signature"}
    assert verify(lines, keys=None).whole


def test_a_signature_of_another_instant_is_wrong() -> None:
    """The signature covers when it was made."""
    moved = CHECKPOINTS[1].model_copy(update={"at": CHECKPOINTS[1].at.replace(year=2020)})
    verification = verify(a_copy(ENTRIES, [CHECKPOINTS[0], moved, *CHECKPOINTS[2:]]))
    assert told(verification) == [("signature", ())]
    assert "the checkpoint of entry 14 bears a wrong signature" in verification.findings[0].summary


@given(PLACES, st.integers(1, 4))
def test_removed_entries_are_named(place: int, count: int) -> None:
    """And between which they are missing; at the end they were cut off."""
    last = min(place + count - 1, LENGTH)
    gone = {LINE_OF[entry] for entry in range(place, last + 1)}
    verification = verify([line for number, line in enumerate(COPY) if number not in gone])
    assert told(verification) == [("cut" if last == LENGTH else "removed", ((place, last),))]


def test_a_removed_entry_is_told_in_words() -> None:
    """As the issue has it."""
    (finding,) = verify([line for number, line in enumerate(COPY) if number != LINE_OF[17]]).findings
    assert finding.summary == "entry 17 is missing between 16 and 18"
    assert finding.affected == (18,)


@given(PLACES, PLACES)
def test_two_entries_that_changed_places_are_named(one: int, two: int) -> None:
    """Neighbours or far apart."""
    lines = list(COPY)
    lines[LINE_OF[one]], lines[LINE_OF[two]] = lines[LINE_OF[two]], lines[LINE_OF[one]]
    first, second = sorted((one, two))
    wanted = [] if one == two else [("reordered", ((first, first), (second, second)))]
    assert told(verify(lines)) == wanted


@given(PLACES, PLACES)
def test_a_moved_entry_is_named(place: int, behind: int) -> None:
    """By itself, or as one of two neighbours that changed places."""
    lines = [line for line in COPY if line != COPY[LINE_OF[place]]]
    if behind in {place, place - 1}:
        return
    lines.insert(lines.index(COPY[LINE_OF[behind]]) + 1, COPY[LINE_OF[place]])
    verification = verify(lines)
    assert {str(finding.tampering) for finding in verification.findings} == {"reordered"}
    assert names(verification, place)
    assert len(verification.findings) == 1


@given(PLACES, PLACES)
def test_a_copied_entry_is_named(place: int, behind: int) -> None:
    """Wherever its copy stands."""
    lines = list(COPY)
    lines.insert(LINE_OF[behind] + 1, COPY[LINE_OF[place]])
    assert told(verify(lines)) == [("added", ((place, place),))]


@given(st.integers(0, LENGTH), st.integers(1, 3))
def test_invented_entries_are_named(behind: int, count: int) -> None:
    """They follow the one before them by number and hash; the true ones follow it too."""
    before = ENTRIES[behind - 1] if behind else None
    evil = [ENTRIES[0].model_copy(update={"action": "x", "facts": {"number": number}}) for number in range(count)]
    added = [entry_line(entry) for entry in chained(evil, before)]
    position = LINE_OF[behind] + 1 if behind else 1
    verification = verify(COPY[:position] + added + COPY[position:])
    assert {finding.tampering for finding in verification.findings} == {"added"}
    assert all(names(verification, behind + number) for number in range(1, count + 1))
    assert min(finding.line or 0 for finding in verification.findings) == position + 1


@given(st.integers(1, len(COPY) - 1), st.sampled_from([0, -3, LENGTH + 1, 10**9]))
def test_an_entry_at_a_place_that_the_log_does_not_have_is_named(position: int, place: int) -> None:
    """Below the first or above the last one; it follows nothing."""
    evil = entry_line(hashed(ENTRIES[0], sequence=place, previous="e" * 64))
    verification = verify([*COPY[:position], evil, *COPY[position:]])
    assert told(verification) == [("added", ((place, place),))]
    assert verification.findings[0].line == position + 1


def test_a_second_last_entry_is_named_and_not_the_signed_one() -> None:
    """Both follow the same entry; the checkpoint tells which is genuine."""
    evil = entry_line(hashed(ENTRIES[-1], action="x"))
    for position in (LINE_OF[LENGTH], LINE_OF[LENGTH] + 1, LINE_OF[LENGTH] + 2):
        verification = verify([*COPY[:position], evil, *COPY[position:]])
        assert told(verification) == [("added", ((LENGTH, LENGTH),))]
        assert verification.findings[0].line == position + 1


def test_two_pieces_that_changed_places_are_named() -> None:
    """Of different lengths, apart from each other."""
    lines = [COPY[LINE_OF[place]] for place in range(1, LENGTH + 1)]
    spoiled = [*lines[:2], *lines[9:12], *lines[4:9], *lines[2:4], *lines[12:]]
    entries = iter(spoiled)
    verification = verify([next(entries) if line.startswith(b'{"hash"') else line for line in COPY])
    assert told(verification) == [("reordered", ((3, 4), (10, 12)))]
    assert verification.findings[0].summary == "entries 3 to 4 and entries 10 to 12 have changed places"


@given(st.integers(1, len(COPY) - 1), st.lists(st.sampled_from([b"{}\n", b"\n", b"\xff\n"]), min_size=1, max_size=3))
def test_added_text_is_found(position: int, text: list[bytes]) -> None:
    """A line that is none of an entry is told by its number."""
    verification = verify([*COPY[:position], *text, *COPY[position:]])
    assert [finding.tampering for finding in verification.findings] == ["added"]
    assert verification.findings[0].line == position + 1


@given(st.integers(0, len(TEXT) - 1))
def test_a_truncated_file_is_found(length: int) -> None:
    """Wherever it was cut; the entries that are gone are named."""
    try:
        verification = verify([TEXT[:length]])
    except BadInputError:
        assert length < len(COPY[0])
        return
    left = sum(entry_line(entry) in TEXT[:length] for entry in ENTRIES)
    assert verification.findings[-1].tampering == "truncated" or length < len(COPY[0])
    if length >= len(COPY[0]):
        assert verification.findings[-1].entries == (() if left == LENGTH else ((left + 1, LENGTH),))


@given(st.integers(0, LENGTH - 1))
def test_a_cut_tail_is_found_though_the_last_line_fits(left: int) -> None:
    """The newest checkpoint, on the first line, signs more than is there."""
    kept = COPY[: LINE_OF[left + 1]]
    head = ENTRIES[left - 1].hash if left else "0" * 64
    end = End(count=left, head=head, checkpoints=len(kept) - left - 1).line()
    verification = verify([*kept, end])
    assert told(verification) == [("cut", ((left + 1, LENGTH),))]


@given(st.integers(0, len(COPY) - 1))
def test_no_line_can_be_taken_away(number: int) -> None:
    """Neither the first, nor the last, nor a checkpoint."""
    assert not verify(COPY[:number] + COPY[number + 1 :]).whole


@given(st.integers(1, len(COPY) - 1), st.integers(1, len(COPY) - 1))
def test_no_two_lines_can_change_places(one: int, two: int) -> None:
    """Whatever they are."""
    lines = list(COPY)
    lines[one], lines[two] = lines[two], lines[one]
    assert verify(lines).whole == (lines == COPY)


@given(st.permutations(range(1, LENGTH + 1)))
def test_a_shuffled_log_is_reordered_and_loses_nothing(order: Sequence[int]) -> None:
    """Whatever the order: no entry is told to be missing, added or changed."""
    shuffled = [COPY[LINE_OF[place]] for place in order]
    entries = iter(shuffled)
    lines = [next(entries) if line.startswith(b'{"hash"') else line for line in COPY]
    kinds = {str(finding.tampering) for finding in verify(lines).findings}
    in_order = all(earlier < later for earlier, later in pairwise(order))
    assert kinds == (set() if in_order else {"reordered"})


@given(st.sets(PLACES, max_size=5), st.sets(PLACES, max_size=5))
def test_many_removed_and_changed_entries_are_all_named(removed: set[int], changed: set[int]) -> None:
    """Each by itself, in their order."""
    changed -= removed
    lines = list(COPY)
    for place in changed:
        lines[LINE_OF[place]] = entry_line(ENTRIES[place - 1].model_copy(update={"action": "x"}))
    gone = {LINE_OF[place] for place in removed}
    verification = verify([line for number, line in enumerate(lines) if number not in gone])
    assert all(names(verification, place) for place in removed | changed)
    assert all(not names(verification, place) for place in set(range(1, LENGTH + 1)) - removed - changed)


def test_a_log_in_pieces_is_given_up() -> None:
    """More than a thousand breaks are not looked at: nobody reads them."""
    entries = a_log(2100)
    verification = verify(a_copy(entries[::2], checkpoints_of(entries, 5000)))
    assert not verification.complete
    assert len(verification.findings) > 900


def test_a_log_of_wrong_signatures_is_given_up() -> None:
    """Then nothing is said about its end, which nobody has seen."""
    entries = a_log(1002)
    wrong = [one.model_copy(update={"at": one.at.replace(year=2020)}) for one in checkpoints_of(entries, 1)]
    verification = verify(a_copy(entries, wrong))
    assert not verification.complete
    assert {finding.tampering for finding in verification.findings} == {"signature"}


def test_what_is_no_copy_is_bad_input(tmp_path: Path) -> None:
    """And so is a file that is not there."""
    file = tmp_path / "copy.jsonl"
    with pytest.raises(BadInputError, match="cannot be read"):
        verify_file(file, None)
    for text in (b"", b"\x89PNG\n", b'{"schema":"tenure/1"}\n'):
        file.write_bytes(text)
        with pytest.raises(BadInputError, match="is no copy of an audit log"):
            verify_file(file, None)


def test_a_file_is_verified_with_a_trusted_key(tmp_path: Path) -> None:
    """Or with the keys that it names itself."""
    file = tmp_path / "copy.jsonl"
    file.write_bytes(TEXT)
    assert verify_file(file, SIGNER.public_key()).whole
    assert verify_file(file, None).whole
    assert not verify_file(file, FORGER.public_key()).whole
    file.write_bytes(TEXT.replace(b"tenure-audit/1", b"tenure-audit/2", 1))
    (finding,) = verify_file(file, None).findings
    assert finding.diagnostic.summary.startswith("the first line")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda lines: [lines[0].replace(b'"keys":[', b'"keys": ['), *lines[1:]], "the first line"),
        (lambda lines: [*lines[:-1], lines[-1].replace(b":24,", b":25,")], "gone from the end"),
        (lambda lines: [*lines[:-1], lines[-1].replace(b'"checkpoints":4', b'"checkpoints":5')], "the last line"),
        (lambda lines: [*lines[:-1], lines[-1].replace(b'"count":', b'"count": ')], "the last line"),
        (lambda lines: [*lines, lines[-1]], "added"),
        (lambda lines: [line.replace(b'{"checkpoint":', b'{"checkpoint": ') for line in lines], "cannot be read"),
    ],
)
def test_the_lines_around_the_entries_are_checked(spoil: Callable[[list[bytes]], list[bytes]], words: str) -> None:
    """Each has one spelling only."""
    verification = verify_copy(iter(spoil(COPY)), "copy.jsonl", KEYS)
    assert any(words in finding.summary for finding in verification.findings)
