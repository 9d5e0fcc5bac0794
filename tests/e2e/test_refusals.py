"""The cloud refuses: the operation says which resource and what the cloud said, and a retry goes on afterwards.

The adapter's own tests (tests/integration/pulumi/test_refusals.py) have the other causes; here it is the whole system.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.domain.lifecycle import EnvironmentState, OperationState
from orchestrator.domain.records import Environment, Operation, OperationKind, Request
from orchestrator.workflows import requests
from orchestrator.workflows.operations import retry
from tests.cloud import CloudAccess
from tests.e2e.server import OFFICE, PROVIDER, Server
from tools.localcloud import Service, faults
from tools.localcloud.faults import Fault

pytestmark = [pytest.mark.cloud, pytest.mark.toolchain, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def root(local_cloud: CloudAccess) -> Iterator[Path]:
    """Give the local cloud's root; faults and stopped services end with the test."""
    assert local_cloud.root is not None
    yield local_cloud.root
    faults.clear(local_cloud.root)


@pytest.fixture
def cloud(local_cloud: CloudAccess) -> CloudAccess:
    """Only the local cloud can be made to fail on purpose."""
    return local_cloud


def provision(server: Server) -> tuple[Request, Operation]:
    """Have the single-host example approved, and give its work when it is over."""
    request = server.approved("test-single-host.yaml")
    return request, server.finished(server.operation(request, OperationKind.PROVISION))


def goes_on(server: Server, failed: Operation) -> Environment:
    """Retry after the cause is gone; give the environment, which must be ready and made once."""
    retry(server.installation.ports, failed.id, PROVIDER)
    again = server.finished(failed)
    assert again.state is OperationState.SUCCEEDED, again.error
    environment = server.environment_record(failed.environment)
    assert environment.state is EnvironmentState.READY
    found = server.installation.ports.inventory.list_project(environment.name)
    assert [each.type for each in found].count("server") == 1
    assert [each.type for each in found].count("volume") == environment.spec.totals.volumes
    return environment


def test_an_answer_of_500_in_the_middle_names_the_resource_and_a_retry_goes_on(server: Server, root: Path) -> None:
    """The volume fails; what exists stays on record, and the retry makes only what is missing."""
    faults.inject(
        root,
        [Fault(service=Service.CINDER, method="POST", path="/volumes$", count=100, message="the disk shelf is gone")],
    )
    server.start()
    _, failed = provision(server)
    assert failed.state is OperationState.FAILED
    assert failed.error is not None
    said = failed.error.model_dump_json()
    assert "volume-host-1-data" in said
    assert "the disk shelf is gone" in said or "500" in said
    assert server.environment_record(failed.environment).state is EnvironmentState.BROKEN
    faults.clear(root)
    environment = goes_on(server, failed)
    end = requests.terminate(server.installation.ports, environment.name, OFFICE, "the test is over")
    assert server.finished(server.operation(end, OperationKind.RETIRE)).state is OperationState.SUCCEEDED
