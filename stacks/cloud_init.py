"""User data of the hosts: who may enter, and where data volumes are mounted. It holds no secret."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from orchestrator.domain.spec import EnvironmentSpec, HostRole

ADMINISTRATOR = "tenure"
"""The one user of the hosts; jobs and people enter as it with a certificate of minutes (DESIGN.md decision 7)."""

CA_FILE = "/etc/ssh/tenure_ca.pub"
PRINCIPALS_FOLDER = "/etc/ssh/tenure_principals"
REVOCATION_FILE = "/etc/ssh/tenure_revoked"
SESSION_PROGRAM = "/usr/local/sbin/tenure-session"
SSH_PAM = "/etc/pam.d/sshd"
PRINT_PROGRAM = "/usr/local/sbin/tenure-print-keys"
VOLUME_TABLE = "/etc/tenure/volumes"
MOUNT_PROGRAM = "/usr/local/sbin/tenure-volumes"
MOUNT_UNIT = "tenure-volumes.service"


def user_data(spec: EnvironmentSpec, role: HostRole, host: str) -> str:
    """Give the cloud-config of one host as JSON, which is YAML too and needs no quoting rules."""
    config: dict[str, Any] = {
        "hostname": host,
        "fqdn": f"{host}.{spec.name}.internal",
        "manage_etc_hosts": True,
        "disable_root": True,
        "ssh_pwauth": False,
        "users": [administrator(spec)],
        "write_files": [*access_files(spec, role), *key_files(), *volume_files(role)],
        "runcmd": commands(role),
    }
    return "#cloud-config\n" + json.dumps(config, sort_keys=True, indent=1) + "\n"


def administrator(spec: EnvironmentSpec) -> dict[str, Any]:
    """Give the administrator: no password, and no standing key but the office's emergency key (Art. 36)."""
    user: dict[str, Any] = {
        "name": ADMINISTRATOR,
        "gecos": "Tenure",
        "shell": "/bin/bash",
        "sudo": "ALL=(ALL) NOPASSWD:ALL",
        "lock_passwd": True,
    }
    if spec.access.emergency_public_key:
        user["ssh_authorized_keys"] = [spec.access.emergency_public_key]
    return user


def principals(spec: EnvironmentSpec, role: HostRole) -> tuple[str, ...]:
    """Give the principals that a certificate may carry to enter: the environment, or this role of it."""
    return (spec.name, f"{spec.name}:{role.name}")


def access_files(spec: EnvironmentSpec, role: HostRole) -> list[dict[str, Any]]:
    """Give the files that make sshd trust the certificate authority, and nothing weaker."""
    settings = ["PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin no"]
    files = []
    if spec.access.ca_public_key:
        settings += [f"TrustedUserCAKeys {CA_FILE}", f"AuthorizedPrincipalsFile {PRINCIPALS_FOLDER}/%u"]
        files += [
            _file(CA_FILE, spec.access.ca_public_key.strip()),
            _file(f"{PRINCIPALS_FOLDER}/{ADMINISTRATOR}", *principals(spec, role)),
            *session_files(),
        ]
    return [_file("/etc/ssh/sshd_config.d/10-tenure.conf", *settings), *files]


def session_files() -> list[dict[str, Any]]:
    """Give what refuses revoked certificates and logs every session, from the first one on (Art. 36).

    An access job replaces the revocation list, and brings all of it to hosts that were made without it.
    """
    hook = _file(SSH_PAM, f"session optional pam_exec.so quiet {SESSION_PROGRAM}") | {"append": True}
    return [
        _file(REVOCATION_FILE, "# certificates that were revoked"),
        _file("/etc/ssh/sshd_config.d/12-tenure-access.conf", f"RevokedKeys {REVOCATION_FILE}"),
        _file(SESSION_PROGRAM, _part("tenure-session.sh"), permissions="0755"),
        hook,
    ]


def key_files() -> list[dict[str, Any]]:
    """Give the program that prints the host's public keys where nobody on the network can change them."""
    return [_file(PRINT_PROGRAM, _part("tenure-print-keys.sh"), permissions="0755")]


def volume_files(role: HostRole) -> list[dict[str, Any]]:
    """Give the program and the unit that mount the data volumes, and the table that they read."""
    if not role.volumes:
        return []
    table = [f"{volume.name} {volume.size_gib} {volume.mount}" for volume in role.volumes]
    return [
        _file(VOLUME_TABLE, *table),
        _file(MOUNT_PROGRAM, _part("tenure-volumes.sh"), permissions="0755"),
        _file(f"/etc/systemd/system/{MOUNT_UNIT}", _part(MOUNT_UNIT)),
    ]


def commands(role: HostRole) -> list[list[str]]:
    """Give what runs at the end of the first boot; volumes may come any time after it.

    The host's own keys are printed first: cloud-init does so too, at the very end and unless an image tells it not to.
    """
    first = [["sh", PRINT_PROGRAM], ["systemctl", "try-reload-or-restart", "ssh.service"]]
    if not role.volumes:
        return first
    return [*first, ["systemctl", "daemon-reload"], ["systemctl", "enable", "--now", "--no-block", MOUNT_UNIT]]


def _file(path: str, *lines: str, permissions: str = "0644") -> dict[str, Any]:
    return {"path": path, "owner": "root:root", "permissions": permissions, "content": "\n".join(lines).rstrip() + "\n"}


def _part(name: str) -> str:
    return resources.files("stacks").joinpath("host", name).read_text(encoding="utf-8")
