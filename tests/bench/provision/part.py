"""Runs the rounds: warm-up with a look at memory and sameness, pairs in turn, several at once, an idle server."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from orchestrator.adapters.toolchain import Toolchain
from orchestrator.domain.errors import ConflictError, OperationFailedError
from orchestrator.domain.records import OperationKind
from orchestrator.settings import Settings
from tests.bench.cloud import bench_cloud
from tests.bench.options import Options
from tests.bench.provision.idle import idle_figures
from tests.bench.provision.leftovers import kinds, remove_leftovers
from tests.bench.provision.memory import PeakMemory, memory_mib, tree
from tests.bench.provision.opentofu import OpenTofuSide
from tests.bench.provision.subject import name_of
from tests.bench.provision.tenure import TenureSide
from tests.bench.results import Pairs, Result, medians
from tests.cloud import CloudAccess

WANTED: Final = {"create_vs_opentofu": 1.1, "remove_vs_opentofu": 1.0}
SPARE_WORKERS: Final = 8


def provision(options: Options) -> Result:
    """Measure; the cloud is as empty afterwards as it was before."""
    cache = Settings().cache
    with _alone(cache), tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        access = bench_cloud()
        _clean(access)
        tools = Toolchain(cache)
        tools.install(_say)
        peers = tools.peers(_say)
        tenure = TenureSide(Path(folder, "home"), access.external_network, max(options.at_once, SPARE_WORKERS))
        ca_public_key = tenure.ports.access.ca_public_key()
        tofu = OpenTofuSide(Path(folder, "tofu"), peers, access.cloud, access.external_network, ca_public_key)
        tenure.start()
        try:
            return Bench(options, tenure, tofu, Path(folder)).run()
        finally:
            tenure.close()
            _clean(access)


@dataclass
class Bench:
    """One run.

    Attributes:
        create, remove, proven: The pairs; ``proven`` includes the evidence that OpenTofu does not give.
        measured: What was seen in each round beside the pairs.
        figures: What is seen once.
    """

    options: Options
    tenure: TenureSide
    tofu: OpenTofuSide
    folder: Path
    create: Pairs = field(default_factory=Pairs)
    remove: Pairs = field(default_factory=Pairs)
    proven: Pairs = field(default_factory=Pairs)
    measured: list[dict[str, float]] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def run(self) -> Result:
        """Do everything, in order."""
        self._warm_up()
        for number in range(1, self.options.rounds + 1):
            self._round(number)
        self._at_once()
        if self.options.idle_seconds:
            self.figures |= idle_figures(self.folder / "idle", self.options.idle_seconds)
        ratios = {
            "create_vs_opentofu": self.create.ratio,
            "remove_vs_opentofu": self.remove.ratio,
            "remove_with_evidence_vs_opentofu": self.proven.ratio,
        }
        return Result(
            part="provision",
            ratios=ratios,
            figures=medians(self.measured) | self.figures,
            wanted=WANTED,
            rounds=self.options.rounds,
        )

    def _warm_up(self) -> None:
        """Make and remove one of each, not timed: memory is looked at, and that both have made the same."""
        ours, theirs = "tenure0", "tofu0"
        self.tofu.prepare(theirs, self.tenure.password(theirs))
        self.tenure.plan([ours])
        self.figures["tenure_waiting_child_mib"] = round(memory_mib(tree(_myself())[1:]), 1)
        try:
            with PeakMemory() as memory:
                self.tenure.create([ours])
            self.figures["tenure_create_peak_mib"] = round(memory.peak_mib, 1)
            waiting = memory_mib(tree(_myself())[1:])
            with PeakMemory() as memory:
                self.tofu.create(theirs)
            self.figures["opentofu_create_peak_mib"] = round(memory.peak_mib - waiting, 1)
            self._compare(ours, theirs)
            with PeakMemory() as memory:
                self.tenure.remove([ours])
            self.figures["tenure_remove_peak_mib"] = round(memory.peak_mib, 1)
        finally:
            self.tofu.clear(theirs)
        _say("warm-up: both made the same resources, and removed them")

    def _compare(self, ours: str, theirs: str) -> None:
        mine, other = (kinds(self.tenure.ports.inventory.list_project(name_of(each))) for each in (ours, theirs))
        if mine != other:
            raise OperationFailedError("the two sides make different things", detail=f"{mine} against {other}")
        self.figures["resources_in_project"] = mine.total()

    def _round(self, number: int) -> None:
        """Make and remove one of each; who goes first changes from round to round."""
        ours, theirs = f"tenure{number}", f"tofu{number}"
        seen: dict[str, float] = {}
        self.tofu.prepare(theirs, self.tenure.password(theirs))
        self.tenure.plan([ours])
        try:
            for side in _turns(number):
                seen |= self._ours(ours) if side == "tenure" else self._theirs(theirs)
        finally:
            self.tofu.clear(theirs)
        self.create.add(seen["tenure_create_seconds"], seen["opentofu_create_seconds"])
        self.remove.add(seen["tenure_remove_seconds"], seen["opentofu_remove_seconds"])
        self.proven.add(seen["tenure_remove_with_evidence_seconds"], seen["opentofu_remove_seconds"])
        self.measured.append(seen)
        _say(f"round {number}: " + ", ".join(f"{name} {value:.2f}" for name, value in seen.items()))

    def _ours(self, system: str) -> dict[str, float]:
        created = self.tenure.create([system])
        removal = self.tenure.remove([system])
        return {
            "tenure_create_seconds": created,
            "tenure_remove_seconds": removal.seconds,
            "tenure_remove_with_evidence_seconds": removal.proven_seconds,
            **self.tenure.phases(system, OperationKind.PROVISION),
            **self.tenure.phases(system, OperationKind.RETIRE),
        }

    def _theirs(self, system: str) -> dict[str, float]:
        return {
            "opentofu_create_seconds": self.tofu.create(system),
            "opentofu_remove_seconds": self.tofu.remove(system),
        }

    def _at_once(self) -> None:
        systems = [f"many{number}" for number in range(1, self.options.at_once + 1)]
        if not systems:
            return
        self.tenure.plan(systems)
        with PeakMemory() as memory:
            self.figures[f"create_{len(systems)}_at_once_seconds"] = round(self.tenure.create(systems), 2)
            self.figures[f"remove_{len(systems)}_at_once_seconds"] = round(self.tenure.remove(systems).seconds, 2)
        self.figures[f"peak_{len(systems)}_at_once_mib"] = round(memory.peak_mib, 1)


def _turns(number: int) -> tuple[str, str]:
    return ("tenure", "tofu") if number % 2 else ("tofu", "tenure")


def _clean(access: CloudAccess) -> None:
    for name in remove_leftovers(access):
        _say(f"removed what an earlier bench left: {name}")


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Hold the lock of the bench: two at once would take each other's environments for leftovers."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "bench.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError("another bench runs", hint="wait until it is over") from error
        yield


def _myself() -> psutil.Process:
    return psutil.Process()


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  the bench talks to a terminal
