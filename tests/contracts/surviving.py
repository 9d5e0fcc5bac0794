"""The contract of :class:`orchestrator.ports.Records` for many processes, and for processes that die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.domain.chain import faults
from orchestrator.ports import Records
from tests.samples import START

PROGRAMS = Path(__file__).parent.parent / "store_programs.py"
PROCESSES = 4
THREADS = 13
"""Four processes of 13 threads are 52 writers."""
TRANSACTIONS = 5


def start(program: str, url: str, *arguments: str) -> subprocess.Popen[str]:
    """Start one of the programs in four processes of one group."""
    return subprocess.Popen(
        [sys.executable, str(PROGRAMS), program, url, str(PROCESSES), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(program: str, url: str, *arguments: str) -> tuple[int, str]:
    """Run one of the programs in four processes; give its exit code and its complaints."""
    process = start(program, url, *arguments)
    complaints = process.communicate(timeout=300)[1]
    return process.returncode, complaints


def kill_after(program: str, url: str, lines: int) -> set[str]:
    """Run one of the programs, kill all its processes once it wrote some lines; give all that was written."""
    process = start(program, url)
    assert process.stdout is not None
    written = {process.stdout.readline().strip() for _ in range(lines)}
    os.killpg(process.pid, signal.SIGKILL)
    return written | set(process.communicate(timeout=60)[0].split())


class SurvivalContract:
    """Nothing acknowledged is lost, nothing is half done, nobody is turned away."""

    def test_many_writers_take_turns(self, records: Records, url: str) -> None:
        """Writers in threads of several processes all succeed, and the chain that they share has no fault."""
        assert finish("contend", url, str(THREADS), str(TRANSACTIONS)) == (0, "")
        with records.read() as look:
            entries = look.audit.list(limit=10_000)
        assert len(entries) == PROCESSES * THREADS * TRANSACTIONS
        assert list(faults(entries)) == []
        with records.transaction() as transaction:
            transaction.senders.flush_refusals(START.replace(year=START.year + 1))
            lines = transaction.audit.list(subject="192.0.2.7")
        assert [line.facts["calls"] for line in lines] == [PROCESSES * THREADS * TRANSACTIONS]

    @pytest.mark.parametrize("lines", [5, 60])
    def test_a_killed_writer_loses_nothing_that_it_acknowledged(self, records: Records, url: str, lines: int) -> None:
        """Four writers are killed in the middle of their work; their transactions are whole or not there."""
        acknowledged = kill_after("acknowledge", url, lines)
        with records.read() as look:
            stored = {request.id for request in look.requests.list(limit=100_000)}
            assert acknowledged <= stored
            for request in stored:
                (operation,) = look.operations.list(request=request)
                assert len(look.operations.events(operation.id)) == 1
                assert len(look.audit.list(subject=request)) == 1
            assert list(faults(look.audit.list(limit=100_000))) == []
        assert len(acknowledged) >= lines
