"""How long a drill takes on real hosts: from its start until everything was restored and compared (Art. 44)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

from orchestrator.domain.drill import DrillReport, Verdict
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import ReportKind
from orchestrator.workflows import drill
from tests.cloud import CloudAccess
from tests.drill_house import PROVIDER, House, a_house

UNIT: Final = "benchdrill"
SCAN: Final = "head -c 200000000 /dev/urandom >/srv/data/bulk.bin; sync"
"""So much that the restore is more than its beginning."""


def drill_figures(cloud: CloudAccess, home: Path, rounds: int, say: Callable[[str], None]) -> dict[str, float]:
    """Hold drills of one environment with one host and 200 MB; gives medians in seconds."""
    with a_house(cloud, home, UNIT) as house:
        house.on_host(SCAN)
        house.backed_up()
        reports = [_held(house, number, say) for number in range(1, rounds + 1)]
    trials = [report.trial.seconds for report in reports if report.trial is not None]
    return {
        "drill_start_to_verified_seconds": median(report.recovery_seconds for report in reports),
        "drill_hosts_made_seconds": median(report.throwaway.seconds for report in reports),
        "drill_restored_and_compared_seconds": median(trials),
        "drill_controls_seconds": median(sum(one.seconds for one in report.controls) for report in reports),
    }


def _held(house: House, number: int, say: Callable[[str], None]) -> DrillReport:
    house.carried_out(drill.ask(house.installation.ports, house.environment.name, PROVIDER))
    report = DrillReport.model_validate(house.reports(ReportKind.DRILL)[0].body)
    if report.verdict is Verdict.FAILED:
        raise OperationFailedError("a drill of the bench failed", detail="; ".join(report.shortcomings))
    say(f"drill {number}: verified after {report.recovery_seconds:.1f} s")
    return report
