"""Whether an environment is what its specification says: every host there, reached, and the way in open."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Outputs
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.workflows.run import Run


def wait_for_hosts(run: Run, spec: EnvironmentSpec, outputs: Outputs) -> dict[str, Any]:
    """Wait until every host answers and has finished its first configuration; gives how many there are."""
    environment = run.environment.model_copy(update={"spec": spec, "outputs": outputs})
    checks = run.ports.access.wait_ready(environment, outputs, run.job_for(spec))
    return {"hosts": len(outputs.hosts), "reached": sum(1 for check in checks if check.reached)}


def verify(spec: EnvironmentSpec, outputs: Outputs) -> dict[str, Any]:
    """Compare what the stack told with the specification; OperationFailedError names what is missing."""
    expected = {name for role in spec.roles for name in role.host_names()}
    missing = sorted(expected - {host.name for host in outputs.hosts})
    if missing or not outputs.project_id or not outputs.bastion_address:
        raise OperationFailedError(
            f"{spec.name} is not what was planned",
            detail=f"hosts missing: {', '.join(missing) or 'none'}; project {outputs.project_id or 'missing'}; "
            f"bastion address {outputs.bastion_address or 'missing'}",
            rule="verify",
        )
    return {}
