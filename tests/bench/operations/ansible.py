"""The other side: the same playbook by ``ansible-playbook``, as it comes and as a careful person would set it up."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from orchestrator.adapters.ansible.configurator import installed_playbooks
from orchestrator.domain.ansible_inventory import ansible_inventory
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.lifecycle import GrantState
from orchestrator.domain.records import Actor, Environment, Grant, Role
from orchestrator.ports import Play
from tests.bench.operations.hosts import Hosts

TUNED: Final = """[defaults]
forks = 10
[ssh_connection]
pipelining = True
ssh_args = -o ControlMaster=auto -o ControlPersist=60s
"""
TOLD_CHARACTERS: Final = 2000


@dataclass(frozen=True)
class PlainAnsible:
    """One way of running Ansible by hand.

    Attributes:
        folder: Its own: inventory, configuration if there is one, and Ansible's home, so that no connection of an
            earlier run is still open.
        configuration: The text of its ansible.cfg; empty means that there is none.
        playbook: What it plays; empty means Tenure's own playbook of the play.
    """

    folder: Path
    configuration: str = ""
    playbook: Path | None = None

    def play(self, hosts: Hosts, play: Play) -> float:
        """Run a play from a cold start; gives the seconds that it took."""
        self.folder.mkdir(parents=True)
        config = hosts.access.configuration(hosts.environment, a_grant(hosts.environment))
        inventory = ansible_inventory(hosts.environment, hosts.states, config)
        (self.folder / "hosts.json").write_text(json.dumps(inventory))
        (self.folder / "variables.json").write_text(json.dumps(play.variables))
        if self.configuration:
            (self.folder / "ansible.cfg").write_text(self.configuration)
        command = self._command(play)
        began = time.monotonic()
        done = subprocess.run(command, cwd=self.folder, env=self._environment(), capture_output=True, check=False)
        seconds = time.monotonic() - began
        if done.returncode != 0:
            raise OperationFailedError("ansible-playbook failed", detail=done.stdout.decode()[-TOLD_CHARACTERS:])
        return seconds

    def _command(self, play: Play) -> tuple[str, ...]:
        playbook = str(self._playbook(play))
        limit = ",".join(play.hosts)
        return ("ansible-playbook", "-i", "hosts.json", "--limit", limit, "-e", "@variables.json", playbook)

    def _playbook(self, play: Play) -> Path:
        """Give the playbook; one of the bench's own stands in a copy of all, so that it finds their roles."""
        if self.playbook is None:
            return installed_playbooks() / f"{play.playbook}.yml"
        copy = self.folder / "playbooks"
        shutil.copytree(installed_playbooks(), copy)
        return Path(shutil.copy(self.playbook, copy))

    def _environment(self) -> dict[str, str]:
        """Give what a shell would have; Ansible's home is this folder."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        scripts = sysconfig.get_path("scripts")
        path = f"{scripts}:{os.environ.get('PATH', os.defpath)}"
        return {**kept, "PATH": path, "HOME": str(self.folder), "ANSIBLE_HOME": str(self.folder / "a")}


def a_grant(environment: Environment) -> Grant:
    """Give the right of a person to enter all hosts for an hour."""
    now = datetime.now(UTC)
    return Grant(
        id="gr-bench",
        environment=environment.name,
        subject=environment.name,
        person=Actor(name="engineer", role=Role.PROVIDER, door="bench"),
        reason="a measurement",
        minutes=60,
        state=GrantState.GRANTED,
        asked_at=now,
        granted_at=now,
        until=now + timedelta(hours=1),
    )
