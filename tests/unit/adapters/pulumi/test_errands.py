"""What the child does itself at the cloud's APIs."""

from __future__ import annotations

import pytest

from orchestrator.adapters.pulumi.errands import Errands
from orchestrator.domain.errors import OperationFailedError
from tests.samples import a_spec
from tests.unit.adapters.pulumi.fake_cloud import FakeCloud

SERVERS = ("compute", "/servers")
VOLUMES = ("block-storage", "/volumes")


def cloud(volume: str = "in-use") -> FakeCloud:
    """A project with the environment's host and volume, and a stranger of each."""
    return FakeCloud(
        {
            ("identity", "/projects"): [{"id": "p-1", "name": "water-gauge-test"}],
            SERVERS: [{"id": "s-1", "name": "web-1"}, {"id": "s-2", "name": "stranger"}],
            VOLUMES: [
                {"id": "v-1", "name": "web-1-data", "status": volume},
                {"id": "v-2", "name": "stranger", "status": "error"},
            ],
        }
    )


def test_removal_takes_the_environments_own_hosts_and_volumes_alone() -> None:
    """Whoever put something else there has to be told, not robbed (DESIGN.md decision 9)."""
    fake = cloud()
    Errands(fake, a_spec(), lambda: False).remove_hosts()()
    assert [one["id"] for one in fake.things[SERVERS]] == ["s-2"]
    assert [one["id"] for one in fake.things[VOLUMES]] == ["v-2"]


def test_removal_without_a_project_does_nothing() -> None:
    """A second time there is no project any more."""
    fake = FakeCloud({})
    Errands(fake, a_spec(), lambda: False).remove_hosts()()
    assert fake.calls == []


def test_attached_volumes_are_confirmed() -> None:
    """Nothing is said when all is well, and nothing is asked of a role without volumes."""
    Errands(cloud(), a_spec(), lambda: False).confirm_attachments("p-1")
    bare = a_spec(roles=[a_spec().roles[0].model_copy(update={"volumes": ()})])
    Errands(FakeCloud({}), bare, lambda: False).confirm_attachments("p-1")


@pytest.mark.parametrize("status", ["available", "error", "error_attaching"])
def test_a_volume_that_was_not_attached_is_named(status: str) -> None:
    """Nova gives a volume back when it could not attach it."""
    with pytest.raises(OperationFailedError) as failed:
        Errands(cloud(status), a_spec(), lambda: False).confirm_attachments("p-1")
    assert failed.value.diagnostic.field == "attachment-web-1-data"


def test_waiting_ends_when_somebody_asks_for_it() -> None:
    """A cancelled operation does not wait for a volume to be attached."""
    with pytest.raises(InterruptedError):
        Errands(cloud("attaching"), a_spec(), lambda: True).confirm_attachments("p-1")
