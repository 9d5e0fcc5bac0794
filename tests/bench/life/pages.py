"""Every list that a person, a page or a pipeline asks for, as the store answers it, on the newest environments."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from statistics import median
from typing import Final

from orchestrator.ports import Records, Transaction
from tests.bench.life.size import NOW, Size, environment, request, subject, system, unit

type Query = Callable[[Transaction, int], object]
TIMES: Final = 20
WEEK: Final = timedelta(days=7)

QUERIES: Final[Mapping[str, Query]] = {
    "requests": lambda look, _: look.requests.list(),
    "requests_by_state": lambda look, _: look.requests.list(state="submitted"),
    "requests_of_environment": lambda look, number: look.requests.list(environment=environment(number)),
    "environments": lambda look, _: look.environments.list(),
    "environments_by_state": lambda look, _: look.environments.list(state="ready"),
    "environments_of_unit": lambda look, number: look.environments.list(unit=unit(number)),
    "operations": lambda look, _: look.operations.list(),
    "operations_by_state": lambda look, _: look.operations.list(state="failed"),
    "operations_of_environment": lambda look, number: look.operations.list(environment=environment(number)),
    "operations_of_request": lambda look, number: look.operations.list(request=request(2 * number)),
    "deadlines": lambda look, _: look.deadlines.open(),
    "deadlines_before": lambda look, _: look.deadlines.open(before=NOW + WEEK),
    "deadlines_of_environment": lambda look, number: look.deadlines.open(environment=environment(number)),
    "deadlines_of_subject": lambda look, number: look.deadlines.of(subject(number)),
    "deadlines_provisional": lambda look, _: look.deadlines.provisional(limit=100),
    "history": lambda look, number: look.audit.list(subject=environment(number), limit=1000),
    "audit": lambda look, number: look.audit.list(after=50 * number),
    "notices": lambda look, _: look.notices.list(),
    "notices_of_environment": lambda look, number: look.notices.list(environment=environment(number)),
    "backups_of_subject": lambda look, number: look.backups.of(subject(number)),
    "holds_on_system": lambda look, number: look.holds.on(unit(number), system(number)),
    "certificates": lambda look, _: look.certificates.list(),
    "certificate_of_environment": lambda look, number: look.certificates.find(environment(number // 2 * 2)),
}
"""At most 100 rows each, which is the ports' own limit; a history is whole."""


def page_milliseconds(records: Records, size: Size) -> dict[str, float]:
    """Give the median time of each list, from the beginning of its transaction to the end."""
    return {name: _median_milliseconds(records, query, size) for name, query in QUERIES.items()}


def _median_milliseconds(records: Records, query: Query, size: Size) -> float:
    times = []
    for turn in range(TIMES):
        number = size.environments - 1 - turn * (size.due // TIMES)
        start = time.perf_counter()
        with records.read() as look:
            query(look, number)
        times.append(1000 * (time.perf_counter() - start))
    return round(median(times), 3)
