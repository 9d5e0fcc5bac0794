"""Asking the hosts of one environment, and setting those up that lack what a backup needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orchestrator.adapters.openstack.telling import Telling
from orchestrator.adapters.restic.host import Host, LackingError
from orchestrator.adapters.restic.plans import HostPlan
from orchestrator.adapters.restic.repositories import Repositories, Repository
from orchestrator.adapters.restic.store import Purpose
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Environment
from orchestrator.ports import Configurator, HostAccess, Job, Play

PLAYBOOK = "backup"
SETUP_SECONDS = 900.0
KIND = "restic"


@dataclass(frozen=True)
class Way:
    """How hosts are reached: by a script for the work itself, by Ansible to be set up for it."""

    access: HostAccess
    configurator: Configurator
    repositories: Repositories


@dataclass(frozen=True)
class Asking:
    """One job on the hosts of one environment, about one repository.

    Attributes:
        telling: Takes what happens on each host.
        secrets: The line with the secrets that every host reads.
    """

    way: Way
    environment: Environment
    repository: Repository
    job: Job
    telling: Telling
    secrets: str

    def ask(self, plan: HostPlan, verb: str, facts: dict[str, Any]) -> dict[str, Any]:
        """Have a host do something, told with its seconds; what it notes is told, too."""
        store = self.way.repositories.store
        request = {
            "verb": verb,
            "repository": store.repository_url(self.repository.bucket, self.repository.prefix),
            "region": store.settings.region,
            "installed": plan.installed,
            **facts,
        }
        answer = self.telling.timed(plan.host, lambda: self._answer(plan, request))
        for note in answer.get("notes", []):
            self.telling.note(plan.host, str(note))
        return answer

    def _answer(self, plan: HostPlan, request: dict[str, Any]) -> dict[str, Any]:
        host = Host(self.way.access, self.environment, plan.host, self.job)
        try:
            return host.ask(request, self.secrets)
        except LackingError:
            self._set_up(plan)
        try:
            return host.ask(request, self.secrets)
        except LackingError as error:
            raise OperationFailedError(
                f"host {plan.host} cannot be set up for backups",
                detail=str(error),
                hint="see what the playbook did: tenure operation show",
            ) from error

    def _set_up(self, plan: HostPlan) -> None:
        """Install restic and the programs for the databases (roles ``restic`` and ``dump``)."""
        variables = {"dump_databases": list(plan.databases), "backup_tools_mark": plan.installed}
        play = Play(playbook=PLAYBOOK, hosts=(plan.host,), variables=variables, seconds=SETUP_SECONDS)
        outcome = self.way.configurator.play(self.environment, play, self.job)
        failed = next((host for host in outcome.hosts if not host.succeeded), None)
        if failed is not None:
            raise OperationFailedError(
                f"host {plan.host} cannot be set up for backups",
                detail=failed.error or "the host could not be reached",
                hint="tenure operation retry goes on where it stopped",
            )


def asking(
    way: Way, environment: Environment, repository: Repository, job: Job, action: str, purpose: Purpose
) -> Asking:
    """Begin a job: its credentials are asked for once."""
    secrets = way.repositories.secrets(repository, purpose, f"{job.operation}-{action}")
    return Asking(way, environment, repository, job, telling(job, action), secrets)


def telling(job: Job, action: str) -> Telling:
    """Give the events of one action."""
    return Telling(job, "backup", action, KIND)
