"""What somebody changed by hand, said by a file: approved as it is, it is no drift any more and asks for no work."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.domain.drift import recorded
from orchestrator.domain.file_fields import as_found
from orchestrator.domain.spec import NetworkSpec
from tests.fakes.installation import LIBRARY
from tests.integration.drift.conftest import Standing
from tests.samples import START

pytestmark = [pytest.mark.cloud, pytest.mark.toolchain, pytest.mark.slow]


def test_what_was_found_is_approved_without_work(standing: Standing) -> None:
    """Resolvers of the subnet: the file's field is found, and the engine sees no difference from a wish that has it."""
    network: Any = standing.admin.network
    network.update_subnet(standing.id_of("subnet"), dns_nameservers=["192.0.2.54"])
    drifts = [recorded(one, standing.made, LIBRARY.rulebook().drift, START) for one in standing.drifts()]
    found = as_found(standing.spec, drifts)
    assert [(field.name, field.value) for field in found.fields] == [("environment.network.dns", ["192.0.2.54"])]
    assert found.rest == ()
    wanted = standing.spec.network.model_dump() | {"dns": found.fields[0].value}
    standing.spec = standing.spec.model_copy(update={"network": NetworkSpec.model_validate(wanted)})
    assert standing.exact() == ()
    standing.provisioner.up(standing.job("op-approved"))
    assert standing.told() == set()
