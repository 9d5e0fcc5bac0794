"""An exported state as plain data: what was being made, what is broken, and how a found resource is put on record."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

INSTANCE = "openstack:compute/instance:Instance"
VOLUME = "openstack:blockstorage/volume:Volume"
GROUP = "openstack:networking/secGroup:SecGroup"
PROJECT = "openstack:identity/project:Project"
USER = "openstack:identity/user:User"


@dataclass(frozen=True)
class Wanted:
    """A resource that the program wants and the state does not have.

    Attributes:
        inputs: As the state's pending operation or the plan has them; what is not known yet is left out.
        record: The state's entry of the resource, without id and outputs.
    """

    urn: str
    type: str
    inputs: Mapping[str, Any]
    record: Mapping[str, Any] = field(default_factory=dict)


class StackState:
    """A deployment as ``pulumi stack export`` gives it; secrets in it stay encrypted."""

    def __init__(self, deployment: Mapping[str, Any] | None) -> None:
        self.deployment: dict[str, Any] = dict(deployment or {})

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The resources on record, dependencies first."""
        return list(self.deployment.get("resources") or [])

    @property
    def pending(self) -> list[dict[str, Any]]:
        """Operations whose outcome is unknown."""
        return list(self.deployment.get("pending_operations") or [])

    def pending_creates(self) -> dict[str, Wanted]:
        """Give the creates whose outcome is unknown, by URN."""
        return {
            record["urn"]: Wanted(record["urn"], record["type"], record.get("inputs") or {}, record)
            for record in self._pending("creating")
        }

    def pending_updates(self) -> list[dict[str, Any]]:
        """Give the resources that were being changed."""
        return self._pending("updating")

    def pending_deletes(self) -> list[dict[str, Any]]:
        """Give the resources that were being removed."""
        return self._pending("deleting")

    def _pending(self, kind: str) -> list[dict[str, Any]]:
        return [operation["resource"] for operation in self.pending if operation["type"] == kind]

    def standing(self) -> dict[str, dict[str, Any]]:
        """Give what is on record and not about to be made again, by URN."""
        return {one["urn"]: one for one in self.resources if not one.get("pendingReplacement")}

    def id_of(self, kind: str) -> str | None:
        """Give the id of the only resource of a type, if it is on record."""
        return next((resource["id"] for resource in self.resources if resource["type"] == kind), None)

    def half_made(self) -> list[dict[str, Any]]:
        """Give resources that exist but whose creation was not seen to its end."""
        return [resource for resource in self.resources if resource.get("initErrors")]

    @property
    def protects(self) -> bool:
        """Whether any resource is protected from deletion."""
        return any(resource.get("protect") for resource in self.resources)

    def unprotected(self, going: Collection[str] | None = None) -> StackState:
        """Give the state without the protection of some resources, or of all of them."""
        resources = [
            _without_protection(one) if going is None or one["urn"] in going else one for one in self.resources
        ]
        return StackState(self.deployment | {"resources": resources})

    def without_provider(self, provider: str) -> StackState:
        """Give the state without the resources, and the unknown outcomes, of one provider."""
        resources = [one for one in self.resources if not _struck(one, provider)]
        pending = [one for one in self.pending if not _struck(one["resource"], provider)]
        return StackState(self.deployment | {"resources": resources, "pending_operations": pending})

    def settle(self, adopted: Mapping[str, tuple[Wanted, str]], discarded: set[str]) -> StackState:
        """Give the state without unknown outcomes.

        Args:
            adopted: URN to what was wanted and the id under which it was found.
            discarded: URNs of resources that were removed from the cloud because they never worked.
        """
        kept = [
            {key: value for key, value in resource.items() if key != "initErrors"}
            for resource in self.resources
            if resource["urn"] not in discarded
            and not (resource["urn"] in adopted and resource.get("pendingReplacement"))
        ]
        new = [record_of(wanted, found) for wanted, found in adopted.values()]
        changed = {key: value for key, value in self.deployment.items() if key != "pending_operations"}
        return StackState(changed | {"resources": kept + new})


def _without_protection(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in resource.items() if key != "protect"}


def _struck(entry: Mapping[str, Any], provider: str) -> bool:
    return provider in str(entry.get("provider", ""))


def record_of(wanted: Wanted, found: str) -> dict[str, Any]:
    """Give the state's entry of a found resource.

    Its outputs begin as its inputs, so that the refresh that follows keeps what the cloud's API does not tell.
    """
    inputs = dict(wanted.inputs)
    outputs = {key: value for key, value in inputs.items() if key != "__defaults"} | {"id": found}
    if isinstance(outputs.get("userData"), str):
        outputs["userData"] = hashed(outputs["userData"])
    return {**wanted.record, "custom": True, "id": found, "inputs": inputs, "outputs": outputs}


def hashed(user_data: str) -> str:
    """Give user data as the provider keeps it in the state (SHA-1, no security is meant)."""
    return hashlib.sha1(user_data.encode(), usedforsecurity=False).hexdigest()
