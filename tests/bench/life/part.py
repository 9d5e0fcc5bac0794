"""Runs the sizes on both databases, smallest first, and puts the figures together."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orchestrator.adapters.store.records import SqlRecords
from tests.bench.life.appending import Appends, appends
from tests.bench.life.databases import DATABASES
from tests.bench.life.pages import page_milliseconds
from tests.bench.life.size import Size
from tests.bench.life.sweeping import sweeps
from tests.bench.life.verifying import Verified, verified, write_older_entries
from tests.bench.options import Options
from tests.bench.results import Pairs, Result

GROWTH: Final = (100, 10, 1)
"""The sizes are this much smaller than the last one."""
WANTED: Final = {
    "sweep_seconds": 1.0,
    "page_p50_ms": 50.0,
    "audit_append_per_s": 2_000.0,
    "audit_verify_per_s": 200_000.0,
}


@dataclass(frozen=True)
class Measured:
    """What was seen on one database of one size."""

    database: str
    size: Size
    sweep: Pairs
    pages: dict[str, float]
    append: Appends
    verify: Verified

    @property
    def figures(self) -> dict[str, float]:
        """What is shown at every size."""
        return {
            "sweep_seconds": round(self.sweep.ours_median, 4),
            "page_p50_ms": max(self.pages.values()),
            "audit_append_per_s": self.append.per_second,
            "audit_append_alone_per_s": self.append.alone_per_second,
            "audit_export_per_s": self.verify.exported_per_second,
            "audit_verify_per_s": self.verify.per_second,
        }

    @property
    def ratios(self) -> dict[str, float]:
        """Our time by that of the least that could be done."""
        return {
            "sweep_vs_select": self.sweep.ratio,
            "append_vs_insert": self.append.together.ratio,
            "append_alone_vs_insert": self.append.alone.ratio,
            "verify_vs_sha256": self.verify.pairs.ratio,
        }


def life(options: Options) -> Result:
    """Measure; nothing stays behind."""
    sizes = [Size(options.environments // smaller) for smaller in GROWTH]
    measured = [one for size in sizes for one in _both(size)]
    largest = [one for one in measured if one.size == sizes[-1]]
    return Result(
        part="life",
        ratios={f"{name}_{one.database}": ratio for one in largest for name, ratio in one.ratios.items()},
        figures=worse(largest)
        | {
            f"{name}_{one.database}_{one.size.environments}": figure
            for one in measured
            for name, figure in one.figures.items()
        },
        wanted=WANTED,
        rounds=len(measured),
    )


def worse(measured: list[Measured]) -> dict[str, float]:
    """Give each wanted figure of the database that does worse: the smaller speed, the longer time."""
    chosen = {name: min if name.endswith("_per_s") else max for name in WANTED}
    return {name: choose(one.figures[name] for one in measured) for name, choose in chosen.items()}


def _both(size: Size) -> list[Measured]:
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        older = Path(folder, "older-entries")
        write_older_entries(size, older)
        found = []
        for name, database in DATABASES.items():
            start = time.perf_counter()
            with database(size) as records:
                _say(f"{name}: {size.environments} environments were made in {time.perf_counter() - start:.0f} s")
                found.append(_look(name, records, size, older))
        return found


def _look(name: str, records: SqlRecords, size: Size, older: Path) -> Measured:
    pages = page_milliseconds(records, size)
    for query, milliseconds in sorted(pages.items(), key=lambda page: -page[1]):
        _say(f"  {query:<40}{milliseconds:10.3f} ms")
    sweep = sweeps(records, size)
    verify = verified(records, size, older, older.parent)
    one = Measured(name, size, sweep, pages, appends(records, size), verify)
    for what, figure in (one.figures | one.ratios).items():
        _say(f"  {what:<40}{figure:14.3f}")
    return one


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  the bench talks to a terminal
