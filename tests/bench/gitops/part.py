"""Runs what is measured of environments whose desired state is written down, and puts the figures together."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.cloud import bench_cloud
from tests.bench.gitops import comment
from tests.bench.gitops.comment import comments
from tests.bench.gitops.drift import WANTED, drift
from tests.bench.options import Options
from tests.bench.results import Result


def gitops(options: Options) -> Result:
    """Measure on a fleet of its own; it is gone afterwards."""
    cloud = bench_cloud()
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        commented, comment_figures = comments(Path(folder) / "comments", options, _say)
        drifted, drift_figures = drift(cloud, Path(folder), options, _say)
    return Result(
        part="gitops",
        ratios=commented | drifted,
        figures=comment_figures | drift_figures,
        wanted={**comment.WANTED, **WANTED},
        rounds=options.rounds,
    )


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  the bench talks to a terminal
