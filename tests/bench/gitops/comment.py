"""How long it takes from a push to the finished comment, against the bare `pulumi preview` of the same environment.

One environment of a repository of 2,000 has changed. Measured is what a worker does: read the range, try the rules,
compare with the cloud, preview on a copy, write the comment. The bare preview is the CLI's, run by hand on a stack that
is configured already.
"""

from __future__ import annotations

import math
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from orchestrator.adapters.git import GitRepository
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.bootstrap import Installation
from orchestrator.domain.git_plan import Depth, GitPlan
from orchestrator.domain.plan_comment import comment
from orchestrator.domain.plan_comment_words import Language
from orchestrator.settings import Settings
from orchestrator.workflows.git_plan import GitCheck, plan_range
from tests.bench.options import Options
from tests.git import Written, a_file
from tests.jobs import Control, Recorder

WANTED: Final = {"comment_vs_preview": 1.3}


@dataclass(frozen=True)
class Pull:
    """A repository in which one of many environments has changed."""

    folder: Path
    base: str
    head: str


def comments(folder: Path, options: Options, say: Callable[[str], None]) -> tuple[dict[str, float], dict[str, float]]:
    """Measure pairs; gives ratios and figures, seconds are medians."""
    pull = _pull(folder / "repository", options.files)
    installation = Installation(Settings(home=folder / "home"), warm_children=1)
    try:
        check = installation.git_check(GitRepository(pull.folder))
        bare, ours = zip(*(_pair(installation, check, pull) for _ in range(options.rounds)), strict=True)
    finally:
        installation.close()
    say(f"comment on 1 of {options.files} environments: {median(ours):.2f} s, bare preview {median(bare):.2f} s")
    ratios = {"comment_vs_preview": round(median(mine / its for mine, its in zip(ours, bare, strict=True)), 2)}
    return ratios, {"comment_seconds": round(median(ours), 3), "bare_preview_seconds": round(median(bare), 3)}


def _pull(folder: Path, count: int) -> Pull:
    written = Written(folder)
    names = [f"unit{number}" for number in range(1000, 1000 + count)]
    files = {f"environments/{unit}/{unit}-system-test.yaml": a_file(unit, "system") for unit in names}
    changed = f"environments/{names[0]}/{names[0]}-system-test.yaml"
    base = written.commit(files)
    wider = files[changed].replace("[198.51.100.0/24]", "[198.51.100.0/24, 10.0.0.0/8]")
    return Pull(folder, base, written.commit({**files, changed: wider}, base))


def _pair(installation: Installation, check: GitCheck, pull: Pull) -> tuple[float, float]:
    """Give the seconds of the bare preview, and of the comment."""
    began = time.monotonic()
    plan = plan_range(check, pull.base, pull.head, Depth.PREVIEW, Control(lease_ends=math.inf))
    comment(plan, Language.ZH)
    ours = time.monotonic() - began
    return _bare(installation, plan), ours


def _bare(installation: Installation, plan: GitPlan) -> float:
    """Preview the same by the CLI; a stack that is not there yet is configured first, beside the clock."""
    (one,) = plan.environments
    if one.plan is None:
        raise RuntimeError(f"{one.environment} has no plan: {one.findings}")
    home = installation.settings.home
    if not (home / "pulumi" / f"Pulumi.{one.environment}.yaml").exists():
        installation.provisioner.preview(Recorder().job(one.plan.spec, "op-bench-comment"))
    tools = Toolchain(installation.settings.cache).require()
    variables = {
        **tools.environment(),
        "PULUMI_BACKEND_URL": f"{(home / 'state').as_uri()}?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE": installation.vault.derive("pulumi-passphrase"),
    }
    command = [str(tools.pulumi), "-C", str(home / "pulumi"), "preview", "--stack", one.environment]
    began = time.monotonic()
    environment = {**os.environ, **variables}
    subprocess.run([*command, "--non-interactive"], env=environment, check=True, capture_output=True, timeout=300)
    return time.monotonic() - began
