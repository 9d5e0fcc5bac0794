"""How long a look at the whole fleet takes, against Pulumi's refresh of its environments one by one.

Looks by hand ask for everything; looks by schedule for a quarter of the quotas, so a whole cycle of them is measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median
from typing import Final

from orchestrator.adapters.openstack import Cloud, OpenStackFleet
from orchestrator.adapters.store import open_records, sqlite_url
from orchestrator.domain.drift_turns import PARTS
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import DriftScan
from orchestrator.ports import Records
from orchestrator.workflows.context import Ports
from orchestrator.workflows.drift import scan, scan_when_due
from tests.bench.gitops.fleet import Member, a_fleet
from tests.bench.options import Options
from tests.cloud import CloudAccess
from tests.fakes.clock import FakeClock
from tests.fakes.installation import PROVIDER
from tests.hook import ports_of
from tests.samples import a_request
from tests.store import no_queue

SAMPLED: Final = 20
WANTED: Final = {"refresh_vs_drift_scan": 20.0}


def drift(
    cloud: CloudAccess, folder: Path, options: Options, say: Callable[[str], None]
) -> tuple[dict[str, float], dict[str, float]]:
    """Measure at a quarter, a half and the whole of the fleet; gives ratios and figures, seconds are medians."""
    size = options.fleet
    sampled = min(SAMPLED, max(1, size // 4))
    with a_fleet(cloud, folder, size, sampled, say) as (stacks, members):
        refreshes = [stacks.refresh(member.environment.spec) for member in members[:sampled]]
        say(f"pulumi refresh: {median(refreshes):.2f} s for one environment")
        scans = {
            number: _looks(cloud, folder, members[:number], options.rounds)
            for number in dict.fromkeys((size // 4, size // 2, size))
            if number
        }
    one = median(refreshes)
    ratios = {
        "refresh_vs_drift_scan": round(one * size / scans[size].by_schedule, 2),
        "refresh_vs_whole_drift_scan": round(one * size / scans[size].by_hand, 2),
    }
    figures = {f"drift_scan_of_{number}_seconds": round(each.by_schedule, 3) for number, each in scans.items()}
    figures |= {f"whole_drift_scan_of_{number}_seconds": round(each.by_hand, 3) for number, each in scans.items()}
    return ratios, {"pulumi_refresh_of_one_seconds": round(one, 3), "drift_fleet_environments": size, **figures}


@dataclass(frozen=True)
class _Looks:
    """Seconds of one look.

    Attributes:
        by_schedule: The mean of a whole cycle, in which every quota is asked for once.
        by_hand: The median of looks that ask for everything.
    """

    by_schedule: float
    by_hand: float


def _looks(cloud: CloudAccess, folder: Path, members: list[Member], rounds: int) -> _Looks:
    """Look at so many environments as a worker does, records included."""
    records = open_records(sqlite_url(_home(folder, len(members))), no_queue)
    _store(records, members)
    fleet, clock = OpenStackFleet(Cloud(cloud.cloud, clouds_yaml=cloud.clouds_yaml)), FakeClock(datetime.now(UTC))
    ports = replace(ports_of(records), fleet=fleet, clock=clock)
    by_hand = [_timed(lambda: scan(ports, PROVIDER), len(members)) for _ in range(rounds)]
    cycles = [_timed(lambda: _scheduled(ports, clock), len(members)) for _ in range(PARTS)]
    records.close()
    return _Looks(by_schedule=mean(cycles), by_hand=median(by_hand))


def _scheduled(ports: Ports, clock: FakeClock) -> DriftScan | None:
    clock.advance(timedelta(hours=ports.library.rulebook().drift.scan_every.value))
    return scan_when_due(ports)


def _timed(look: Callable[[], DriftScan | None], count: int) -> float:
    began = time.monotonic()
    seen = look()
    seconds = time.monotonic() - began
    if seen is None or (seen.environments, seen.found, seen.silent) != (count, 0, {}):
        raise OperationFailedError("the fleet of the bench is not clean", detail=str(seen))
    return seconds


def _home(folder: Path, number: int) -> Path:
    home = folder / f"records-{number}"
    home.mkdir()
    return home


def _store(records: Records, members: list[Member]) -> None:
    with records.transaction() as tx:
        for member in members:
            spec = member.environment.spec
            tx.requests.add(a_request(spec.request, spec=spec, environment=spec.name))
            tx.environments.add(member.environment)
            tx.made.put(member.made)
