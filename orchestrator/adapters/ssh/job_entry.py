"""What one job enters hosts with: certificates of its minutes and an SSH configuration, as contents of files.

A play's child writes them into a file system in memory that ends with it (:mod:`orchestrator.adapters.ansible.child`);
no key of a job is ever in a file that another process could find.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator.adapters.ssh.access import Way, _passage
from orchestrator.adapters.ssh.authority import (
    LIFETIME_MINUTES,
    Ability,
    Entry,
    Identity,
    UserAuthority,
    private_folder,
)
from orchestrator.adapters.ssh.config import JUMP, render
from orchestrator.domain.records import Environment

LATER_MINUTES = 2.0
"""A job's certificates are valid this much longer than it may take, so that it can end what it began."""
PERSIST_SECONDS = 3600


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
        home: Folder of the installation; known hosts are kept in it.
        authority: Signs the certificates and puts every one on record.
        way: User, port and actor.
    """

    def __init__(self, home: Path, authority: UserAuthority, way: Way | None = None) -> None:
        self._home = home
        self._authority = authority
        self._way = way or Way()

    def files(
        self, environment: Environment, hosts: tuple[str, ...], operation: str, seconds: float, place: Place
    ) -> dict[str, str]:
        """Give the files by name: keys, certificates, and the configuration that uses them where they will lie.

        Each role has a certificate of its own; only the bastion's permits forwarding. OperationFailedError when the
        environment has no bastion on record.
        """
        passage = _passage(environment, environment.outputs)
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
        known_hosts = private_folder(self._home / "ssh" / environment.name) / "known_hosts"
        text = render(sections, user=self._way.user, port=self._way.port, known_hosts=known_hosts)
        return files | {"config": _shared(place.sockets) + text}

    def _issue(self, entry: Entry, name: str, place: Place, files: dict[str, str]) -> Identity:
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            made = self._authority.issue(entry, Path(folder), name)
            files |= {made.key.name: made.key.read_text(), made.certificate.name: made.certificate.read_text()}
        return Identity(place.keys / made.key.name, place.keys / made.certificate.name)


def _shared(sockets: Path) -> str:
    """Give the section by which every host, the bastion too, has one connection for all that a job does there."""
    return (
        f"Host *\n  ControlMaster auto\n  ControlPersist {PERSIST_SECONDS}\n  ControlPath {sockets}/%n\n"
        "  ServerAliveInterval 5\n  ServerAliveCountMax 6\n\n"
    )
