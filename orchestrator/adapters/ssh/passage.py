"""The way to the hosts of one environment: its bastion from outside, the others through it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orchestrator.adapters.ssh.authority import Identity
from orchestrator.adapters.ssh.config import JUMP, Host
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Environment, Outputs
from orchestrator.domain.records import Host as EnvironmentHost


@dataclass(frozen=True)
class Passage:
    """The bastion, the address at which it is reached from outside, and the environment's name."""

    bastion: EnvironmentHost
    address: str
    environment: str

    def jump(self, alias: str, identity: Identity, control: Path | None = None) -> Host:
        """Give the section of the bastion as the way to others."""
        return Host(alias, self.address, self.alias(self.bastion), identity, control=control, log_level="INFO")

    def host(self, host: EnvironmentHost, identity: Identity) -> Host:
        """Give the section of one host: the bastion from outside, the others through it."""
        if host.name == self.bastion.name:
            return Host(host.name, self.address, self.alias(host), identity)
        return Host(host.name, host.address, self.alias(host), identity, jump=JUMP)

    def alias(self, host: EnvironmentHost) -> str:
        """Give what a host's key is certified for: its server, since names and addresses come back with others."""
        return f"{host.server_id or host.name}.{self.environment}"


def passage_of(environment: Environment, outputs: Outputs) -> Passage:
    """Find the bastion: the host that the stack named, else the first of the bastion's role."""
    named = [one for one in outputs.hosts if one.name == outputs.bastion_host]
    of_role = [one for one in outputs.hosts if one.role == environment.spec.bastion]
    if not outputs.bastion_address or not (named or of_role):
        raise OperationFailedError(
            f"{environment.name} has no bastion on record",
            detail="its floating address or its host is missing from the stack's outputs",
            hint=f"`tenure env apply {environment.name}` brings them back",
        )
    return Passage((named or of_role)[0], outputs.bastion_address, environment.name)
