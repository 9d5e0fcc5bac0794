"""Hosts that patching lost or could not lead back by itself: waited for, mended, or made again from their copies.

What loses least comes first: the host comes back by itself and is finished; it is started; its server is made again
from the copy and keeps its data volumes; the volumes follow only when it is not healthy without.
"""

from __future__ import annotations

from typing import Any

from orchestrator.domain.ansible_inventory import RUNNING
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Environment
from orchestrator.ports import Play
from orchestrator.workflows import patch_plays
from orchestrator.workflows.patch_plays import NEED_RESCUE, HostState
from orchestrator.workflows.run import Run

CHECK_SECONDS = 600.0


def lead_back(run: Run, broken: dict[str, str]) -> dict[str, Any]:
    """Bring each of these hosts into a known state; gives the state by host."""
    return {host: _lead_back(run, host, state) for host, state in broken.items()}


def _lead_back(run: Run, host: str, state: str) -> HostState | str:
    if state == HostState.LOST and _comes_back(run, host):
        outcome = patch_plays.over(run, (host,), patch_plays.HOST_SECONDS)
        state = patch_plays.state_of(outcome.hosts[0])
        if state not in NEED_RESCUE:
            return state
    if state == HostState.LOST and not _is_gone(run, host):
        return HostState.CUT_OFF
    return _make_again(run, host)


def _comes_back(run: Run, host: str) -> bool:
    """Start the server when it does not run, and wait whether it answers."""
    if run.ports.power.states(run.environment.name).get(host) != RUNNING:
        run.ports.power.start(run.environment.name, run.job)
    return _answers(run, host)


def _answers(run: Run, host: str) -> bool:
    only = _only(run.environment, host)
    try:
        run.ports.access.wait_ready(only, only.outputs, run.job)
    except OperationFailedError as error:
        run.note("way-back", f"{host}: {error.diagnostic.summary}")
        return False
    return True


def _only(environment: Environment, host: str) -> Environment:
    """Give the environment as if it had one host; the bastion stays the way in."""
    hosts = tuple(each for each in environment.outputs.hosts if each.name == host)
    return environment.model_copy(update={"outputs": environment.outputs.model_copy(update={"hosts": hosts})})


def _is_gone(run: Run, host: str) -> bool:
    """Whether the host itself is at fault: the cloud says that it does not run, or its neighbours still answer."""
    if run.ports.power.states(run.environment.name).get(host) != RUNNING:
        return True
    others = [each.name for each in run.environment.outputs.hosts if each.name != host]
    return bool(others) and _answers(run, others[0])


def _make_again(run: Run, host: str) -> HostState:
    try:
        run.ports.rewind.rewind_server(run.environment, host, run.operation.id, run.job)
        if _is_well(run, host):
            return HostState.MADE_AGAIN
        run.ports.rewind.rewind_volumes(run.environment, host, run.operation.id, run.job)
    except OperationFailedError as error:
        run.note("way-back", f"{host}: {error.diagnostic.summary}")
        return HostState.BROKEN
    return HostState.REWOUND if _is_well(run, host) else HostState.BROKEN


def _is_well(run: Run, host: str) -> bool:
    """Whether the host answers and shows every sign of health."""
    if not _answers(run, host):
        return False
    variables = {"health_by_host": patch_plays.health_of(run)}
    play = Play(playbook="health", hosts=(host,), variables=variables, seconds=CHECK_SECONDS)
    return run.ports.configurator.play(run.environment, play, run.job).succeeded
