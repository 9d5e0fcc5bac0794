"""kill -9 at every step in turn: the operation goes on, nothing is doubled, nothing is orphaned, no lock is left."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import cycle, islice
from pathlib import Path

import pytest

from orchestrator.adapters.pulumi.marks import MARK, marked
from orchestrator.domain.lifecycle import EnvironmentState, OperationState
from orchestrator.domain.records import Operation, OperationKind, StepEvent, StepStatus
from orchestrator.workflows import requests
from orchestrator.workflows.operations import retry
from tests.cloud import CloudAccess
from tests.e2e.server import OFFICE, OVER, PROVIDER, Server, wait_for
from tools.localcloud import Service, faults
from tools.localcloud.faults import Fault

Point = tuple[str, str, str]
"""Phase and action of a step, and what it is about."""

type Strike = Callable[[Server, Operation], None]

EVERY_STEP = os.environ.get("TENURE_TEST_KILLS") == "all"
"""Without it, one kill for every kind of step (each type of resource): a third of the time."""

PATIENCE_SECONDS = 6000 if EVERY_STEP else 1500
pytestmark = [pytest.mark.cloud, pytest.mark.toolchain, pytest.mark.slow, pytest.mark.timeout(PATIENCE_SECONDS)]
SOON_SECONDS = 0.01
"""On a quick machine a step lasts hardly longer; whoever looks later strikes at fewer kinds of them."""
SLOW_SECONDS = 0.5
"""The local cloud takes so long for each removal here: a whole environment is gone in three seconds otherwise."""
MOST_KILLS = 60
"""Kills of one operation at most; the single-host example has fewer steps."""


def point_of(event: StepEvent) -> Point:
    """Give what a step counts as: itself, or its kind."""
    return (event.phase, event.action, event.resource if EVERY_STEP else event.type)


def live_through(server: Server, operation: Operation, *strikes: Strike) -> set[Point]:
    """Strike at the first step not struck at yet, again and again, until the operation ends well; gives the points."""
    struck: set[Point] = set()
    for strike in islice(cycle(strikes), MOST_KILLS):
        if server.process is None:
            server.start()
        point = next_step(server, operation, struck)
        if point is None:
            break
        struck.add(point)
        strike(server, operation)
    done = server.finished(operation)
    assert done.state is OperationState.SUCCEEDED, done.error
    wait_for("the end of every process of it", lambda: not marked(MARK, operation.id), 60)
    return struck


def next_step(server: Server, operation: Operation, struck: set[Point]) -> Point | None:
    """Wait for a step that begins and was not struck at; None when the operation ends before.

    A strike may make the operation fail. So may a request that was under way, when the cloud carries it out after the
    next attempt has looked; the one after finds what it made. Any other failure is a fault.
    """
    retries = iter((True, True) if struck else ())
    seen = server.events(operation)
    after = seen[-1].sequence if seen else 0

    def look() -> tuple[Point | None] | None:
        for stored in server.events(operation, after):
            point = point_of(stored.event)
            if stored.event.status is StepStatus.STARTED and point not in struck:
                return (point,)
        with server.installation.records.read() as tx:
            now = tx.operations.get(operation.id)
        if now.state in OVER - {OperationState.SUCCEEDED}:
            assert next(retries, False), now.error
            retry(server.installation.ports, operation.id, PROVIDER)
        return (None,) if now.state is OperationState.SUCCEEDED else None

    return wait_for(f"the next step of {operation.kind}", look, pause=SOON_SECONDS)[0]


def kill_server(server: Server, operation: Operation) -> None:
    """Kill the server; its children have to notice by themselves.

    A provider plugin that was just being started may stay, idle: without its CLI nobody gives it work. The next attempt
    ends it, see :func:`live_through`.
    """
    server.kill()
    try:
        wait_for("the end of the orphaned children", lambda: not at_work(operation), 60)
    except AssertionError as error:
        error.add_note(f"left: {at_work(operation)}")
        raise


def at_work(operation: Operation) -> list[str]:
    """Give what still works for an operation, idle plugins left out."""
    commands = [command_of(pid) for pid in marked(MARK, operation.id)]
    return [one for one in commands if "/plugins/resource-" not in one]


def command_of(pid: int) -> str:
    """Give what a process runs, and who started it."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        return f"{pid} {words[:200]} {[line for line in status if line.startswith(('State', 'PPid'))]}"
    return f"{pid}, gone by now"


def kill_child(_server: Server, operation: Operation) -> None:
    """Kill one process that works for the operation: the Pulumi CLI or a plugin."""
    for pid in marked(MARK, operation.id)[:1]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_worker(server: Server, operation: Operation) -> None:
    """Kill a child, or the server where it works itself."""
    if marked(MARK, operation.id):
        kill_child(server, operation)
    else:
        kill_server(server, operation)


def test_an_environment_whose_server_is_killed_at_every_step_of_its_life_is_made_once_and_removed_whole(
    server: Server,
) -> None:
    """Kill the server or a child, by turns, at each step of making; a child when removing (DESIGN.md decision 13)."""
    server.start()
    request = server.approved("test-single-host.yaml")
    name = request.environment
    struck = live_through(server, server.operation(request, OperationKind.PROVISION), kill_server, kill_worker)
    assert len({about for _, _, about in struck if about}) > 8, struck
    assert server.environment_record(name).state is EnvironmentState.READY
    assert_exactly_what_was_planned(server, name)

    end = requests.terminate(server.installation.ports, name, OFFICE, "the test is over")
    with slow_removals(server.cloud):
        struck = live_through(server, server.operation(end, OperationKind.RETIRE), kill_child)
    assert len({about for _, _, about in struck if about}) > 4, struck
    assert server.environment_record(name).state is EnvironmentState.RETIRED
    assert server.installation.ports.inventory.project_id(name) is None
    assert not list((server.home / "state").rglob("*.lock"))


@contextmanager
def slow_removals(cloud: CloudAccess) -> Iterator[None]:
    """Have the local cloud take its time for every removal, so that a strike finds one under way."""
    if cloud.root is None:
        yield
        return
    slow = [
        Fault(service=each, method="DELETE", path="/", count=10_000, status=None, delay_seconds=SLOW_SECONDS)
        for each in Service
    ]
    faults.inject(cloud.root, slow)
    try:
        yield
    finally:
        faults.clear(cloud.root)


def assert_exactly_what_was_planned(server: Server, name: str) -> None:
    """Compare the cloud's own lists with the specification: one of each, and nothing that nobody knows of."""
    spec = server.environment_record(name).spec
    found = server.installation.ports.inventory.list_project(name)
    counts = Counter(each.type for each in found)
    assert counts["server"] == spec.totals.hosts, found
    assert counts["volume"] == spec.totals.volumes, found
    for kind in ("network", "subnet", "router", "floating_ip"):
        assert counts[kind] == 1, (kind, found)
