"""Runs what is measured of work on hosts, and puts the figures together."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from orchestrator.domain.errors import RefusedError
from tests.bench.cloud import bench_cloud
from tests.bench.operations import backups
from tests.bench.operations.bootstrap import MOST, bootstraps, figures, ratios
from tests.bench.operations.drill import drill_figures
from tests.bench.operations.hosts import bench_hosts
from tests.bench.options import Options
from tests.bench.results import Result

WANTED: Final = {"ansible_default_vs_tenure": 2.0, "tenure_vs_ansible_tuned": 1.1}


def operations(options: Options) -> Result:
    """Measure on real hosts of their own; they are gone afterwards."""
    cloud = bench_cloud()
    if not cloud.hosts:
        raise RefusedError("this cloud has no hosts that can be entered", hint="start the local cloud as root on Linux")
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        _say(f"{MOST} hosts are made")
        with bench_hosts(cloud, Path(folder, "home"), MOST) as hosts:
            measured = bootstraps(hosts, Path(folder), options.rounds, _say)
            copied = backups.pairs(hosts, cloud.object_store, options.rounds, _say) if cloud.object_store else []
        drills = drill_figures(cloud, Path(folder, "drill-home"), options.rounds, _say) if cloud.object_store else {}
    return Result(
        part="operations",
        ratios={**ratios(measured), **backups.ratios(copied)},
        figures={**figures(measured), **backups.figures(copied), **drills},
        wanted={**WANTED, **(backups.WANTED if copied else {})},
        rounds=options.rounds,
    )


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  the bench talks to a terminal
