"""The order of one play: its files, what to run where, and the environment of its processes."""

from __future__ import annotations

import json
import os
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orchestrator
from orchestrator.adapters.ansible.place import CONFIG, CONTROLLER_MARK, FOLDER, MARK, SOCKETS
from orchestrator.adapters.ssh.job_entry import Place
from orchestrator.domain.ansible_inventory import ansible_inventory
from orchestrator.domain.records import Environment
from orchestrator.ports import Play

PLACE: Final = Place(keys=CONFIG.parent, sockets=SOCKETS)
PYTHON: Final = "/usr/bin/python3"
FORKS_PER_CORE: Final = 8
PASSED_ON: Final = ("TZ", "LD_LIBRARY_PATH")
KILL_SECONDS: Final = 5


@dataclass(frozen=True)
class Work:
    """What one play does.

    Attributes:
        mark: Marks its processes on the hosts: the lane, a dot, and what is its own alone.
        hosts: Which hosts it runs on.
        states: The status of every server of the environment.
        secrets: Extra variables that stay in memory.
    """

    environment: Environment
    play: Play
    operation: str
    mark: str
    hosts: tuple[str, ...]
    states: Mapping[str, str]
    secrets: Mapping[str, str]

    def order(self, playbooks: Path, entry: Mapping[str, str], lease_seconds: float) -> dict[str, Any]:
        """Give what the child reads; it holds keys and secrets, and goes through a pipe alone.

        Args:
            playbooks: Folder of the playbooks.
            entry: Files that enter the hosts, for :data:`PLACE`.
            lease_seconds: How long the lease is good for from now on.
        """
        return {
            "files": {
                **{f"{PLACE.keys.name}/{name}": content for name, content in entry.items()},
                "inventory.json": json.dumps(self._inventory()),
                "env/extravars": json.dumps(self._variables()),
                "ansible.cfg": "",
            },
            "playbooks": str(playbooks),
            "playbook": str(playbooks / f"{self.play.playbook}.yml"),
            "hosts": list(self.hosts),
            "options": "--check" if self.play.rehearsal else "",
            "forks": forks(len(self.hosts), os.cpu_count() or 1),
            "mark": self.mark,
            "variables": {
                "TENURE_OPERATION": self.operation,
                "TENURE_BOUND": bounded(self.mark, self.play.seconds),
            },
            "lease_seconds": lease_seconds,
        }

    def _inventory(self) -> dict[str, Any]:
        inventory = ansible_inventory(self.environment, self.states, str(CONFIG))
        inventory["all"]["vars"] |= {"ansible_python_interpreter": PYTHON, "ansible_become_method": "tenure_sudo"}
        return inventory

    def _variables(self) -> dict[str, Any]:
        return {**self.play.variables, **self.secrets, "tenure_operation": self.operation}


def bounded(mark: str, seconds: float) -> str:
    """Give the command that every remote command runs in: marked, and ended with the play's time at the latest."""
    return f"/usr/bin/env {MARK}={mark} /usr/bin/timeout --kill-after={KILL_SECONDS} {max(1, int(seconds))}"


def forks(hosts: int, cores: int) -> int:
    """Give how many hosts are worked on at once: a fork mostly waits for its host, but costs processor time too."""
    return min(hosts, FORKS_PER_CORE * cores)


def variables(playbooks: Path) -> dict[str, str]:
    """Give the environment of the child and of Ansible; nothing of ours, which may hold secrets, is passed on."""
    folder = str(FOLDER)
    sharing = f"-o ControlMaster=auto -o ControlPersist=3600 -o ControlPath={SOCKETS}/%n"
    return {
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        "PATH": f"{sysconfig.get_path('scripts')}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(Path(orchestrator.__file__).resolve().parent.parent),
        "PYTHONSAFEPATH": "1",
        "LC_ALL": "C.UTF-8",
        "HOME": folder,
        CONTROLLER_MARK: str(os.getpid()),
        "TMPDIR": folder,
        "ANSIBLE_CONFIG": f"{folder}/ansible.cfg",
        "ANSIBLE_HOME": f"{folder}/ansible",
        "ANSIBLE_ROLES_PATH": str(playbooks / "roles"),
        "ANSIBLE_INVENTORY_ENABLED": "yaml",
        "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "False",
        "ANSIBLE_GATHERING": "explicit",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_BECOME_PLUGINS": str(Path(__file__).parent / "plugins" / "become"),
        "ANSIBLE_SSH_ARGS": sharing,
        "ANSIBLE_HOST_KEY_CHECKING": "True",  # ansible-runner would turn it off
        "ANSIBLE_CACHE_PLUGIN": "memory",
        "ANSIBLE_DIFF_ALWAYS": "True",
    }
