"""Programs that tests start as processes: ``python tests/store_programs.py PROGRAM URL PROCESSES …``.

One process imports everything and forks the others before it has threads or connections of its own.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import orchestrator.adapters.store.schema  # noqa: F401  loaded before the forks
from orchestrator.adapters.store import open_records
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.errors import MissingPartError
from tests.samples import OFFICER, START, a_request, an_event, an_operation
from tests.store import no_queue


def open_only(url: str, name: str) -> None:
    """Bring the tables up to date and look at them."""
    del name
    with open_records(url, no_queue).read() as look:
        look.requests.list()


def contend(url: str, name: str, threads: str, transactions: str) -> None:
    """Write from many threads at once; each transaction reads the end of the chain before it adds to it."""
    records = open_records(url, no_queue)

    def write(thread: int) -> None:
        for number in range(int(transactions)):
            with records.transaction() as transaction:
                transaction.audit.append(START, OFFICER, "write", f"{name}-{thread}", {"number": number})
                transaction.senders.count_refusal("192.0.2.7", "age", START)

    with ThreadPoolExecutor(int(threads)) as pool:
        for result in [pool.submit(write, thread) for thread in range(int(threads))]:
            result.result()


def acknowledge(url: str, name: str) -> None:
    """Store requests with all that belongs to them, and say the id of each once it is stored; ends only by a kill."""
    _acknowledge(open_records(url, no_queue), name)


def fill(url: str, name: str, size_bytes: str) -> None:
    """Do the same where no file may grow beyond a size, until that is told; say the error last."""
    records = open_records(url, no_queue)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size_bytes), resource.RLIM_INFINITY))
    try:
        _acknowledge(records, name)
    except MissingPartError as error:
        os.write(sys.stdout.fileno(), f"{error}\n".encode())


def _acknowledge(records: SqlRecords, name: str) -> None:
    for number in count(1):
        request = a_request(f"req-{os.getpid()}-{name}-{number}")
        operation = an_operation(f"op-{os.getpid()}-{name}-{number}", request=request.id)
        with records.transaction() as transaction:
            transaction.requests.add(request)
            transaction.operations.add(operation)
            transaction.operations.add_event(operation, an_event(), START)
            transaction.audit.append(START, OFFICER, "submit", request.id, {})
        os.write(sys.stdout.fileno(), f"{request.id}\n".encode())


PROGRAMS: dict[str, Callable[..., None]] = {
    "open": open_only,
    "contend": contend,
    "acknowledge": acknowledge,
    "fill": fill,
}


def run(program: str, url: str, processes: str, *arguments: str) -> int:
    """Run a program in several processes; 0 when every one of them ends well."""
    children = []
    for number in range(int(processes)):
        child = os.fork()
        if child == 0:
            PROGRAMS[program](url, str(number), *arguments)
            sys.exit(0)
        children.append(child)
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]))
