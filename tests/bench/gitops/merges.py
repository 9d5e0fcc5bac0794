"""How long it takes from a merge to the start of the operation that it asks for, by the real server and its webhook."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Final

import psutil

from orchestrator.adapters.store import open_records, sqlite_url
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Operation
from orchestrator.ports import Records
from tests.bench.gitops.city import FORGE, SECRET, City
from tests.bench.options import Options
from tests.bench.provision.memory import PeakMemory, tree
from tests.bench.server import running_server
from tests.forges.world import INSIDER
from tests.store import no_queue

WANTED: Final = {"merge_to_operation_seconds": 2.0}
PATIENCE_SECONDS: Final = 180.0
LOOK_SECONDS: Final = 0.02


def merges(city: City, options: Options, say: Callable[[str], None]) -> dict[str, float]:
    """Measure merges of one changed environment each, one after the other; seconds are medians.

    The clock starts when the forge says that it has merged, which is when it begins to deliver its webhook, and stops
    at the operation's start as it is on record. ``merge_call_…`` starts when the merge is asked for.
    """
    records = open_records(sqlite_url(city.home), no_queue)
    with running_server(city.home, city.variables) as server:
        city.world.send_deliveries_to(f"{server.url}/hooks/forge/{FORGE}", SECRET)
        process = psutil.Process(server.pid)
        with PeakMemory(lambda: tree(process)) as peak:
            measured = [_merged(city, records, path) for path in list(city.files)[: options.rounds]]
    records.close()
    called, merged = zip(*measured, strict=True)
    say(f"merge to operation: {median(merged):.2f} s, {median(called):.2f} s with the merge itself")
    return {
        "merge_to_operation_seconds": round(median(merged), 3),
        "merge_call_to_operation_seconds": round(median(called), 3),
        "merge_server_peak_mib": round(peak.peak_mib, 1),
    }


def _merged(city: City, records: Records, path: str) -> tuple[float, float]:
    """Propose a change, let it be checked, merge it; gives the seconds from the call, and from its answer."""
    city.files[path] = city.files[path].replace("[198.51.100.0/24]", "[198.51.100.0/24, 10.0.0.0/8]")
    number = city.world.open(INSIDER, path.rsplit("/", 1)[-1], {path: city.files[path]})
    _wait_for(lambda: _is_checked(records, number), f"the check of pull request {number}")
    called = datetime.now(UTC)
    city.world.merge(number)
    merged = datetime.now(UTC)
    operation = _wait_for(lambda: _operation(records, number), f"the operation of pull request {number}")
    began = operation.started_at or merged
    _wait_for(lambda: _is_over(records, operation), f"the end of {operation.id}")
    return (began - called).total_seconds(), (began - merged).total_seconds()


def _wait_for[T](look: Callable[[], T | None], what: str) -> T:
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        if time.monotonic() > end:
            raise OperationFailedError(f"the bench waited in vain for {what}")
        time.sleep(LOOK_SECONDS)
    return found


def _is_checked(records: Records, number: int) -> bool:
    with records.read() as tx:
        return tx.pulls.find(FORGE, number) is not None


def _operation(records: Records, number: int) -> Operation | None:
    """Give the first operation that the merge of a pull request asked for, once it has started."""
    with records.read() as tx:
        asked = [one.request for one in tx.merges.of_pull(FORGE, number) if one.request]
        begun = [each for request in asked for each in tx.operations.list(request=request) if each.started_at]
    return begun[-1] if begun else None


def _is_over(records: Records, operation: Operation) -> bool:
    with records.read() as tx:
        return tx.operations.get(operation.id).finished_at is not None
