"""The cloud refuses: the operation says which resource and what the cloud said, and a retry goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestrator.adapters.openstack import OpenStackInventory
from orchestrator.adapters.pulumi import PulumiProvisioner, PulumiSettings
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import Diagnostic, OperationFailedError
from orchestrator.domain.spec import EnvironmentSpec, FlavorSize
from tests.cloud import CloudAccess
from tests.integration.pulumi.conftest import MakeSpec, bad_cloud
from tests.jobs import Recorder
from tools.localcloud import faults
from tools.localcloud.faults import Fault, Moment
from tools.localcloud.settings import Service

pytestmark = [pytest.mark.cloud, pytest.mark.toolchain, pytest.mark.slow]

type RemovedAfter = Callable[[EnvironmentSpec], EnvironmentSpec]
type Inject = Callable[[Fault], None]


@pytest.fixture
def inject(local_cloud: CloudAccess) -> Iterator[Inject]:
    """Put one fault in force on the local cloud; none is left when the test is over."""
    assert local_cloud.root is not None
    root = local_cloud.root
    yield lambda fault: faults.inject(root, [fault])
    faults.clear(root)


def refusal(provisioner: PulumiProvisioner, spec: EnvironmentSpec) -> tuple[Diagnostic, ...]:
    """Recover, try to make the environment, and give what went wrong."""
    job = Recorder().job(spec, "op-refused")
    provisioner.recover(job)
    with pytest.raises(OperationFailedError) as refused:
        provisioner.up(job)
    return refused.value.diagnostics


def changed_role(spec: EnvironmentSpec, **changes: object) -> EnvironmentSpec:
    """Give the specification with its only role changed."""
    return spec.model_copy(update={"roles": (spec.roles[0].model_copy(update=changes),)})


def test_refusals_name_the_resource_and_the_cloud_and_a_retry_goes_on(
    provisioner: PulumiProvisioner,
    make_spec: MakeSpec,
    removed_after: RemovedAfter,
    inventory: OpenStackInventory,
) -> None:
    """No such flavor, then too small a quota; once the cause is gone the environment is made, each thing once."""
    spec = removed_after(make_spec("refused"))
    (flavor,) = refusal(provisioner, changed_role(spec, flavor="m1.unheard-of"))
    assert flavor.field == "server-web-1"
    assert "m1.unheard-of" in flavor.detail
    (quota,) = refusal(provisioner, changed_role(spec, size=FlavorSize(vcpus=1, ram_mib=64)))
    assert quota.field == "server-web-1"
    assert quota.summary.startswith("server-web-1: Quota exceeded for ram")
    assert quota.summary.endswith("(HTTP 403)")
    _goes_on(provisioner, spec, inventory)


@pytest.mark.parametrize(
    ("resource", "fault"),
    [
        ("group-web", Fault(service=Service.NEUTRON, method="POST", path="/security-groups(\\.json)?$")),
        ("port-web-1", Fault(service=Service.NEUTRON, method="POST", path="/ports(\\.json)?$")),
        ("router-interface", Fault(service=Service.NEUTRON, method="PUT", path="/add_router_interface")),
        ("volume-web-1-data", Fault(service=Service.CINDER, method="POST", path="/volumes$")),
        ("server-web-1", Fault(service=Service.NOVA, method="POST", path="/servers$")),
    ],
)
def test_a_lost_answer_doubles_nothing(
    provisioner: PulumiProvisioner,
    make_spec: MakeSpec,
    removed_after: RemovedAfter,
    inventory: OpenStackInventory,
    inject: Inject,
    resource: str,
    fault: Fault,
) -> None:
    """The cloud makes the thing and answers 500: the failure names it, and the retry takes what is there."""
    spec = removed_after(make_spec(f"lost{resource.split('-', maxsplit=1)[0]}"))
    inject(fault.model_copy(update={"moment": Moment.AFTER}))
    found = refusal(provisioner, spec)
    assert resource in {one.field for one in found}
    assert "a fault on purpose" in " ".join(one.summary for one in found)
    _goes_on(provisioner, spec, inventory)


def test_the_cloud_has_no_address_left(
    provisioner: PulumiProvisioner, make_spec: MakeSpec, removed_after: RemovedAfter, inject: Inject
) -> None:
    """Neutron's words reach whoever asked."""
    spec = removed_after(make_spec("addresses"))
    words = "No more IP addresses available on network public"
    inject(Fault(service=Service.NEUTRON, method="POST", path="/floatingips", status=409, message=words))
    (found,) = refusal(provisioner, spec)
    assert found.field == "bastion-address"
    assert words in found.summary


def _goes_on(provisioner: PulumiProvisioner, spec: EnvironmentSpec, inventory: OpenStackInventory) -> None:
    job = Recorder().job(spec, "op-refused")
    provisioner.recover(job)
    provisioner.up(job)
    counted = Counter((one.type, one.name) for one in inventory.list_project(spec.name))
    assert {name: number for name, number in counted.items() if number > 1} == {}
    assert provisioner.preview(job).changes == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [("password: ", "password: not-", "401"), ("auth_url: http://127.0.0.1", "auth_url: http://127.0.0.9", "refused")],
)
def test_wrong_credentials_and_dead_endpoints_are_told(
    settings: PulumiSettings,
    toolchain: Toolchain,
    vault: FileVault,
    make_spec: MakeSpec,
    tmp_path: Path,
    old: str,
    new: str,
    words: str,
) -> None:
    """The first look-up fails, nothing is made, and the cloud's answer is in the diagnostic."""
    provisioner = PulumiProvisioner(bad_cloud(settings, tmp_path, old, new), toolchain, vault)
    with pytest.raises(OperationFailedError) as refused:
        provisioner.preview(Recorder().job(make_spec("nobody")))
    provisioner.close()
    told = " ".join(one.summary + one.detail for one in refused.value.diagnostics)
    assert words in told
