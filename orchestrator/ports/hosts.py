"""The hosts, entered over SSH."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from orchestrator.domain.model import Model
from orchestrator.domain.records import (
    Environment,
    Grant,
    Outputs,
)
from orchestrator.ports.work import Job


class HostCheck(Model):
    """What a login on one host showed."""

    host: str
    reached: bool
    cloud_init: str
    hostname: str


class HostAccess(Protocol):
    """Enters hosts over SSH through the bastion, with certificates of minutes (DESIGN.md decision 7)."""

    def ca_public_key(self) -> str:
        """Give the OpenSSH public key of the user CA, which cloud-init makes the hosts trust."""
        ...

    def wait_ready(self, environment: Environment, outputs: Outputs, job: Job) -> tuple[HostCheck, ...]:
        """Wait until every host answers and its cloud-init is done; OperationFailedError names the one that is not.

        The key of a host that was never entered is compared with what its server printed on its console, and certified:
        nobody is trusted on first use.
        """
        ...

    def certify(
        self, environment: Environment, job: Job, vouched: Mapping[str, str] | None = None
    ) -> tuple[HostCheck, ...]:
        """Bring every host its certificate that has none, as :meth:`wait_ready` does for hosts that are new.

        Args:
            environment: Whose hosts.
            job: Cancellation, lease, and where events go.
            vouched: SHA-256 fingerprints of host keys that somebody read at the hosts themselves, by host: for servers
                whose consoles no longer hold what they printed.
        """
        ...

    def revocations(self, serials: tuple[int, ...]) -> str:
        """Give the list of revoked certificates as hosts' sshd reads it, base64."""
        ...

    def command(self, environment: Environment, host: str, grant: Grant) -> tuple[str, ...]:
        """Write certificates that end with a person's grant, and an SSH configuration; give the command that enters.

        Every certificate is put on record with the grant, which is refused when it is in force no more.
        """
        ...

    def configuration(self, environment: Environment, grant: Grant) -> str:
        """Do the same for the hosts of every role that the grant opens; give the configuration's path.

        RefusedError where hosts cannot be entered at all.
        """
        ...

    def run(
        self, environment: Environment, host: str, script: str, job: Job, *, seconds: float, secret: str = ""
    ) -> str:
        """Run a shell script as root on one host and give what it printed, one MiB at most.

        ``secret`` is what the script reads from its standard input; it stands in no process's arguments.

        It ends after ``seconds`` at the latest, here and on the host. NotFoundError for a host that is not on record,
        RefusedError where hosts cannot be entered at all, OperationFailedError with what the host said otherwise.
        """
        ...
