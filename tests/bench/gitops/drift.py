"""How long a look at the whole fleet takes, against Pulumi's refresh of its environments one by one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from orchestrator.adapters.openstack import Cloud, OpenStackFleet
from orchestrator.adapters.store import open_records, sqlite_url
from orchestrator.domain.errors import OperationFailedError
from orchestrator.ports import Records
from orchestrator.workflows.drift import scan
from tests.bench.gitops.fleet import Member, a_fleet
from tests.bench.options import Options
from tests.cloud import CloudAccess
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
            number: _scan_seconds(cloud, folder, members[:number], options.rounds)
            for number in dict.fromkeys((size // 4, size // 2, size))
            if number
        }
    one = median(refreshes)
    ratios = {"refresh_vs_drift_scan": round(one * size / scans[size], 2)}
    figures = {f"drift_scan_of_{number}_seconds": round(seconds, 3) for number, seconds in scans.items()}
    return ratios, {"pulumi_refresh_of_one_seconds": round(one, 3), "drift_fleet_environments": size, **figures}


def _scan_seconds(cloud: CloudAccess, folder: Path, members: list[Member], rounds: int) -> float:
    """Scan so many environments as the worker does, records included."""
    records = open_records(sqlite_url(_home(folder, len(members))), no_queue)
    _store(records, members)
    fleet = OpenStackFleet(Cloud(cloud.cloud, clouds_yaml=cloud.clouds_yaml))
    ports = replace(ports_of(records), fleet=fleet)
    measured = []
    for _ in range(rounds):
        began = time.monotonic()
        seen = scan(ports, PROVIDER)
        measured.append(time.monotonic() - began)
        if (seen.environments, seen.found, seen.silent) != (len(members), 0, {}):
            raise OperationFailedError("the fleet of the bench is not clean", detail=seen.model_dump_json())
    records.close()
    return median(measured)


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
