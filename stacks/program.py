"""The program of an environment: one function of its specification and of the cloud's facts."""

from __future__ import annotations

import pulumi

from orchestrator.domain.spec import EnvironmentSpec
from stacks.compute import Compute
from stacks.context import Context
from stacks.network import Network
from stacks.scope import Scope
from stacks.security import Security
from stacks.storage import Storage
from stacks.tenant import Tenant


def program(spec: EnvironmentSpec, context: Context) -> None:
    """Declare every resource of the environment, and export what :class:`orchestrator.domain.records.Outputs` holds."""
    scope = Scope(spec, context)
    tenant = Tenant(scope)
    network = Network(scope, tenant)
    security = Security(scope, tenant)
    storage = Storage(scope, tenant)
    compute = Compute(scope, tenant, network, security, storage)
    for machine in compute.machines:
        storage.attach(machine)
    bastion = compute.first_of(spec.bastion)
    pulumi.export("project_id", tenant.project_id)
    pulumi.export("network_id", network.network.id)
    pulumi.export("bastion_address", network.floating_address(bastion.port))
    pulumi.export("bastion_host", bastion.name)
    pulumi.export("hosts", [machine.output() for machine in compute.machines])
