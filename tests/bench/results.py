"""What a part of the bench gives: ratios with their bounds, figures, and one JSON file in a fixed format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from pydantic import TypeAdapter

from orchestrator.domain.model import Model

MORE_IS_BETTER = ("_per_s", "_vs_tenure", "_vs_drift_scan")
RESULTS = Path(__file__).parent / "results"
"""Not committed: docs/performance.md tells the story."""


class Result(Model):
    """The outcome of one part; its fields are the JSON format that pipelines read.

    Attributes:
        part: The part's name.
        ratios: ``x_vs_y`` is time(x) / time(y): the median of the pairs of one run.
        figures: Seconds, MiB and the like; the unit ends the name.
        wanted: Bounds of ratios and figures: lower ones of speeds, whose names end in ``_per_s``, and of ratios to our
            own time, whose names end in ``_vs_tenure`` or ``_vs_drift_scan``; else upper ones.
        rounds: How many pairs there were.
    """

    part: str
    ratios: dict[str, float]
    figures: dict[str, float]
    wanted: dict[str, float]
    rounds: int

    def missed(self) -> tuple[str, ...]:
        """Name what is beyond its bound, or was not measured."""
        return tuple(name for name in self.wanted if not self._kept(name))

    def _kept(self, name: str) -> bool:
        value = (self.ratios | self.figures).get(name)
        if value is None:
            return False
        return value >= self.wanted[name] if name.endswith(MORE_IS_BETTER) else value <= self.wanted[name]

    def keep(self, folder: Path = RESULTS) -> Path:
        """Write PART.json; gives the file."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.part}.json"
        file.write_bytes(TypeAdapter(Result).dump_json(self, indent=2) + b"\n")
        return file

    def table(self) -> str:
        """Give the result as text for a terminal."""
        lines = [f"{self.part}: {self.rounds} rounds"]
        lines += [f"  {name:<44}{ratio:13.3f}{self._verdict(name)}" for name, ratio in self.ratios.items()]
        lines += [f"  {name:<44}{figure:13.2f}{self._verdict(name)}" for name, figure in self.figures.items()]
        return "\n".join(lines)

    def _verdict(self, name: str) -> str:
        if name not in self.wanted:
            return ""
        return f"  wanted {self.wanted[name]:.2f}  {'ok' if self._kept(name) else 'MISSED'}"


@dataclass(frozen=True)
class Pairs:
    """Times of the same thing done by two, a pair in each round.

    Attributes:
        ours: Seconds, by round.
        theirs: Seconds, by round.
    """

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    def add(self, ours: float, theirs: float) -> None:
        """Keep the pair of one round."""
        self.ours.append(ours)
        self.theirs.append(theirs)

    @property
    def ours_median(self) -> float:
        """The median of our seconds."""
        return median(self.ours)

    @property
    def ratio(self) -> float:
        """The median of ours / theirs over the rounds; ValueError when there is no pair."""
        return round(median(mine / other for mine, other in zip(self.ours, self.theirs, strict=True)), 4)


def medians(measured: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Give the median of each name over the rounds in which it was measured."""
    names = dict.fromkeys(name for one in measured for name in one)
    return {name: round(median(one[name] for one in measured if name in one), 3) for name in names}
