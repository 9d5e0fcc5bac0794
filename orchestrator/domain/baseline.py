"""What the baseline of hosts depends on: the variables of playbooks/bootstrap.yml (Art. 30, 36, 39)."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.firewall import ruleset
from orchestrator.domain.records import Environment


def baseline_variables(environment: Environment) -> dict[str, Any]:
    """Give the play's variables; none of them is a secret.

    ``tenure_roles`` says by role what differs between roles; a host finds its own by ``tenure_role``.
    """
    spec = environment.spec
    return {
        "tenure_ca_public_key": spec.access.ca_public_key.strip(),
        "tenure_emergency_public_key": spec.access.emergency_public_key.strip(),
        "tenure_identity": {
            "environment": spec.name,
            "unit": spec.unit,
            "system": spec.system,
            "stage": str(spec.stage),
            "blueprint": spec.blueprint,
        },
        "tenure_roles": {role.name: {"firewall": ruleset(spec, environment.outputs, role.name)} for role in spec.roles},
    }
