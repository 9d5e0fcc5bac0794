"""Host access where there are no hosts: on a cloud whose servers exist at its API only."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.adapters.ssh.authority import UserAuthority
from orchestrator.adapters.ssh.revocation import revocation_list
from orchestrator.domain.errors import RefusedError
from orchestrator.domain.records import Environment, Grant, Outputs, StepEvent, StepStatus
from orchestrator.ports import HostCheck, Job

NOT_ENTERED = "not entered: on this cloud servers exist at the API only"


class NoHostAccess:
    """Says of every host that it was not entered; never that it is ready.

    Args:
        authority: The user authority, whose public key goes into the specification all the same.
    """

    def __init__(self, authority: UserAuthority) -> None:
        self._authority = authority

    def ca_public_key(self) -> str:
        """Give the OpenSSH public key of the user authority."""
        return self._authority.public_key()

    def wait_ready(self, environment: Environment, outputs: Outputs, job: Job) -> tuple[HostCheck, ...]:
        """Note for every host that it was not entered."""
        del environment
        for host in outputs.hosts:
            job.watch(StepEvent(phase="hosts", status=StepStatus.NOTE, resource=host.name, detail=NOT_ENTERED))
        return tuple(
            HostCheck(host=host.name, reached=False, cloud_init=NOT_ENTERED, hostname="") for host in outputs.hosts
        )

    def certify(
        self, environment: Environment, job: Job, vouched: Mapping[str, str] | None = None
    ) -> tuple[HostCheck, ...]:
        """Note for every host that it was not entered."""
        del vouched
        return self.wait_ready(environment, environment.outputs, job)

    def revocations(self, serials: tuple[int, ...]) -> str:
        """Give the list of revoked certificates, base64."""
        return revocation_list(self._authority.public_key(), serials)

    def command(self, environment: Environment, host: str, grant: Grant) -> tuple[str, ...]:
        """Refuse: there is nothing to enter."""
        del grant
        raise _refusal(environment, host)

    def configuration(self, environment: Environment, grant: Grant) -> str:
        """Refuse: there is nothing to enter."""
        del grant
        raise _refusal(environment, environment.outputs.bastion_host)

    def run(
        self, environment: Environment, host: str, script: str, job: Job, *, seconds: float, secret: str = ""
    ) -> str:
        """Refuse: there is nothing to enter."""
        del script, job, seconds, secret
        raise _refusal(environment, host)


def _refusal(environment: Environment, host: str) -> RefusedError:
    return RefusedError(
        f"host {host} of {environment.name} cannot be entered",
        detail="the servers of this cloud exist at its API only",
        hint="start the local cloud as root on Linux for real hosts, or name another cloud in OS_CLOUD",
    )
