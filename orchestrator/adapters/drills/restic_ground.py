"""The ground for drills where backups are restic's: negative controls run on the throw-away hosts themselves."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any

from orchestrator.adapters.drills.places import places
from orchestrator.adapters.openstack.cloud import at_once
from orchestrator.adapters.restic.asking import Way, asking
from orchestrator.adapters.restic.plans import HostPlan, host_plans
from orchestrator.adapters.restic.repositories import is_stored, repository_of
from orchestrator.adapters.restic.store import Purpose
from orchestrator.domain.blueprint_care import BlueprintCare
from orchestrator.domain.drill import Attempt, Control
from orchestrator.domain.errors import OperationFailedError, RefusedError
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Backup, Environment
from orchestrator.domain.spec import Direction
from orchestrator.domain.throwaway import SSH_PORT, Reach
from orchestrator.ports import Job

CALL_SECONDS = 4
SCRIPT_SECONDS = 300.0


class ResticGround:
    """Implements :class:`orchestrator.ports.DrillGround`.

    Args:
        way: Reaches the hosts and the store.
        care_of: What the environment's blueprint says of databases.
        reach: What the settings let hosts reach beside the store: where packages come from.
    """

    def __init__(self, way: Way, care_of: Callable[[Environment], BlueprintCare], reach: str = "") -> None:
        self._way = way
        self._care_of = care_of
        self._reach = reach

    def restorable(self, backup: Backup) -> bool:
        """Say whether it is in the object store; what was taken before there was one is not."""
        return is_stored(backup)

    def reaches(self) -> tuple[Reach, ...]:
        """Give the store's places as its name has them now, and what was set."""
        return places((self._way.repositories.store.settings.url,), self._reach)

    def attempt(self, control: Control, backup: Backup, live: Environment, into: Environment, job: Job) -> Attempt:
        """Run it on a host that the backup has something of; calls are made from every host."""
        _refuse_living(into)
        if control is Control.ISOLATION:
            return self._call(live, into, job)
        plan = self._plan_in(backup, into)
        item = next(one for one in backup.items if one.host == plan.host)
        snapshot, seal = item.reference.split("/")
        asked = asking(self._way, into, repository_of(backup), job, str(control), Purpose.READ)
        answer = asked.ask(plan, str(control), {"snapshot": snapshot, "seal": seal})
        return Attempt(control=control, refused=bool(answer["refused"]), said=str(answer["said"]))

    def _plan_in(self, backup: Backup, into: Environment) -> HostPlan:
        held = {item.host for item in backup.items}
        found = next((plan for plan in host_plans(into, self._care_of(into)) if plan.host in held), None)
        if found is None:
            raise OperationFailedError(f"{into.name} has no host of which backup {backup.id} has something")
        return found

    def _call(self, live: Environment, into: Environment, job: Job) -> Attempt:
        """Call the live environment at every port that it opens to the outside, from every host of the copy."""
        address, ports = live.outputs.bastion_address, _open_ports(live)
        script = script_of("calling", [address, ports, CALL_SECONDS])

        def call(host: str) -> str:
            said = self._way.access.run(into, host, script, job, seconds=SCRIPT_SECONDS)
            return str(json.loads(said.strip().rpartition("\n")[2]))

        names = [host.name for host in into.outputs.hosts]
        answered = [f"from {name}: {said}" for name, said in zip(names, at_once(call, names), strict=True) if said]
        what = f"{address}, ports {', '.join(map(str, ports))}, from {', '.join(names)}"
        said = "; ".join(answered) if answered else f"nothing of {what} could be reached"
        return Attempt(control=Control.ISOLATION, refused=not answered, said=said)

    def clear(self, into: Environment, job: Job) -> None:
        """Empty the volumes; the hosts look themselves that they are of a throw-away environment."""
        _refuse_living(into)
        at_once(lambda plan: self._clear(plan, into, job), host_plans(into, self._care_of(into)))

    def _clear(self, plan: HostPlan, into: Environment, job: Job) -> None:
        script = script_of("clearing", [into.name, [volume.mount for volume in plan.volumes]])
        self._way.access.run(into, plan.host, script, job, seconds=SCRIPT_SECONDS)

    def emptied(self, backup: Backup, environment: Environment, job: Job) -> tuple[str, ...]:
        """Look on every host that the backup has files of."""
        known = {host.name for host in environment.outputs.hosts}
        held: dict[str, list[str]] = {}
        for item in backup.items:
            if item.files and item.size_gib and item.host in known:
                held.setdefault(item.host, []).append(item.mount)

        def look(host: str) -> bool:
            script = script_of("looking", held[host])
            said = self._way.access.run(environment, host, script, job, seconds=SCRIPT_SECONDS)
            return bool(json.loads(said.strip().rpartition("\n")[2]))

        hosts = sorted(held)
        return tuple(host for host, lost in zip(hosts, at_once(look, hosts), strict=True) if lost)


def script_of(program: str, argument: Sequence[Any]) -> str:
    """Give the shell script that runs one program of :mod:`orchestrator.adapters.drills.onhost` with its argument."""
    source = resources.files("orchestrator.adapters.drills.onhost").joinpath(f"{program}.py").read_text("utf-8")
    return f"python3 -I -c {shlex.quote(source)} {shlex.quote(json.dumps(argument))}"


def _open_ports(live: Environment) -> list[int]:
    """Give the ports that a live environment opens to the outside, SSH first."""
    found = {
        flow.first_port
        for flow in live.spec.flows
        if flow.direction is Direction.INGRESS and flow.peer_cidr is not None and flow.first_port is not None
    }
    return [SSH_PORT, *sorted(found - {SSH_PORT})]


def _refuse_living(into: Environment) -> None:
    if into.stage is not Stage.DRILL:
        raise RefusedError(f"{into.name} is no throw-away environment", rule="Art. 44")
