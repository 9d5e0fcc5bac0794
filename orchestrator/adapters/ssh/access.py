"""Host access by OpenSSH through the bastion."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from orchestrator.adapters.ssh.authority import (
    LIFETIME_MINUTES,
    Ability,
    Entry,
    Identity,
    UserAuthority,
    private_folder,
    write_private,
)
from orchestrator.adapters.ssh.bastion import SharedConnection
from orchestrator.adapters.ssh.config import DIRECT_JUMP, JUMP, Host, render
from orchestrator.adapters.ssh.errand import Errand
from orchestrator.adapters.ssh.hostkeys import Console, FirstEntries
from orchestrator.adapters.ssh.passage import passage_of
from orchestrator.adapters.ssh.revocation import revocation_list
from orchestrator.adapters.ssh.waiting import Door, Waiting
from orchestrator.domain.errors import NotFoundError, RefusedError
from orchestrator.domain.grants import roles_of
from orchestrator.domain.records import Environment, Grant, Outputs
from orchestrator.domain.records import Host as EnvironmentHost
from orchestrator.ports import HostCheck, Job

_passage = passage_of

USER = "tenure"
PORT = 22
READY_SECONDS = 300.0


@dataclass(frozen=True)
class Way:
    """How an installation enters hosts.

    Attributes:
        user: Whom the hosts' cloud-init made.
        port: Where sshd listens.
        ready_seconds: How long all hosts together may take to become ready.
        actor: Who asks; stands in the certificates.
    """

    user: str = USER
    port: int = PORT
    ready_seconds: float = READY_SECONDS
    actor: str = "tenure"


def _nothing(server_id: str) -> str:
    del server_id
    return ""


class SshAccess:
    """Enters hosts with keys of one use and certificates of minutes.

    Args:
        home: Folder of the installation; ``run`` takes a job's keys while it runs, ``ssh`` those of people.
        authority: Signs the certificates and puts every one on record.
        way: User, port, patience and actor.
        console: What servers printed; without it hosts are entered only once they are certified.
    """

    def __init__(
        self, home: Path, authority: UserAuthority, way: Way | None = None, console: Console = _nothing
    ) -> None:
        self._home = home
        self._authority = authority
        self._way = way or Way()
        self._console = console

    def ca_public_key(self) -> str:
        """Give the OpenSSH public key of the user authority."""
        return self._authority.public_key()

    def wait_ready(self, environment: Environment, outputs: Outputs, job: Job) -> tuple[HostCheck, ...]:
        """Wait until every host answers and its cloud-init is done; hosts that are not certified yet become so.

        Starts at the first instant at which hosts may answer, all at once, through one connection to the bastion.
        OperationFailedError names every host that is not ready and why; CancelledError when somebody asked to stop.
        """
        return self._wait(environment, outputs, job, {})

    def certify(
        self, environment: Environment, job: Job, vouched: Mapping[str, str] | None = None
    ) -> tuple[HostCheck, ...]:
        """Do what :meth:`wait_ready` does, taking keys of hosts by the fingerprints that somebody vouches for."""
        return self._wait(environment, environment.outputs, job, dict(vouched or {}))

    def _wait(
        self, environment: Environment, outputs: Outputs, job: Job, vouched: dict[str, str]
    ) -> tuple[HostCheck, ...]:
        passage = passage_of(environment, outputs)
        minutes = max(LIFETIME_MINUTES, self._way.ready_seconds / 60 + 1)
        entry = Entry(environment.name, (environment.name,), job.operation, self._way.actor, minutes=minutes)
        with self._job_folder(job.operation) as folder, SharedConnection(job.operation) as shared:
            jump = self._jump(entry, environment, folder)
            identity = self._authority.issue(entry, folder, "host")
            hosts = (
                passage.jump(JUMP, jump, shared.socket),
                passage.jump(DIRECT_JUMP, jump),
                *(passage.host(host, identity) for host in outputs.hosts),
            )
            pinned = folder / "pinned"
            config = self._write_config(environment.name, hosts, folder, pinned)
            entries = FirstEntries(passage, self._authority.hosts, self._console, pinned, vouched)
            by_name = {host.name: host for host in outputs.hosts}
            door = Door(config, shared, folder, passage.bastion.name, entries, by_name)
            waiting = Waiting(environment.name, door, job, self._way.ready_seconds)
            return waiting.for_hosts(tuple(by_name))

    def revocations(self, serials: tuple[int, ...]) -> str:
        """Give the list of revoked certificates as sshd reads it, base64."""
        return revocation_list(self._authority.public_key(), serials)

    def command(self, environment: Environment, host: str, grant: Grant) -> tuple[str, ...]:
        """Write certificates that end with a grant, and the SSH configuration; give the command that enters the host.

        NotFoundError when the environment has no such host on record. What earlier calls wrote is removed once its
        certificates have ended.
        """
        target = _on_record(environment, host)
        folder = self._person_folder(environment.name, grant)
        entry = _of_grant(environment, grant)
        config = self._way_in(environment, target, entry, frozenset({Ability.TERMINAL}), folder)
        return ("ssh", "-F", str(config), host)

    def configuration(self, environment: Environment, grant: Grant) -> str:
        """Write certificates that end with a grant, and the SSH configuration that uses them; give its path.

        Each role that the grant opens has a certificate of its own. What earlier calls wrote is removed once its
        certificates have ended.
        """
        folder = self._person_folder(environment.name, grant)
        passage, entry = passage_of(environment, environment.outputs), _of_grant(environment, grant)
        identities = {
            role: self._authority.issue(
                replace(entry, principals=(f"{environment.name}:{role}",)), folder, f"host-{role}"
            )
            for role in roles_of(grant, environment)
        }
        opened = (host for host in environment.outputs.hosts if host.role in identities)
        hosts = [passage.host(host, identities[host.role]) for host in opened]
        hosts.append(passage.jump(JUMP, self._jump(entry, environment, folder)))
        return str(self._write_config(environment.name, tuple(hosts), folder))

    def run(
        self, environment: Environment, host: str, script: str, job: Job, *, seconds: float, secret: str = ""
    ) -> str:
        """Run a shell script as root on one host and give what it printed; see :mod:`orchestrator.adapters.ssh.errand`.

        The certificate is valid for the host's role alone. NotFoundError when the environment has no such host.
        """
        target = _on_record(environment, host)
        with self._errand_folder(job.operation) as folder:
            entry = Entry(environment.name, (), job.operation, self._way.actor)
            config = self._way_in(environment, target, entry, frozenset(), folder)
            return Errand(config, host, script, seconds, secret).done(job, folder)

    def _way_in(
        self,
        environment: Environment,
        target: EnvironmentHost,
        entry: Entry,
        abilities: frozenset[Ability],
        folder: Path,
    ) -> Path:
        """Issue what enters one host, and write the configuration that uses it."""
        passage = passage_of(environment, environment.outputs)
        principals = (f"{environment.name}:{target.role}",)
        identity = self._authority.issue(replace(entry, principals=principals, abilities=abilities), folder, "host")
        hosts = [passage.host(target, identity)]
        if target.name != passage.bastion.name:
            hosts.append(passage.jump(JUMP, self._jump(entry, environment, folder)))
        return self._write_config(environment.name, tuple(hosts), folder)

    def _jump(self, entry: Entry, environment: Environment, folder: Path) -> Identity:
        """Give what passes through the bastion: the one certificate that permits forwarding, for that role alone."""
        principals = (f"{environment.name}:{environment.spec.bastion}",)
        forwarding = frozenset({Ability.FORWARDING})
        return self._authority.issue(replace(entry, principals=principals, abilities=forwarding), folder, "jump")

    def _write_config(
        self, environment: str, hosts: tuple[Host, ...], folder: Path, pinned: Path | None = None
    ) -> Path:
        known = self._authority.known_hosts(environment)
        config = folder / "config"
        text = render(hosts, user=self._way.user, port=self._way.port, known_hosts=known, pinned=pinned)
        write_private(config, text.encode())
        return config

    @contextmanager
    def _job_folder(self, operation: str) -> Iterator[Path]:
        """Give a folder for the keys of one job; what a killed attempt left is removed first."""
        folder = private_folder(self._home / "run") / operation / "ssh"
        shutil.rmtree(folder, ignore_errors=True)
        try:
            yield private_folder(folder)
        finally:
            shutil.rmtree(folder)
            with suppress(OSError):
                folder.parent.rmdir()

    @contextmanager
    def _errand_folder(self, operation: str) -> Iterator[Path]:
        """Give a folder for the keys of one errand of a job, which may have several at once."""
        base = private_folder(self._home / "run")
        _remove_orphans(base)
        folder = private_folder(base / f"errand-{operation}-{os.getpid()}-{secrets.token_hex(8)}")
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def _person_folder(self, environment: str, grant: Grant) -> Path:
        """Give a folder for a person's keys, whose name says when they end; remove those that have ended."""
        base = private_folder(self._home / "ssh" / environment)
        for old in base.iterdir():
            if old.is_dir() and int(old.name.partition("-")[0]) < time.time():
                shutil.rmtree(old, ignore_errors=True)
        return private_folder(base / f"{_end_of(grant):.0f}-{secrets.token_hex(8)}")


def _of_grant(environment: Environment, grant: Grant) -> Entry:
    """Give what the certificates of a grant have in common."""
    return Entry(environment.name, (), grant.id, grant.person.name, until=grant.until, grant=grant.id)


def _end_of(grant: Grant) -> float:
    if grant.until is None:
        raise RefusedError(f"{grant.id} is {grant.state}", rule="Art. 36", hint=f"tenure access show {grant.id}")
    return grant.until.timestamp()


def _remove_orphans(base: Path) -> None:
    """Remove what errands of killed processes left: the process's id stands in the folder's name."""
    for folder in base.glob("errand-*"):
        if not psutil.pid_exists(int(folder.name.split("-")[-2])):
            shutil.rmtree(folder, ignore_errors=True)


def _on_record(environment: Environment, host: str) -> EnvironmentHost:
    outputs = environment.outputs
    target = next((one for one in outputs.hosts if one.name == host), None)
    if target is None:
        known = ", ".join(one.name for one in outputs.hosts) or "none"
        raise NotFoundError(f"{environment.name} has no host {host}", detail=f"hosts on record: {known}")
    return target
