"""Runs what is measured of environments whose desired state is written down, and puts the figures together."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.cloud import bench_cloud
from tests.bench.gitops import comment, drift, merges, unchanged
from tests.bench.gitops.city import a_city
from tests.bench.options import Options
from tests.bench.results import Result


def gitops(options: Options) -> Result:
    """Measure on a forge and a fleet of its own; both are gone afterwards."""
    cloud = bench_cloud()
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        commented, comment_figures = comment.comments(Path(folder) / "comments", options, _say)
        with a_city(Path(folder) / "city", options) as city:
            merged = unchanged.unchanged(city, options, _say) | merges.merges(city, options, _say)
        drifted, drift_figures = drift.drift(cloud, Path(folder), options, _say)
    return Result(
        part="gitops",
        ratios=commented | drifted,
        figures=comment_figures | merged | drift_figures,
        wanted={**comment.WANTED, **merges.WANTED, **unchanged.WANTED, **drift.WANTED},
        rounds=options.rounds,
    )


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  the bench talks to a terminal
