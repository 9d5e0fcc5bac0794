"""The contract of :class:`orchestrator.ports.Records` for many processes, and for processes that die."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.domain.chain import faults
from orchestrator.ports import Records
from tests.samples import START

PROGRAMS = Path(__file__).parent.parent / "store_programs.py"
PROCESSES = 4
THREADS = 13
"""Four processes of 13 threads are 52 writers."""
TRANSACTIONS = 5
KILLS = 4


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start one of the programs; it is dead at the end of the block."""
    process = subprocess.Popen(
        [sys.executable, str(PROGRAMS), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


class SurvivalContract:
    """Nothing acknowledged is lost, nothing is half done, nobody is turned away."""

    def test_many_writers_take_turns(self, records: Records, url: str) -> None:
        """Writers in threads of several processes all succeed, and the chain that they share has no fault."""
        processes = [
            subprocess.Popen(
                [sys.executable, str(PROGRAMS), "contend", url, f"p{number}", str(THREADS), str(TRANSACTIONS)],
                stderr=subprocess.PIPE,
                text=True,
            )
            for number in range(PROCESSES)
        ]
        complaints = [process.communicate(timeout=300)[1] for process in processes]
        assert complaints == [""] * PROCESSES
        with records.read() as look:
            entries = look.audit.list(limit=10_000)
        assert len(entries) == PROCESSES * THREADS * TRANSACTIONS
        assert list(faults(entries)) == []
        with records.transaction() as transaction:
            transaction.senders.flush_refusals(START.replace(year=START.year + 1))
            line = transaction.audit.list(subject="192.0.2.7")
        assert [entry.facts["calls"] for entry in line] == [PROCESSES * THREADS * TRANSACTIONS]

    def test_a_killed_writer_loses_nothing_that_it_acknowledged(self, records: Records, url: str) -> None:
        """Writers are killed at once in the middle of their work, again and again."""
        acknowledged: set[str] = set()
        for round_ in range(KILLS):
            with started("acknowledge", url, str(round_)) as process:
                assert process.stdout is not None
                for _ in range(3 + 5 * round_):
                    acknowledged.add(process.stdout.readline().strip())
                process.kill()
                acknowledged.update(process.stdout.read().split())
        with records.read() as look:
            stored = {request.id for request in look.requests.list(limit=100_000)}
            assert acknowledged <= stored
            for request in stored:
                (operation,) = look.operations.list(request=request)
                assert len(look.operations.events(operation.id)) == 1
                assert len(look.audit.list(subject=request)) == 1
            assert list(faults(look.audit.list(limit=100_000))) == []
        assert len(acknowledged) >= KILLS * 3
