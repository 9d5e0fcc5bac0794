"""A copy of the audit log is made from the records, and what was done to the records shows in it."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from orchestrator.adapters.audit import copy_lines, record_lines, verify_copy, verify_records
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.closing import Verification
from tests.audit import KEYS, SIGNER, signed, told
from tests.samples import OFFICER, START


def write(records: SqlRecords, count: int) -> None:
    """Add entries."""
    with records.transaction() as tx:
        for number in range(count):
            at = START + timedelta(minutes=number)
            tx.audit.append(at, OFFICER, "request.accept", "req-1", {"number": number, "name": "水务局"})


def sign(records: SqlRecords) -> None:
    """Sign the newest entry."""
    with records.transaction() as tx:
        newest = tx.audit.newest()
        assert newest is not None
        tx.checkpoints.add(signed(newest))


def copy(records: SqlRecords) -> list[bytes]:
    """Make a copy."""
    with records.read() as tx:
        return list(copy_lines(tx, SIGNER))


def verified(records: SqlRecords) -> Verification:
    """Verify the records themselves."""
    with records.read() as tx:
        return verify_records(record_lines(tx, SIGNER), KEYS)


def tamper(records: SqlRecords, statement: str) -> None:
    """Do what the database's triggers forbid, as somebody can who owns the database."""
    with records.engine.begin() as connection:
        triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for trigger in triggers:
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        connection.execute(text(statement))


def test_a_copy_ends_with_the_entry_that_is_signed(records: SqlRecords) -> None:
    """What was added since is not in it; it is whole by itself."""
    write(records, 3)
    sign(records)
    write(records, 2)
    sign(records)
    write(records, 4)
    verification = verify_copy(iter(copy(records)), "copy", KEYS)
    assert verification.whole
    assert verification.entries == 5
    assert verified(records).entries == 9


def test_pages_of_entries_and_checkpoints_are_joined(records: SqlRecords) -> None:
    """More than one page of each."""
    write(records, 1001)
    sign(records)
    write(records, 1200)
    sign(records)
    verification = verify_copy(iter(copy(records)), "copy", KEYS)
    assert (verification.whole, verification.entries) == (True, 2201)


def test_an_empty_log_has_a_copy(records: SqlRecords) -> None:
    """Of a first and a last line."""
    lines = copy(records)
    assert len(lines) == 2
    assert verify_copy(iter(lines), "copy", KEYS).whole
    assert verified(records).whole


def test_any_tool_can_check_a_line(records: SqlRecords) -> None:
    """The hash is of the bytes between ``"entry":`` and the closing brace."""
    write(records, 1)
    sign(records)
    line = copy(records)[1].decode().removesuffix("\n")
    content = line[line.index('"entry":') + len('"entry":') : -1]
    assert json.loads(line)["hash"] == hashlib.sha256(content.encode()).hexdigest()


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("UPDATE audit SET action = 'request.reject' WHERE sequence = 4", ("changed", ((4, 4),))),
        ("UPDATE audit SET facts = '{}' WHERE sequence = 9", ("changed", ((9, 9),))),
        ("UPDATE audit SET actor = '{}' WHERE sequence = 5", ("changed", ((5, 5),))),
        ("UPDATE audit SET hash = 'x' WHERE sequence = 1", ("changed", ((1, 1),))),
        ("DELETE FROM audit WHERE sequence = 4", ("removed", ((4, 4),))),
        ("DELETE FROM audit WHERE sequence > 5", ("cut", ((6, 6),))),
    ],
)
def test_what_was_done_to_the_database_shows(
    records: SqlRecords, statement: str, wanted: tuple[str, tuple[tuple[int, int], ...]]
) -> None:
    """In the records and in a copy that is made afterwards; six entries are signed, three are not yet."""
    write(records, 6)
    sign(records)
    write(records, 3)
    assert verified(records).whole
    tamper(records, statement)
    assert told(verified(records)) == [wanted]
    in_copy = verify_copy(iter(copy(records)), "copy", KEYS)
    assert told(in_copy) == ([] if wanted[1][0][0] > 6 else [wanted])
