"""Programs that tests start as processes of their own: ``python tests/store_programs.py contend|acknowledge …``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from orchestrator.adapters.store import open_records
from orchestrator.ports import Records
from tests.samples import OFFICER, START, a_request, an_event, an_operation
from tests.store import no_queue


def contend(records: Records, name: str, threads: str, transactions: str) -> None:
    """Write from many threads at once; each transaction reads the end of the chain before it adds to it."""

    def write(thread: int) -> None:
        for number in range(int(transactions)):
            with records.transaction() as transaction:
                transaction.audit.append(START, OFFICER, "write", f"{name}-{thread}", {"number": number})
                transaction.senders.count_refusal("192.0.2.7", "age", START)

    with ThreadPoolExecutor(int(threads)) as pool:
        for result in [pool.submit(write, thread) for thread in range(int(threads))]:
            result.result()


def acknowledge(records: Records, name: str) -> None:
    """Store requests with all that belongs to them, and say the id of each once it is stored; ends only by a kill."""
    for number in count(1):
        request = a_request(f"req-{name}-{number}")
        operation = an_operation(f"op-{name}-{number}", request=request.id)
        with records.transaction() as transaction:
            transaction.requests.add(request)
            transaction.operations.add(operation)
            transaction.operations.add_event(operation, an_event(), START)
            transaction.audit.append(START, OFFICER, "submit", request.id, {})
        sys.stdout.write(f"{request.id}\n")
        sys.stdout.flush()


PROGRAMS: dict[str, Callable[..., None]] = {"contend": contend, "acknowledge": acknowledge}

if __name__ == "__main__":
    program, url, *arguments = sys.argv[1:]
    PROGRAMS[program](open_records(url, no_queue), *arguments)
