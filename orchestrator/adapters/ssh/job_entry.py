"""What one job enters hosts with: certificates of its minutes and an SSH configuration, as contents of files.

A play's child writes them into a file system in memory that ends with it (:mod:`orchestrator.adapters.ansible.child`);
no key of a job is ever in a file that another process could find.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator.adapters.ssh.access import Way
from orchestrator.adapters.ssh.authority import LIFETIME_MINUTES, Ability, Entry, Identity, UserAuthority
from orchestrator.adapters.ssh.config import JUMP, render
from orchestrator.adapters.ssh.passage import passage_of
from orchestrator.domain.records import Environment

LATER_MINUTES = 2.0
"""A job's certificates are valid this much longer than it may take, so that it can end what it began."""
PERSIST_SECONDS = 3600
KNOWN_HOSTS = "known_hosts"


@dataclass(frozen=True)
class Place:
    """Where a job's files will lie.

    Attributes:
        keys: Folder of the keys, the certificates and the configuration.
        sockets: Folder of the sockets of shared connections; a short path, since a socket's may not be long.
    """

    keys: Path
    sockets: Path


class JobEntry:
    """Makes what jobs enter hosts with.

    Args:
        authority: Signs the certificates and puts every one on record; knows the environment's hosts from others.
        way: User, port and actor.
    """

    def __init__(self, authority: UserAuthority, way: Way | None = None) -> None:
        self._authority = authority
        self._way = way or Way()

    def files(
        self, environment: Environment, hosts: tuple[str, ...], operation: str, seconds: float, place: Place
    ) -> dict[str, str]:
        """Give the files by name: keys, certificates, what hosts are known by, and the configuration that uses them.

        Each role has a certificate of its own; only the bastion's permits forwarding. OperationFailedError when the
        environment has no bastion on record.
        """
        passage = passage_of(environment, environment.outputs)
        wanted = [host for host in environment.outputs.hosts if host.name in hosts]
        minutes = max(LIFETIME_MINUTES, seconds / 60 + LATER_MINUTES)
        entry = Entry(environment.name, (), operation, self._way.actor, minutes=minutes)
        files: dict[str, str] = {}
        identities = {
            role: self._issue(replace(entry, principals=(f"{environment.name}:{role}",)), f"host-{role}", place, files)
            for role in sorted({host.role for host in wanted})
        }
        principals = (f"{environment.name}:{environment.spec.bastion}",)
        forwarding = frozenset({Ability.FORWARDING})
        jump = self._issue(replace(entry, principals=principals, abilities=forwarding), "jump", place, files)
        sections = (passage.jump(JUMP, jump), *(passage.host(host, identities[host.role]) for host in wanted))
        text = render(sections, user=self._way.user, port=self._way.port, known_hosts=place.keys / KNOWN_HOSTS)
        known = self._authority.hosts.known_hosts(environment.name)
        return files | {KNOWN_HOSTS: known, "config": _shared(place.sockets) + text}

    def _issue(self, entry: Entry, name: str, place: Place, files: dict[str, str]) -> Identity:
        made = self._authority.make(entry)
        identity = Identity(place.keys / name, place.keys / f"{name}-cert.pub")
        files |= {identity.key.name: made.key, identity.certificate.name: made.certificate}
        return identity


def _shared(sockets: Path) -> str:
    """Give the section by which every host, the bastion too, has one connection for all that a job does there."""
    return (
        f"Host *\n  ControlMaster auto\n  ControlPersist {PERSIST_SECONDS}\n  ControlPath {sockets}/%n\n"
        "  ServerAliveInterval 5\n  ServerAliveCountMax 6\n\n"
    )
