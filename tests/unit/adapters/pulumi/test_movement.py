"""How long a recovery waits for a server or volume, and what it may remove."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.adapters.pulumi.movement import Movement
from orchestrator.adapters.pulumi.state import INSTANCE, VOLUME
from tests.unit.adapters.pulumi.fake_cloud import FakeCloud

PORT = "openstack:networking/port:Port"
SERVER = {"id": "s-1", "status": "ACTIVE", "flavor": {"vcpus": 1}}


def movement(cloud: FakeCloud, kind: str = INSTANCE, identity: str = "s-1", **record: Any) -> Movement:  # noqa: ANN401
    """Watch one thing of a cloud."""
    return Movement(cloud, {"urn": "urn:x", "type": kind, "id": identity, **record}, lambda: False)


def one_server(**fields: Any) -> FakeCloud:  # noqa: ANN401  fields of a server
    """Give a cloud of one server."""
    return FakeCloud({("compute", "/servers"): [SERVER | fields]})


@pytest.mark.parametrize(
    ("fields", "begun"),
    [
        ({}, False),
        ({"status": "RESIZE"}, True),
        ({"status": "VERIFY_RESIZE"}, True),
        ({"OS-EXT-STS:task_state": "deleting"}, True),
    ],
)
def test_a_late_request_is_awaited_until_something_happens(fields: dict[str, str], begun: object) -> None:
    """Whoever was killed had perhaps sent it, and perhaps not."""
    assert movement(one_server(**fields)).has_begun() is begun


def test_what_happened_meanwhile_counts_as_begun() -> None:
    """Another flavor than at first, or nothing any more."""
    cloud = one_server()
    watched = movement(cloud)
    cloud.things["compute", "/servers"] = [SERVER | {"flavor": {"vcpus": 2}}]
    assert watched.has_begun()
    cloud.things["compute", "/servers"] = []
    assert watched.has_begun()
    assert watched.status() is None


def test_what_changes_within_its_request_is_not_watched() -> None:
    """A port is not asked for at all."""
    port = movement(FakeCloud({}), PORT)
    assert port.has_begun()
    port.come_to_rest()
    assert not port.is_watched


def test_a_resize_that_nobody_confirmed_is_confirmed() -> None:
    """Nova would keep both sizes, and refuse every further change."""
    cloud = one_server(status="VERIFY_RESIZE")
    movement(cloud).come_to_rest()
    assert cloud.calls == [("confirmResize", "compute", "/servers/s-1")]


def test_waiting_ends_when_somebody_asks_for_it() -> None:
    """A cancelled recovery does not wait for a resize."""
    cloud = one_server(status="RESIZE")
    with pytest.raises(InterruptedError):
        Movement(cloud, {"urn": "urn:x", "type": INSTANCE, "id": "s-1"}, lambda: True).come_to_rest()


@pytest.mark.parametrize(
    ("kind", "found", "record", "worked"),
    [
        (INSTANCE, {"status": "ERROR"}, {}, False),
        (INSTANCE, {"status": "ERROR"}, {"created": "t1", "modified": "t1"}, False),
        (INSTANCE, {"status": "ERROR"}, {"created": "t1", "modified": "t2"}, True),
        (INSTANCE, {"status": "ERROR", "OS-SRV-USG:launched_at": "2026-03-02T01:30:00"}, {}, True),
        (VOLUME, {"status": "error"}, {"created": "t1", "modified": "t1"}, False),
        (VOLUME, {"status": "error"}, {"created": "t1", "modified": "t2"}, True),
        (VOLUME, {"status": "error", "attachments": [{"server_id": "s-1"}]}, {}, True),
    ],
)
def test_what_ever_worked_is_not_removed(
    kind: str, found: dict[str, Any], record: dict[str, str], worked: object
) -> None:
    """A server that ran, or a volume that was attached or changed, may hold data (Art. 30)."""
    things = {("compute", "/servers"): [{"id": "x", **found}], ("block-storage", "/volumes"): [{"id": "x", **found}]}
    watched = movement(FakeCloud(things), kind, "x", **record)
    watched.come_to_rest()
    assert watched.is_broken()
    assert watched.ever_worked() is worked


def test_removal_waits_until_it_is_gone() -> None:
    """Its name is needed again."""
    cloud = one_server(status="ERROR")
    watched = movement(cloud)
    watched.remove()
    assert watched.status() is None
