"""Lanes: what changes an environment goes one after the other, its doors do not wait for that."""

from __future__ import annotations

import pytest

from orchestrator.domain.lanes import Lane, lane_name, lane_of
from orchestrator.domain.records import OperationKind
from tests.samples import an_operation


@pytest.mark.parametrize("kind", [kind for kind in OperationKind if kind is not OperationKind.ACCESS])
def test_whatever_reads_or_changes_resources_has_one_lane(kind: OperationKind) -> None:
    """It is leased under the environment's own name."""
    operation = an_operation(kind=kind)
    assert (lane_of(kind), lane_name(operation)) == (Lane.RESOURCES, operation.environment)


def test_doors_have_a_lane_that_no_environment_can_be_called_as() -> None:
    """A revocation does not wait for hours of other work (Art. 36)."""
    operation = an_operation(kind=OperationKind.ACCESS)
    assert lane_of(operation.kind) is Lane.DOORS
    assert lane_name(operation) == f"{operation.environment}/doors"
