"""Backups by restic on the hosts, into a bucket for each environment (Art. 16, 22, 30; DESIGN.md decision 8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from orchestrator.adapters.restic.asking import Asking, Way, asking, telling
from orchestrator.adapters.restic.plans import HostPlan, host_plans, is_dump
from orchestrator.adapters.restic.repositories import Repository, bucket_name, is_stored, repository_of
from orchestrator.adapters.restic.store import Purpose
from orchestrator.domain.blueprint_care import BlueprintCare
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import NotFoundError, OperationFailedError
from orchestrator.domain.records import Backup, BackupItem, Comparison, Environment
from orchestrator.ports import BackupKey, Backups, Examination, Job, RestoreOrder

ABSENT = "absent"


class Snapshots(Backups, Protocol):
    """The way without a store, which keeps what it made before there was one."""

    def strays(self, environment: Environment) -> tuple[str, ...]:
        """Give the volumes of which nobody knows what they are; OperationFailedError when containers hold data."""
        ...


class ResticBackups:
    """Implements :class:`orchestrator.ports.Backups`; docs/adr/0013 has the reasons and the figures.

    Args:
        way: Reaches the hosts and the store.
        care_of: What the environment's blueprint says of databases and hooks.
        snapshots: Keeps the backups that are not in the store, and takes those of suspended environments, whose hosts
            nobody can enter.
    """

    def __init__(self, way: Way, care_of: Callable[[Environment], BlueprintCare], snapshots: Snapshots) -> None:
        self._way = way
        self._repositories = way.repositories
        self._care_of = care_of
        self._snapshots = snapshots

    def take(self, environment: Environment, backup_id: str, job: Job) -> Backup:
        """Copy every data volume and database of every host; what changes meanwhile is in it, and told as such.

        OperationFailedError unless all of it is there: what is not whole is no backup.
        """
        told = telling(job, "backup")
        if environment.suspended_at is not None:
            told.note(environment.name, "suspended: its hosts cannot be entered, so volumes are copied by snapshots")
            return self._snapshots.take(environment, backup_id, job)
        for stray in self._snapshots.strays(environment):
            told.note(stray, "not in the backup: no specification declares this volume")
        return self._made(environment, backup_id, job, final=False)

    def escrow(self, environment: Environment, backup_id: str, job: Job) -> Backup:
        """Make the last copy in a bucket of the office's; nothing may change while it is read (Art. 16)."""
        if environment.suspended_at is not None:
            return self._snapshots.escrow(environment, backup_id, job)
        strays = self._snapshots.strays(environment)
        if strays:
            raise OperationFailedError(
                f"volume {strays[0]} of {environment.name} is declared nowhere",
                detail=f"it would be lost, since nobody knows its host and mount point: {', '.join(strays)}",
                hint="let the unit look at it and remove it, then `tenure operation retry`",
            )
        return self._made(environment, backup_id, job, final=True)

    def _made(self, environment: Environment, backup_id: str, job: Job, *, final: bool) -> Backup:
        plans = host_plans(environment, self._care_of(environment))
        bucket = bucket_name(environment.name, subject_of(environment), final=final)
        repository = self._repositories.provide(bucket)
        making = asking(self._way, environment, repository, job, "escrow" if final else "backup", Purpose.ADD)
        if plans and self._repositories.is_new(repository):
            if plans[1:]:
                making.ask_all(plans, "ready", lambda _: {})  # those that are not are set up in one play
            making.ask(plans[0], "init", {})
        facts = {"backup": backup_id, "fresh": final, "anew": False}
        answers = making.ask_all(plans, "take", lambda plan: facts | plan.request())
        made = [
            self._taken(making, plan, backup_id, answer, final=final)
            for plan, answer in zip(plans, answers, strict=True)
        ]
        backup = Backup(
            id=backup_id,
            subject=subject_of(environment),
            environment=environment.name,
            final=final,
            taken_at=datetime.now(UTC),
            place=repository.place,
            items=tuple(item for items in made for item in items),
        )
        self._repositories.account_for(backup)
        return backup

    def _taken(
        self, making: Asking, plan: HostPlan, backup_id: str, answer: dict[str, Any], *, final: bool
    ) -> list[BackupItem]:
        """Give the records of one host's copy; what an earlier attempt made and the store has lost is made anew."""
        if "kept" in answer and not self._repositories.has(making.repository, answer["seal"]):
            facts = {"backup": backup_id, "fresh": final, "anew": True}
            answer = making.ask(plan, "take", facts | plan.request())
        found = [self._repositories.whole(making.repository, answer[part]) for part in ("snapshot", "seal")]
        for tree in answer["trees"]:
            _tell_moving(making, tree, final=final)
        return [plan.item(tree, "/".join(found)) for tree in answer["trees"]]

    def compare(self, environment: Environment, backup: Backup, job: Job) -> Comparison:
        """Have restic give every byte back, as a stream, and compare it with the manifest."""
        if not is_stored(backup):
            return self._snapshots.compare(environment, backup, job)
        return self._returned(backup, environment, RestoreOrder(), job, "compare")

    def restore(self, backup: Backup, into: Environment, order: RestoreOrder, job: Job) -> Comparison:
        """Bring files and databases back onto the hosts of the same names, and compare what arrived."""
        if not is_stored(backup):
            return self._snapshots.restore(backup, into, order, job)
        return self._returned(backup, into, order, job, "restore")

    def _returned(self, backup: Backup, into: Environment, order: RestoreOrder, job: Job, verb: str) -> Comparison:
        plans = {plan.host: plan for plan in host_plans(into, self._care_of(into))}
        hosts = sorted({item.host for item in backup.items if not order.hosts or item.host in order.hosts})
        lacking = [host for host in {*hosts, *order.hosts} if host not in hosts or host not in plans]
        if lacking:
            raise NotFoundError(f"backup {backup.id} and {into.name} do not both have host {min(lacking)}")
        bringing = asking(self._way, into, repository_of(backup), job, verb, Purpose.READ)
        chosen = tuple(plans[host] for host in hosts)
        answers = bringing.ask_all(chosen, verb, lambda plan: _wanted(backup, plan, order))
        if order.path and all(ABSENT in answer for answer in answers):
            raise NotFoundError(
                f"{order.path} is not in backup {backup.id}", hint=f"tenure backup list {backup.environment}"
            )
        return Comparison(
            backup=backup.id,
            files=sum(int(answer["files"]) for answer in answers),
            differences=tuple(
                f"{host}: {one}" for host, answer in zip(hosts, answers, strict=True) for one in answer["differences"]
            ),
        )

    def examine(self, environment: Environment, job: Job) -> Examination:
        """Read every byte, on a host; room is given back only when all of it is whole.

        A repository with a fault is left as it is, and the next backup begins a new one. Of a suspended environment,
        whose hosts cannot be entered, only the list of snapshots is looked at.
        """
        bucket = bucket_name(environment.name, subject_of(environment), final=False)
        repository = self._repositories.provide(bucket)
        lost, noted = self._repositories.lost(repository)
        plans = host_plans(environment, self._care_of(environment))
        if noted == 0 or not plans or environment.suspended_at is not None:
            return Examination(snapshots=noted, place=repository.place, faults=lost)
        checking = asking(self._way, environment, repository, job, "check", Purpose.MEND)
        faults = (*lost, *map(str, checking.ask(plans[0], "check", {})["faults"]))
        if faults:
            self._repositories.doubt(repository)
        return Examination(snapshots=noted, place=repository.place, bytes=self._size(repository), faults=faults)

    def keys(self, environment: Environment) -> tuple[BackupKey, ...]:
        """Give the passwords of the environment's repositories, and of its last backup's."""
        return tuple(key for bucket in _buckets(environment) for key in self._repositories.keys_of(bucket))

    def unlock(self, environment: Environment) -> int:
        """Remove every lock; whoever asks knows that no job of the environment runs."""
        return sum(self._repositories.unlock(bucket) for bucket in _buckets(environment))

    def _size(self, repository: Repository) -> int:
        return sum(self._repositories.store.sizes(repository.bucket, f"{repository.prefix}/").values())

    def remove(self, backup: Backup, job: Job | None = None) -> None:
        """Drop a backup; harmless when it is gone. Its room is given back by the next check that finds all whole."""
        if is_stored(backup):
            self._repositories.remove(backup)
        else:
            self._snapshots.remove(backup, job)


def _buckets(environment: Environment) -> tuple[str, str]:
    subject = subject_of(environment)
    return bucket_name(environment.name, subject, final=False), bucket_name(environment.name, subject, final=True)


def _wanted(backup: Backup, plan: HostPlan, order: RestoreOrder) -> dict[str, Any]:
    """Say what a host is to bring back, and what its manifest has to be."""
    items = [item for item in backup.items if item.host == plan.host]
    snapshot, seal = items[0].reference.split("/")
    return {
        "snapshot": snapshot,
        "seal": seal,
        "expected": {item.volume: item.manifest for item in items},
        "path": order.path,
        "databases": list(plan.databases) if any(is_dump(item) for item in items) else [],
    }


def _tell_moving(making: Asking, tree: dict[str, Any], *, final: bool) -> None:
    """Tell what changed while it was read; a last backup must have nothing of the kind."""
    if not tree["moving"]:
        return
    named = ", ".join(tree["examples"])
    if final:
        raise OperationFailedError(
            f"{tree['moving']} files of {tree['name']} changed while the last backup read them",
            detail=named,
            rule="Art. 16",
            hint="a system is offline when nothing writes to its volumes; stop it, then `tenure operation retry`",
        )
    making.telling.note(tree["name"], f"{tree['moving']} files changed while they were read: {named}")
