"""The audit log's chain: a copy of the log shows by itself whether it was changed."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.chain import BEGINNING, entry_hash, faults, link
from orchestrator.domain.records import Actor, AuditEntry, Role
from tests.samples import OFFICER, START

FACTS = st.dictionaries(
    st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5) | st.booleans(), max_size=3
)


def log(length: int) -> list[AuditEntry]:
    """Give a whole log."""
    entries: list[AuditEntry] = []
    for number in range(length):
        last = entries[-1] if entries else None
        facts = {"number": number, "name": "水务局"}
        entries.append(link(last, at=START, actor=OFFICER, action="accept", subject="req-1", facts=facts))
    return entries


def test_the_hash_can_be_computed_with_any_tool() -> None:
    """It is SHA-256 over the entry's other fields as JSON: sorted keys, no spaces, UTF-8."""
    (entry,) = log(1)
    fields = json.loads(entry.model_dump_json())
    stated = fields.pop("hash")
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert stated == hashlib.sha256(text.encode()).hexdigest()
    assert fields["previous"] == BEGINNING


def test_each_entry_names_the_one_before() -> None:
    """Sequence and hash go on without a gap, and nothing is at fault."""
    entries = log(4)
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4]
    assert all(later.previous == earlier.hash for earlier, later in pairwise(entries))
    assert list(faults(entries)) == []
    assert list(faults(entries[2:], last=entries[1])) == []


@pytest.mark.parametrize(
    "change",
    [
        {"action": "reject"},
        {"subject": "req-2"},
        {"at": START + timedelta(microseconds=1)},
        {"actor": Actor(name="somebody", role=Role.OFFICE, door="cli")},
        {"facts": {"number": 1, "name": "另一个"}},
        {"hash": BEGINNING},
    ],
)
def test_a_changed_entry_is_found(change: dict[str, object]) -> None:
    """Whatever field is changed, the entry itself is named."""
    entries = log(4)
    entries[1] = entries[1].model_copy(update=change)
    assert "audit entry 2" in next(faults(entries)).summary


def test_a_changed_entry_with_a_new_hash_is_found_by_its_follower() -> None:
    """Who computes the hash again breaks the link of the next entry."""
    entries = log(4)
    forged = entries[1].model_copy(update={"action": "reject"})
    entries[1] = forged.model_copy(update={"hash": entry_hash(forged)})
    assert ["audit entry 3" in fault.summary for fault in faults(entries)] == [True]


@pytest.mark.parametrize("order", [[0, 2, 3], [1, 2, 3], [0, 2, 1, 3], [0, 1, 1, 2]])
def test_missing_moved_and_doubled_entries_are_found(order: list[int]) -> None:
    """An entry cannot be taken out, moved or repeated."""
    entries = log(4)
    assert list(faults(entries[number] for number in order))


@given(FACTS, st.integers(-12, 12))
def test_storing_and_reading_keeps_the_hash(facts: dict[str, object], hours: int) -> None:
    """An entry that was written as JSON and read again has the same hash, whatever zone its instant was given in."""
    at = START.astimezone(timezone(timedelta(hours=hours)))
    entry = link(None, at=at, actor=OFFICER, action="a", subject="s", facts=facts)
    assert entry_hash(AuditEntry.model_validate_json(entry.model_dump_json())) == entry.hash


def test_numbers_that_json_does_not_know_are_refused() -> None:
    """NaN has no canonical form."""
    with pytest.raises(ValueError, match="Out of range"):
        link(None, at=START, actor=OFFICER, action="a", subject="s", facts={"x": float("nan")})
