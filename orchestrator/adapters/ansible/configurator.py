"""Configurator by ansible-runner: each play in a process of its own, in namespaces of its own (docs/adr/0011)."""

from __future__ import annotations

import secrets as randomness
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, assert_never

import orchestrator
from orchestrator.adapters.ansible.masking import Mask
from orchestrator.adapters.ansible.narration import Narration
from orchestrator.adapters.ansible.order import PLACE, Work, variables
from orchestrator.adapters.ansible.process import PlayProcess, Stopped, lease_seconds
from orchestrator.adapters.ansible.spares import Spares
from orchestrator.adapters.private_files import write_private
from orchestrator.adapters.ssh.job_entry import JobEntry
from orchestrator.adapters.ssh.private import private_folder
from orchestrator.domain.ansible_inventory import RUNNING
from orchestrator.domain.errors import (
    CancelledError,
    ConflictError,
    NotFoundError,
    OperationFailedError,
    TenureError,
)
from orchestrator.domain.records import Environment
from orchestrator.ports import Job, Play, PlayOutcome

TOLD_CHARACTERS: Final = 800


def installed_playbooks() -> Path:
    """Give the folder of playbooks that came with this installation; it stands beside the package."""
    return Path(orchestrator.__file__).resolve().parent.parent / "playbooks"


@dataclass(frozen=True)
class AnsibleSettings:
    """What an installation decides.

    Attributes:
        home: Installation's folder; ``logs/`` of it takes what a child complains of.
        playbooks: Folder of the playbooks.
        warm_children: How many children wait with their imports done.
    """

    home: Path
    playbooks: Path
    warm_children: int = 0


class AnsibleConfigurator:
    """Implements :class:`orchestrator.ports.Configurator`.

    Args:
        settings: What the installation decides.
        entry: Makes what enters the hosts.
        states: Gives the status of each server of an environment by its name, in the cloud's words.
    """

    def __init__(self, settings: AnsibleSettings, entry: JobEntry, states: Callable[[str], Mapping[str, str]]) -> None:
        self._settings = settings
        self._entry = entry
        self._states = states
        self._spares = Spares(variables(settings.playbooks), settings.warm_children)
        self._spares.fill()

    def close(self) -> None:
        """End the waiting children."""
        self._spares.close()

    def play(
        self, environment: Environment, play: Play, job: Job, *, secrets: Mapping[str, str] | None = None
    ) -> PlayOutcome:
        """Run one playbook and give what came of it on each host."""
        began = time.monotonic()
        self._refuse_unknown(play)
        hidden = secrets or {}
        mask = Mask(hidden.values())
        narration = Narration(play.playbook, job.watch, mask)
        with self._process(job, mask) as process:
            work = self._work(environment, play, job, hidden)
            entry = self._entry.files(environment, work.hosts, job.operation, play.seconds, PLACE)
            process.begin(work.order(self._settings.playbooks, entry, lease_seconds(job.control)))
            for message in process.messages(job.control, play.seconds, lambda: narration.look(time.monotonic())):
                narration.take(message, time.monotonic())
        what = f"{play.playbook} on the hosts of {environment.name}"
        if process.stopped is not None:
            raise _stopped(process.stopped, what, play)
        if not process.ended:
            raise _died(what, mask.text(process.complaints))
        if not narration.outcomes:
            raise _not_run(what, " ".join(" ".join(narration.said).split()))
        return PlayOutcome(hosts=narration.outcomes, seconds=round(time.monotonic() - began, 3))

    @contextmanager
    def _process(self, job: Job, mask: Mask) -> Iterator[PlayProcess]:
        """Start a child, which loads what it needs while its order is made; end it whatever happens."""
        process = self._spares.take()
        try:
            yield process
        finally:
            process.end()
            self._spares.fill()
            if process.complaints:
                log = private_folder(self._settings.home / "logs") / f"play-{job.operation}-{time.time_ns()}.log"
                write_private(log, [mask.text(process.complaints).encode()])

    def _work(self, environment: Environment, play: Play, job: Job, hidden: Mapping[str, str]) -> Work:
        states = self._states(environment.name)
        hosts = _hosts(environment, play, states)
        mark = f"{job.lane}.{job.operation}.{randomness.token_hex(8)}"
        return Work(environment, play, job.operation, mark, hosts, states, hidden)

    def _refuse_unknown(self, play: Play) -> None:
        if not (self._settings.playbooks / f"{play.playbook}.yml").is_file():
            raise NotFoundError(f"there is no playbook {play.playbook}", detail=f"in {self._settings.playbooks}")


def _hosts(environment: Environment, play: Play, states: Mapping[str, str]) -> tuple[str, ...]:
    known = [host.name for host in environment.outputs.hosts]
    if unknown := [name for name in play.hosts if name not in known]:
        raise NotFoundError(
            f"{environment.name} has no host {unknown[0]}", detail=f"hosts on record: {', '.join(known) or 'none'}"
        )
    hosts = play.hosts or tuple(name for name in known if states.get(name) == RUNNING)
    if not hosts:
        told = ", ".join(f"{name} {states.get(name, 'unknown')}" for name in known)
        raise OperationFailedError(
            f"{play.playbook}: no host of {environment.name} runs",
            detail=told or "it has no hosts on record",
            hint=f"tenure env show {environment.name}",
        )
    return hosts


def _stopped(stopped: Stopped, what: str, play: Play) -> TenureError:
    match stopped:
        case Stopped.CANCELLED:
            return CancelledError(f"{what} has stopped")
        case Stopped.LEASE:
            return ConflictError(f"{what}: the lease has ended", hint="`tenure operation retry` goes on")
        case Stopped.TIME:
            return OperationFailedError(
                f"{what} took more than {play.seconds:g} seconds and was stopped",
                detail="nothing of it runs any more on the hosts that could be reached",
                hint="`tenure operation tasks` shows what was slow",
            )
        case _:
            assert_never(stopped)


def _died(what: str, complaints: str) -> TenureError:
    return OperationFailedError(
        f"{what}: its process died",
        detail=" ".join(complaints.split())[-TOLD_CHARACTERS:] or "somebody killed it",
        hint="plays need root or user namespaces on this machine; `tenure operation retry` goes on",
    )


def _not_run(what: str, said: str) -> TenureError:
    return OperationFailedError(
        f"{what} could not be run",
        detail=said[-TOLD_CHARACTERS:] or "Ansible ended without a word; TENURE_HOME/logs may say more",
    )
