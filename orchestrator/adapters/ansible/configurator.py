"""Configurator by ansible-runner: each play in a process of its own, in namespaces of its own (docs/adr/0011)."""

from __future__ import annotations

import json
import os
import secrets as randomness
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orchestrator
from orchestrator.adapters.ansible import child
from orchestrator.adapters.ansible.narration import Mask, Narration
from orchestrator.adapters.ansible.process import PlayProcess, Stopped
from orchestrator.adapters.ssh.authority import private_folder
from orchestrator.adapters.ssh.job_entry import JobEntry, Place
from orchestrator.domain.ansible_inventory import RUNNING, ansible_inventory
from orchestrator.domain.errors import CancelledError, ConflictError, NotFoundError, OperationFailedError
from orchestrator.domain.records import Environment
from orchestrator.ports import Job, Play, PlayOutcome

FORKS_PER_CORE = 8
PLACE = Place(keys=child.CONFIG.parent, sockets=child.SOCKETS)
PYTHON = "/usr/bin/python3"
TOLD_CHARACTERS = 600
PASSED_ON = ("TZ", "LD_LIBRARY_PATH")


def installed_playbooks() -> Path:
    """Give the folder of playbooks that came with this installation; it stands beside the package."""
    return Path(orchestrator.__file__).resolve().parent.parent / "playbooks"


@dataclass(frozen=True)
class AnsibleSettings:
    """What an installation decides.

    Attributes:
        home: Installation's folder; ``logs/`` of it takes what a child complains of.
        playbooks: Folder of the playbooks.
    """

    home: Path
    playbooks: Path


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

    def play(
        self, environment: Environment, play: Play, job: Job, *, secrets: Mapping[str, str] | None = None
    ) -> PlayOutcome:
        """Run one playbook and give what came of it on each host."""
        began = time.monotonic()
        hidden = secrets or {}
        narration = Narration(play.playbook, job.watch, Mask(hidden.values()))
        with self._process(job) as process:
            process.order(self._order(environment, play, job, hidden))
            ended = _listened(process, narration, play, job)
        self._judge(ended, process.stopped, narration, play, environment)
        return PlayOutcome(hosts=narration.outcomes, seconds=round(time.monotonic() - began, 3))

    @contextmanager
    def _process(self, job: Job) -> Iterator[PlayProcess]:
        log = private_folder(self._settings.home / "logs") / f"play-{job.operation}-{randomness.token_hex(4)}.log"
        process = PlayProcess(_variables(self._settings.playbooks, job.operation), log)
        try:
            yield process
        finally:
            process.end()
            if log.stat().st_size == 0:
                log.unlink()

    def _order(self, environment: Environment, play: Play, job: Job, hidden: Mapping[str, str]) -> dict[str, Any]:
        states = self._states(environment.name)
        hosts = _hosts(environment, play, states)
        mark = f"{job.operation}.{randomness.token_hex(4)}"
        entry = self._entry.files(environment, hosts, job.operation, play.seconds, PLACE)
        inventory = ansible_inventory(environment, states, str(child.CONFIG))
        inventory["all"]["vars"] |= _host_variables(mark, play)
        extra = {**play.variables, **hidden, "tenure_operation": job.operation}
        return {
            "files": {
                **{f"{PLACE.keys.name}/{name}": content for name, content in entry.items()},
                "inventory.json": json.dumps(inventory),
                "env/extravars": json.dumps(extra),
                "ansible.cfg": "",
            },
            "playbooks": str(self._settings.playbooks),
            "playbook": str(self._settings.playbooks / f"{play.playbook}.yml"),
            "hosts": list(hosts),
            "options": "--check" if play.rehearsal else "",
            "forks": forks(len(hosts)),
            "mark": mark,
            "lease_seconds": min(job.control.valid_until() - time.monotonic(), 3600.0),
        }

    def _judge(
        self,
        ended: Mapping[str, Any],
        stopped: Stopped | None,
        narration: Narration,
        play: Play,
        environment: Environment,
    ) -> None:
        """Raise what a bad end means; hosts that failed are none."""
        what = f"{play.playbook} on the hosts of {environment.name}"
        match stopped:
            case Stopped.CANCELLED:
                raise CancelledError(f"{what} has stopped")
            case Stopped.LEASE:
                raise ConflictError(
                    f"the lease on {environment.name} has ended", hint="`tenure operation retry` goes on"
                )
            case Stopped.TIME:
                raise OperationFailedError(f"{what} took more than {play.seconds:g} seconds and was stopped")
        if not narration.outcomes:
            said = " ".join(" ".join(narration.said).split())[-TOLD_CHARACTERS:]
            raise OperationFailedError(f"{what} could not be run", detail=said or f"it ended: {dict(ended)}")


def _listened(process: PlayProcess, narration: Narration, play: Play, job: Job) -> Mapping[str, Any]:
    ended: Mapping[str, Any] = {}
    for message in process.messages(job.control, play.seconds, lambda: None):
        if "ended" in message:
            ended = message
        else:
            narration.take(message)
    return ended


def _hosts(environment: Environment, play: Play, states: Mapping[str, str]) -> tuple[str, ...]:
    known = [host.name for host in environment.outputs.hosts]
    if unknown := [name for name in play.hosts if name not in known]:
        raise NotFoundError(
            f"{environment.name} has no host {unknown[0]}", detail=f"hosts on record: {', '.join(known)}"
        )
    hosts = play.hosts or tuple(name for name in known if states.get(name) == RUNNING)
    if not hosts:
        raise OperationFailedError(
            f"no host of {environment.name} runs",
            detail=f"{play.playbook} has nothing to run on",
            hint="tenure env show",
        )
    return hosts


def forks(hosts: int) -> int:
    """Give how many hosts are worked on at once: a fork mostly waits for its host, but costs processor time too."""
    return min(hosts, FORKS_PER_CORE * (os.cpu_count() or 1))


def _host_variables(mark: str, play: Play) -> dict[str, str]:
    """Give what bounds every remote command and marks its processes."""
    bounded = f"/usr/bin/env {child.MARK}={mark} /usr/bin/timeout --kill-after=5 {max(1, int(play.seconds))} /bin/sh"
    return {"ansible_shell_executable": bounded, "ansible_python_interpreter": PYTHON}


def _variables(playbooks: Path, operation: str) -> dict[str, str]:
    """Give the environment of the child and of Ansible; nothing of ours, which may hold secrets, is passed on."""
    scripts = sysconfig.get_path("scripts")
    folder = str(child.FOLDER)
    sharing = f"-o ControlMaster=auto -o ControlPersist=3600 -o ControlPath={child.SOCKETS}/%n"
    return {
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        "PATH": f"{scripts}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": ":".join(path for path in sys.path if path),
        "LC_ALL": "C.UTF-8",
        "HOME": folder,
        "TMPDIR": folder,
        "TENURE_OPERATION": operation,
        "ANSIBLE_CONFIG": f"{folder}/ansible.cfg",
        "ANSIBLE_HOME": f"{folder}/ansible",
        "ANSIBLE_ROLES_PATH": str(playbooks / "roles"),
        "ANSIBLE_INVENTORY_ENABLED": "yaml",
        "ANSIBLE_GATHERING": "explicit",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_SSH_ARGS": sharing,
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_CACHE_PLUGIN": "memory",
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "False",
        "ANSIBLE_PYTHON_INTERPRETER": PYTHON,
    }
