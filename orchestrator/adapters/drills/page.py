"""The readable page of a drill's report: one HTML file in Chinese and English that needs nothing from outside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orchestrator.adapters.drills import words
from orchestrator.adapters.pages import Page
from orchestrator.domain.drill import DrillReport
from orchestrator.domain.duties import Words

FULL: Final = 100.0
UNITS: Final = ((3600.0, "h"), (60.0, "min"))


@dataclass(frozen=True)
class Bar:
    """One target and what came of it; seconds."""

    word: Words
    value: float
    target: float
    met: bool

    @property
    def percent(self) -> float:
        """How much of the target was used; a full bar when it was missed."""
        return min(FULL, round(FULL * self.value / self.target, 1)) if self.target else FULL


def drill_page(number: str, report: DrillReport, templates: Path) -> str:
    """Give the page; ``templates`` is the folder of templates, every text in the page is escaped."""
    stage = words.STAGES[report.stage]
    return PAGE.written(templates, number=number, report=report, stage=stage, bars=_bars(report), words=words)


def _bars(report: DrillReport) -> list[Bar]:
    recovered = report.trial is not None
    return [
        Bar(words.RECOVERY, report.recovery_seconds, report.recovery_target_seconds, recovered and report.in_time),
        Bar(words.POINT, report.point_seconds, report.point_target_seconds, report.young_enough),
    ]


def span(seconds: float) -> str:
    """Write a time in the largest unit of which it has at least two: seconds, minutes or hours."""
    for size, unit in UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


PAGE: Final = Page("drill.html.j2", {"span": span})
