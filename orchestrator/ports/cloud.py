"""The cloud: resources made and removed, looked at, switched, and copied."""

from __future__ import annotations

from typing import Protocol

from pydantic import Field

from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.model import Model
from orchestrator.domain.plan import Plan, PlannedStep
from orchestrator.domain.records import (
    Backup,
    Comparison,
    Environment,
    Outputs,
)
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports.work import Job


class Provisioner(Protocol):
    """Makes, changes and removes the resources of one environment (Pulumi).

    Every method may be repeated. Errors: OperationFailedError names the resource and what the cloud said;
    CancelledError after the children are dead; ConflictError when the stack's state is locked by a living owner.
    """

    def preview(self, job: Job) -> Plan:
        """Say what ``up`` would do; changes nothing."""
        ...

    def recover(self, job: Job) -> None:
        """Mend what an earlier attempt left: kill its processes, unlock the state, adopt pending creates.

        A create whose outcome is unknown is looked for in the project by type and name: found ones are imported,
        the rest is forgotten, so that ``up`` never makes a second copy (DESIGN.md decision 13).
        """
        ...

    def up(self, job: Job) -> Outputs:
        """Make the environment what its spec says; ``job.made`` takes what stands then."""
        ...

    def difference(self, job: Job) -> tuple[PlannedStep, ...]:
        """Look at the cloud and say what would make it what the spec says again; changes neither cloud nor state.

        ``job.made`` takes what the state has, for environments that were made before it was recorded.
        """
        ...

    def mend(self, job: Job) -> Outputs:
        """Look at the cloud and make the environment what its spec says again.

        RefusedError, before anything is changed, when something that holds data would be replaced or removed, or made
        anew without them.
        """
        ...

    def destroy_resources(self, job: Job) -> None:
        """First stroke of a teardown: remove everything but project, users and roles (DESIGN.md decision 9)."""
        ...

    def destroy_tenant(self, job: Job) -> None:
        """Second stroke: remove project, users and roles, and forget the stack."""
        ...


class FoundResource(Model):
    """Something that exists in a project, as the cloud itself says.

    Attributes:
        service: Name of the service in this vocabulary: ``identity``, ``compute``, ``network``, ``volume`` …
        type: Kind within the service, for instance ``server``.
        tenancy: Belongs to the tenancy itself (project, users, role assignments, the ``default`` security group):
            the first stroke of a teardown leaves it, the second removes it (DESIGN.md decision 9).
    """

    service: str
    type: str
    id: str
    name: str
    tenancy: bool = False


def leftovers(found: tuple[FoundResource, ...]) -> tuple[FoundResource, ...]:
    """Give what is more than the tenancy itself; the evidence of a teardown's first stroke is that there is nothing."""
    return tuple(resource for resource in found if not resource.tenancy)


class Capacity(Model):
    """What the cloud offers for one spec: faults that would make provisioning fail, and the room that is left."""

    faults: tuple[Diagnostic, ...] = ()
    notes: tuple[Diagnostic, ...] = ()


class Inventory(Protocol):
    """Looks at the cloud by its APIs, never at our own state."""

    def check(self, spec: EnvironmentSpec) -> Capacity:
        """Compare what a spec needs (flavors, image, external network, quota, addresses) with what the cloud has."""
        ...

    def project_id(self, environment: str) -> str | None:
        """Give the id of the environment's project, or None when there is none."""
        ...

    def list_project(self, environment: str) -> tuple[FoundResource, ...]:
        """List everything in the environment's project, by every service of the catalogue, in an order to remove it in.

        What belongs to the tenancy itself is listed and marked so; :func:`leftovers` gives the rest. A service that
        does not answer is an OperationFailedError: evidence never comes from silence.
        """
        ...

    def remove_leftover(self, environment: str, resource: FoundResource) -> None:
        """Remove one thing that no state knows; harmless when it is gone.

        OperationFailedError when the cloud refuses, or for a kind that is not removed by machine.
        """
        ...


class Power(Protocol):
    """Stops and starts servers, and cuts them off, without touching their data."""

    def stop(self, environment: str, job: Job) -> None:
        """Stop every server of the project and wait until they are; harmless when they are stopped."""
        ...

    def start(self, environment: str, job: Job) -> None:
        """Start every server of the project and wait until they run."""
        ...

    def states(self, environment: str) -> dict[str, str]:
        """Give the status of each server of the project by its name, in the cloud's words; empty without a project."""
        ...

    def isolate(self, environment: str, job: Job) -> None:
        """Close the groups: no port of a server lets anything in or out any more (Art. 37); harmless when closed."""
        ...

    def reconnect(self, environment: str, job: Job) -> None:
        """Undo :meth:`isolate`: every port has its role's group again, as ``job.spec`` says."""
        ...


class RestoreOrder(Model):
    """What of a backup is to be restored.

    Attributes:
        path: Only this file or folder (absolute, as on the host); empty means everything.
        hosts: Only onto these hosts; empty means all that the backup has something of.
    """

    path: str = ""
    hosts: tuple[str, ...] = ()


class Examination(Model):
    """What came of reading every byte of the stored backups.

    Attributes:
        snapshots: How many snapshots the store lists.
        bytes: How much was read.
        faults: What is wrong with it, in sentences; empty for a sound store.
        place: The :attr:`orchestrator.domain.records.Backup.place` of the backups that it is about.
    """

    snapshots: int
    place: str = ""
    bytes: int = 0
    faults: tuple[str, ...] = ()


class BackupKey(Model):
    """What opens the backups of one place without Tenure.

    Attributes:
        place: As backups have it on record.
        repository: As restic names it.
    """

    place: str
    repository: str
    password: str = Field(repr=False)


class Backups(Protocol):
    """Copies of an environment's data, and whether they can be read again (Art. 16, 22, 30).

    Every method may be repeated: what an earlier attempt of the same operation made is found and used. Errors:
    OperationFailedError names the volume and what the cloud or the host said.
    """

    def take(self, environment: Environment, backup_id: str, job: Job) -> Backup:
        """Copy every data volume as it is now, inside the project, with a manifest of its files."""
        ...

    def escrow(self, environment: Environment, backup_id: str, job: Job) -> Backup:
        """Make the last copy, which outlives the project, in the office's escrow (DESIGN.md decision 9)."""
        ...

    def compare(self, environment: Environment, backup: Backup, job: Job) -> Comparison:
        """Restore a backup beside the original, compare every file with the manifest, and remove the restored copy."""
        ...

    def restore(self, backup: Backup, into: Environment, order: RestoreOrder, job: Job) -> Comparison:
        """Bring a backup's files and databases onto the hosts of an environment, and compare what arrived.

        ``into`` is the environment itself, or another one with hosts of the same roles (a drill's). Files that are not
        in the backup stay; databases are replaced whole. What is compared is what the manifest lists, no more.
        """
        ...

    def examine(self, environment: Environment, job: Job) -> Examination:
        """Read every byte of the environment's stored backups, on a host of it (DESIGN.md decision 8)."""
        ...

    def keys(self, environment: Environment) -> tuple[BackupKey, ...]:
        """Give what opens the environment's backups, the escrowed one's too; nothing where they need no key."""
        ...

    def unlock(self, environment: Environment) -> int:
        """Remove every lock on the environment's backups and give how many there were; no job of it may run."""
        ...

    def remove(self, backup: Backup, job: Job | None = None) -> None:
        """Remove a backup; harmless when it is gone."""
        ...
