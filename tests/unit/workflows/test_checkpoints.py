"""Checkpoints: every thousand entries or every hour the newest entry of the audit log is signed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from orchestrator.adapters.signer import is_signed
from orchestrator.domain.chain import checkpoint_text
from orchestrator.domain.records import Checkpoint
from orchestrator.workflows.checkpoints import checkpoint, checkpoint_now
from tests.audit import SIGNER
from tests.fakes.installation import UNIT, Installation


def write(installation: Installation, count: int) -> None:
    """Add entries to the audit log."""
    with installation.records.transaction() as tx:
        for number in range(count):
            tx.audit.append(installation.clock.now(), UNIT, "request.submit", "req-1", {"number": number})


def stored(installation: Installation) -> tuple[Checkpoint, ...]:
    """Give all checkpoints."""
    with installation.records.read() as tx:
        return tx.checkpoints.list()


def test_an_empty_log_has_nothing_to_sign(installation: Installation) -> None:
    """Neither when it is due nor when somebody asks."""
    assert checkpoint(installation.ports) is None
    assert checkpoint_now(installation.ports) is None


def test_the_newest_entry_is_signed_once(installation: Installation) -> None:
    """Asked again, nothing happens."""
    write(installation, 3)
    made = checkpoint(installation.ports)
    assert made is not None
    assert made.sequence == 3
    assert is_signed(SIGNER.public_key(), checkpoint_text(3, made.hash, made.at), made.signature)
    assert checkpoint(installation.ports) is None
    installation.clock.advance(timedelta(days=1))
    assert checkpoint(installation.ports) is None
    assert stored(installation) == (made,)


def test_it_is_due_after_so_many_entries(installation: Installation) -> None:
    """However little time went by."""
    write(installation, 1)
    checkpoint(installation.ports, every_entries=5)
    write(installation, 4)
    assert checkpoint(installation.ports, every_entries=5) is None
    write(installation, 1)
    assert checkpoint(installation.ports, every_entries=5) is not None
    assert [one.sequence for one in stored(installation)] == [1, 6]


def test_it_is_due_after_an_hour(installation: Installation) -> None:
    """Of business time, if anything was added."""
    write(installation, 1)
    checkpoint(installation.ports)
    write(installation, 1)
    installation.clock.advance(timedelta(minutes=59, seconds=59))
    assert checkpoint(installation.ports) is None
    installation.clock.advance(timedelta(seconds=1))
    assert checkpoint(installation.ports) is not None


def test_a_clock_that_goes_back_makes_no_checkpoint_late(installation: Installation) -> None:
    """Entries that were added are signed at once, and then in their time again."""
    write(installation, 1)
    checkpoint(installation.ports)
    installation.clock.advance(timedelta(days=-30))
    write(installation, 1)
    assert checkpoint(installation.ports) is not None
    write(installation, 1)
    assert checkpoint(installation.ports) is None


def test_a_copy_gets_a_fresh_checkpoint(installation: Installation) -> None:
    """And none is made when the newest entry has one."""
    write(installation, 1)
    first = checkpoint_now(installation.ports)
    assert first == checkpoint_now(installation.ports)
    write(installation, 1)
    second = checkpoint_now(installation.ports)
    assert second is not None
    assert second.sequence == 2


def test_two_sweeps_at_once_make_one_checkpoint(installation: Installation) -> None:
    """The second one finds that it is done."""
    write(installation, 1)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: checkpoint(installation.ports), range(8)))
    assert len([one for one in made if one is not None]) == 1
    assert len(stored(installation)) == 1
