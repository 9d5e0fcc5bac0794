"""Bootstrap of 2, 10 and 30 hosts, by Tenure and by Ansible alone, in turn on the same hosts.

Ansible alone runs in three ways: the baseline by Ansible's own modules, as it comes (``default``); Tenure's own
playbook, whose baseline is one task, as Ansible comes (``same``); and that one as a careful person sets Ansible up
(``tuned``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orchestrator.adapters.ansible.configurator import AnsibleConfigurator, AnsibleSettings, installed_playbooks
from orchestrator.adapters.ssh.job_entry import JobEntry
from orchestrator.domain.errors import OperationFailedError
from orchestrator.ports import Play
from orchestrator.workflows.baseline import for_good
from tests.bench.operations.ansible import TUNED, PlainAnsible
from tests.bench.operations.hosts import Hosts
from tests.bench.results import Pairs, medians
from tests.jobs import Recorder

SIZES: Final = (2, 10, 30)
COUNTED: Final = 10
"""The size whose figures have bounds."""
MOST: Final = max(SIZES)
WARM_SECONDS: Final = 3.0
"""A worker's child has been waiting when a play comes."""
TURNS: Final = ("tenure", "same", "tuned", "default")
LARGEST_BY_HAND: Final = 10
"""Ansible's own modules need minutes for more hosts."""
BY_HAND: Final = Path(__file__).parent / "plain.yml"


@dataclass
class Bootstrap:
    """What was seen of one size.

    Attributes:
        default: Ansible's own modules without a configuration file, by our time; nothing for the largest size.
        same: Our playbook without a configuration file, by our time.
        tuned: Our time, by that of Ansible as a careful person would set it up.
        rounds: Every time, by round.
    """

    default: Pairs = field(default_factory=Pairs)
    same: Pairs = field(default_factory=Pairs)
    tuned: Pairs = field(default_factory=Pairs)
    rounds: list[dict[str, float]] = field(default_factory=list)


def bootstraps(hosts: Hosts, folder: Path, rounds: int, say: Callable[[str], None]) -> dict[int, Bootstrap]:
    """Bring all hosts to their baseline, not timed; then let each side do it again, which changes nothing any more."""
    _tenure(hosts, MOST)
    return {size: _size(hosts, size, folder, rounds, say) for size in SIZES}


def ratios(measured: dict[int, Bootstrap]) -> dict[str, float]:
    """Give the ratios of every size; those without a number are of the size that counts."""
    given = {
        f"{name}_{size}": pairs.ratio
        for size, one in measured.items()
        for name, pairs in (
            ("ansible_default_vs_tenure", one.default),
            ("ansible_same_playbook_vs_tenure", one.same),
            ("tenure_vs_ansible_tuned", one.tuned),
        )
        if pairs.ours
    }
    return {name.removesuffix(f"_{COUNTED}"): ratio for name, ratio in given.items()}


def figures(measured: dict[int, Bootstrap]) -> dict[str, float]:
    """Give the median seconds of every size and side."""
    return {
        f"bootstrap_{size}_{side}_seconds": seconds
        for size, one in measured.items()
        for side, seconds in medians(one.rounds).items()
    }


def _size(hosts: Hosts, size: int, folder: Path, rounds: int, say: Callable[[str], None]) -> Bootstrap:
    seen = Bootstrap()
    sides = TURNS if size <= LARGEST_BY_HAND else TURNS[:-1]
    for number in range(rounds):
        start = number % len(sides)
        own = folder / f"{size}-{number}"
        took = {side: _side(hosts, side, size, own) for side in sides[start:] + sides[:start]}
        if "default" in took:
            seen.default.add(took["default"], took["tenure"])
        seen.same.add(took["same"], took["tenure"])
        seen.tuned.add(took["tenure"], took["tuned"])
        seen.rounds.append(took)
        say(f"bootstrap of {size}: " + ", ".join(f"{side} {took[side]:.2f}" for side in sides))
    return seen


def _side(hosts: Hosts, side: str, size: int, folder: Path) -> float:
    if side == "tenure":
        return _tenure(hosts, size)
    configuration = TUNED if side == "tuned" else ""
    playbook = BY_HAND if side == "default" else None
    return PlainAnsible(folder / side, configuration, playbook).play(hosts, _play(hosts, size))


def _tenure(hosts: Hosts, size: int) -> float:
    """Run the play as a worker does, with a child that waits for it, certificates and all; gives the seconds."""
    settings = AnsibleSettings(hosts.home, installed_playbooks(), warm_children=1)
    configurator = AnsibleConfigurator(settings, JobEntry(hosts.authority), lambda _: hosts.states)
    time.sleep(WARM_SECONDS)
    try:
        return _timed(configurator, hosts, size)
    finally:
        configurator.close()


def _timed(configurator: AnsibleConfigurator, hosts: Hosts, size: int) -> float:
    job = Recorder().job(operation="op-bench-bootstrap")
    began = time.monotonic()
    outcome = configurator.play(hosts.environment, _play(hosts, size), job)
    seconds = time.monotonic() - began
    if not outcome.succeeded:
        raise OperationFailedError("a host failed", detail=str([host for host in outcome.hosts if not host.succeeded]))
    return seconds


def _play(hosts: Hosts, size: int) -> Play:
    return for_good(hosts.environment).model_copy(update={"hosts": hosts.first(size)})
