"""Asking the hosts of one environment, and setting those up that lack what a backup needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orchestrator.adapters.openstack.cloud import at_once
from orchestrator.adapters.openstack.telling import Telling
from orchestrator.adapters.restic.host import Host
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
        """Have one host do something."""
        return self.ask_all((plan,), verb, lambda _: facts)[0]

    def ask_all(
        self, plans: tuple[HostPlan, ...], verb: str, facts: Callable[[HostPlan], dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Have hosts do something at once, told with their seconds; those that lack restic are set up, in one play.

        Answers in order; the first error is raised after all have ended.
        """
        answers = at_once(lambda plan: self._answer(plan, verb, facts(plan)), plans)
        lacking = tuple(plan for plan, answer in zip(plans, answers, strict=True) if answer is None)
        if lacking:
            self._set_up(lacking)
            later = iter(at_once(lambda plan: self._answer(plan, verb, facts(plan)), lacking))
            answers = [next(later) if answer is None else answer for answer in answers]
        return [_set_up_by_now(answer) for answer in answers]

    def _answer(self, plan: HostPlan, verb: str, facts: dict[str, Any]) -> dict[str, Any] | None:
        """Give a host's answer; None when it lacks what a backup needs."""
        store = self.way.repositories.store
        request = {
            "verb": verb,
            "repository": store.repository_url(self.repository.bucket, self.repository.prefix),
            "region": store.settings.region,
            "installed": plan.installed,
            **facts,
        }
        host = Host(self.way.access, self.environment, plan.host, self.job)
        answer = self.telling.timed(plan.host, lambda: host.ask(request, self.secrets))
        for note in [] if answer is None else answer.get("notes", []):
            self.telling.note(plan.host, str(note))
        return answer

    def _set_up(self, plans: tuple[HostPlan, ...]) -> None:
        """Install restic and the programs for the databases (roles ``restic`` and ``dump``)."""
        for kinds in sorted({plan.databases for plan in plans}):
            alike = [plan for plan in plans if plan.databases == kinds]
            variables = {"dump_databases": list(kinds), "backup_tools_mark": alike[0].installed}
            hosts = tuple(plan.host for plan in alike)
            play = Play(playbook=PLAYBOOK, hosts=hosts, variables=variables, seconds=SETUP_SECONDS)
            outcome = self.way.configurator.play(self.environment, play, self.job)
            failed = next((host for host in outcome.hosts if not host.succeeded), None)
            if failed is not None:
                raise OperationFailedError(
                    f"host {failed.host} cannot be set up for backups",
                    detail=failed.error or "the host could not be reached",
                    hint="tenure operation retry goes on where it stopped",
                )


def _set_up_by_now(answer: dict[str, Any] | None) -> dict[str, Any]:
    if answer is None:
        raise OperationFailedError(
            "a host lacks what its backup needs although it was set up",
            hint="see what the playbook did: tenure operation tasks",
        )
    return answer


def asking(
    way: Way, environment: Environment, repository: Repository, job: Job, action: str, purpose: Purpose
) -> Asking:
    """Begin a job: its credentials are asked for once."""
    secrets = way.repositories.secrets(repository, purpose, f"{job.operation}-{action}")
    return Asking(way, environment, repository, job, telling(job, action), secrets)


def telling(job: Job, action: str) -> Telling:
    """Give the events of one action."""
    return Telling(job, "backup", action, KIND)
