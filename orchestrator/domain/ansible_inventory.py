"""An environment's hosts in Ansible's own form, from what the stack told and what the cloud says now (Art. 30, 36).

The form is that of Ansible's YAML inventory plugin (JSON is YAML): groups by the blueprint's roles, so that ``web`` in
a playbook means the hosts of role ``web``; two more groups name the bastion and whatever does not run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.domain.records import Environment, Host

RUNNING = "ACTIVE"
UNKNOWN = "UNKNOWN"
"""A server that the stack told of and the cloud does not list."""

BASTION, NOT_RUNNING = "tenure_bastion", "tenure_not_running"
"""Groups beside the roles; a role's name has no underscore."""

MARK_LENGTH = 12
"""Characters of a socket's name, whose path has about a hundred in all."""


def ansible_inventory(environment: Environment, states: Mapping[str, str], ssh_config: str) -> dict[str, Any]:
    """Give the inventory.

    Args:
        environment: The environment, with the outputs of its stack.
        states: Status of each server by its name, in the cloud's words (``ACTIVE``, ``SHUTOFF`` …).
        ssh_config: Path of the configuration that enters the hosts; it holds user, certificate and way.
    """
    hosts = environment.outputs.hosts
    groups = {role.name: [host for host in hosts if host.role == role.name] for role in environment.spec.roles}
    groups[BASTION] = [host for host in hosts if host.name == environment.outputs.bastion_host]
    groups[NOT_RUNNING] = [host for host in hosts if states.get(host.name, UNKNOWN) != RUNNING]
    return {
        "all": {
            "hosts": {host.name: _facts(host, states) for host in hosts},
            "vars": _variables(environment, ssh_config),
            "children": {name: {"hosts": _names(members)} for name, members in groups.items()},
        }
    }


def _facts(host: Host, states: Mapping[str, str]) -> dict[str, str]:
    return {
        "tenure_address": host.address,
        "tenure_role": host.role,
        "tenure_server_id": host.server_id,
        "tenure_state": states.get(host.name, UNKNOWN),
    }


def _variables(environment: Environment, ssh_config: str) -> dict[str, str]:
    spec = environment.spec
    return {
        "ansible_ssh_common_args": f"-F '{ssh_config}'",
        "ansible_control_path": _connections(ssh_config),
        "ansible_python_interpreter": "auto_silent",
        "tenure_environment": environment.name,
        "tenure_unit": spec.unit,
        "tenure_system": spec.system,
        "tenure_stage": str(environment.stage),
        "tenure_blueprint": spec.blueprint,
    }


def _connections(ssh_config: str) -> str:
    """Give where plain Ansible keeps connections open: apart for each configuration.

    It tells them apart by the host's name alone, and every environment has a ``web-1``: a connection that is still open
    would lead into another environment, or outlive the right by which it was opened.
    """
    mark = hashlib.sha256(ssh_config.encode()).hexdigest()[:MARK_LENGTH]
    return f"%(directory)s/{mark}-%%n"


def _names(hosts: Iterable[Host]) -> dict[str, None]:
    return {host.name: None for host in hosts}
