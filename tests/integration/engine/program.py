"""A program that forks workers over a fake cloud in a folder, so that tests can kill them.

It reads one JSON object a line and answers with one. Importing DBOS takes seconds; a forked worker has it already.
``{"home": …, "url": …, "until": "idle"}`` runs a worker until nothing is under way and answers with its end;
``"until": "told"`` answers with the process id at once. A worker with ``"watch": "fleet"`` looks at the fleet too.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from orchestrator.adapters.clock import business_clock
from orchestrator.adapters.engine import EngineNumbers, row_queue
from orchestrator.adapters.engine.worker import Worker
from orchestrator.adapters.ids import SortableIds
from orchestrator.adapters.store import open_records
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.lifecycle import OperationState
from orchestrator.workflows.drift import scan_when_due
from orchestrator.workflows.execution import execute
from orchestrator.workflows.sweep import sweep
from tests.fakes.cloud import FakeCloud
from tests.fakes.installation import fake_ports
from tests.fakes.points import PointedRecords, Points, Trouble, kill_process, refuse

PATIENCE_SECONDS = 90.0
TIMED_OUT = 3
HELD_UP = 4


def run_a_child(point: str) -> None:
    """Work through a child process that nothing stops before its time."""
    del point
    subprocess.run(["sleep", "2"], check=True)


def be_slow(point: str) -> None:
    """Take a while."""
    del point
    time.sleep(0.5)


def be_deaf(point: str) -> None:
    """Work far longer than a worker waits for it when it stops."""
    del point
    time.sleep(PATIENCE_SECONDS)


TROUBLES: dict[str, Trouble] = {
    "kill": kill_process,
    "child": run_a_child,
    "slow": be_slow,
    "deaf": be_deaf,
    "refuse": refuse,
}


def work(
    home: Path,
    url: str,
    points: Points,
    numbers: EngineNumbers,
    *,
    until_idle: bool,
    clock: Path | None = None,
    watch: str = "",
) -> int:
    """Run a worker; gives its exit code. ``clock`` is the file of a driven clock, ``watch`` what it looks at."""
    records = open_records(url, row_queue)
    cloud = FakeCloud(points, home / "cloud")
    ports = fake_ports(PointedRecords(records, points), cloud, business_clock(clock), SortableIds())
    worker = Worker(
        records,
        url,
        home,
        execute=partial(execute, ports),
        sweep=partial(sweep, ports),
        numbers=numbers,
        watch=partial(scan_when_due, ports) if watch == "fleet" else int,
    )
    asked_to_stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked_to_stop.append(number))
    worker.start()
    end = time.monotonic() + PATIENCE_SECONDS
    while not asked_to_stop and time.monotonic() < end and not (until_idle and _idle(records)):
        time.sleep(0.02)
    timed_out = time.monotonic() >= end
    if worker.stop():
        return HELD_UP
    return TIMED_OUT if timed_out else 0


def _idle(records: SqlRecords) -> bool:
    with records.read() as tx:
        return not any(
            tx.operations.list(state=state, limit=1) for state in (OperationState.QUEUED, OperationState.RUNNING)
        )


def start(order: dict[str, Any]) -> int:
    """Fork a worker; gives its process id."""
    sys.stdout.flush()
    process = os.fork()
    if process:
        return process
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _in_child(lambda: work(**_arguments(order)))
    return 0


def _arguments(order: dict[str, Any]) -> dict[str, Any]:
    points = Points()
    for name, trouble in order.get("at", {}).items():
        points.at(name, TROUBLES[trouble])
    if order.get("kill_at"):
        points.at_number(order["kill_at"], kill_process)
    if order.get("refuse_at"):
        points.at_number(order["refuse_at"], refuse)
    return {
        "home": Path(order["home"]),
        "url": order["url"],
        "points": points,
        "numbers": EngineNumbers(**order.get("numbers", {})),
        "until_idle": order["until"] == "idle",
        "clock": Path(order["clock"]) if order.get("clock") else None,
        "watch": order.get("watch", ""),
    }


def _in_child(body: Callable[[], int]) -> None:
    """End the process with the body's exit code, whatever happens, and without the parent's clean-up."""
    code = 1
    try:
        code = body()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Follow orders until the input ends; workers that were left running are buried when they die."""
    left_running: list[int] = []

    def bury(*_: object) -> None:
        for process in list(left_running):
            if os.waitpid(process, os.WNOHANG)[0]:
                left_running.remove(process)

    signal.signal(signal.SIGCHLD, bury)
    for line in sys.stdin:
        order = json.loads(line)
        process = start(order)
        if order["until"] == "idle":
            _, status = os.waitpid(process, 0)
            print(json.dumps({"end": os.waitstatus_to_exitcode(status)}), flush=True)  # noqa: T201  the answer
        else:
            left_running.append(process)
            print(json.dumps({"process": process}), flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    main()
