"""A controller of its own that somebody kills: plays one playbook of these tests on the hosts that it is given."""

from __future__ import annotations

import sys
from pathlib import Path

from orchestrator.adapters.ansible.configurator import AnsibleConfigurator, AnsibleSettings
from orchestrator.adapters.ssh import UserAuthority
from orchestrator.adapters.ssh.job_entry import JobEntry
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.records import Environment
from orchestrator.ports import Play
from tests.jobs import Recorder


def main(home: Path, playbooks: Path, playbook: str, operation: str) -> None:
    """Play it; the environment stands on stdin."""
    environment = Environment.model_validate_json(sys.stdin.read())
    entry = JobEntry(UserAuthority(home, FileVault(home), lambda _: None))
    states = {host.name: "ACTIVE" for host in environment.outputs.hosts}
    configurator = AnsibleConfigurator(AnsibleSettings(home, playbooks), entry, lambda _: states)
    play = Play(playbook=playbook, seconds=300)
    configurator.play(environment, play, Recorder().job(operation=operation), secrets={"token": "of-the-killed-one"})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])
