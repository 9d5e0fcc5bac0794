"""Waiting for the block storage: with a bound, within the lease, and with what it said when it failed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from openstack.exceptions import NotFoundException

from orchestrator.adapters.openstack import Cloud
from orchestrator.adapters.openstack.patience import Patience
from orchestrator.adapters.openstack.volumes import Storage
from orchestrator.domain.errors import CancelledError, ConflictError, OperationFailedError
from tests.jobs import Recorder


@dataclass
class Thing:
    """A volume or snapshot at one look."""

    status: str
    attachments: list[dict[str, str]] = field(default_factory=list)
    id: str = "v-1"
    name: str = "left"


@dataclass
class FakeService:
    """Block storage and compute in one: each look gives the next thing; when none is left it is gone."""

    looks: list[Thing]
    calls: list[str] = field(default_factory=list)

    def _look(self, thing: str) -> Thing:
        del thing
        if not self.looks:
            raise NotFoundException("gone", http_status=404)
        return self.looks.pop(0)

    get_volume = get_snapshot = _look

    def __getattr__(self, call: str) -> Any:  # noqa: ANN401  as the SDK's methods
        """Keep the name of any other call."""

        def made(*given: Any, **named: Any) -> Thing:  # noqa: ANN401  as the SDK's methods
            del given, named
            self.calls.append(call)
            return Thing("creating")

        return made


@dataclass
class FakeConnection:
    """A connection with the two services that a storage uses."""

    block_storage: FakeService

    @property
    def compute(self) -> FakeService:
        """Give the same fake: its calls are kept in one order."""
        return self.block_storage


def a_storage(*looks: Thing, seconds: float = 30, recorder: Recorder | None = None) -> tuple[Storage, FakeService]:
    """Give a storage whose looks show these things, and the fake behind it."""
    service = FakeService(list(looks))
    connection: Any = FakeConnection(service)
    job = (recorder or Recorder()).job()
    return Storage(Cloud("fake"), connection, Patience(job, "the backup", seconds)), service


def test_a_snapshot_is_waited_for() -> None:
    """It is given when it can be used."""
    storage, service = a_storage(Thing("creating"), Thing("available"))
    assert storage.add_snapshot("v-1", "left", {}).status == "available"
    assert service.calls == ["create_snapshot"]


def test_what_failed_is_told_at_once() -> None:
    """The status and the id are what an administrator looks for."""
    storage, _ = a_storage(Thing("creating"), Thing("error"))
    with pytest.raises(OperationFailedError, match="could not make left") as caught:
        storage.add_snapshot("v-1", "left", {})
    assert caught.value.diagnostic.detail == "v-1 is error"


def test_what_vanishes_while_it_is_made_is_told() -> None:
    """Nobody waits for a thing that somebody removed."""
    storage, _ = a_storage(Thing("creating"))
    with pytest.raises(OperationFailedError, match="lost what it was making"):
        storage.add_volume("left", {}, {"snapshot_id": "s-1"}, 1)


def test_a_removal_that_failed_is_told() -> None:
    """A snapshot that cannot be removed would hold its volume."""
    storage, _ = a_storage(Thing("deleting"), Thing("error_deleting"))
    with pytest.raises(OperationFailedError, match="could not remove left"):
        storage.remove_snapshot("s-1")


def test_an_attached_volume_is_detached_before_it_is_removed() -> None:
    """From whatever server has it, and only when it is free is it deleted."""
    attached = Thing("in-use", [{"server_id": "s-1", "device": "/dev/vdc"}])
    storage, service = a_storage(attached, Thing("detaching"), Thing("available"), Thing("deleting"))
    storage.remove_volume("v-1")
    assert service.calls == ["delete_volume_attachment", "delete_volume"]


def test_removing_what_is_gone_does_nothing() -> None:
    """The step may be repeated."""
    storage, service = a_storage()
    storage.remove_volume("v-1")
    assert service.calls == []


def test_an_attachment_tells_its_device() -> None:
    """The name of the disk is a hint for hosts that show no serial numbers."""
    attached = Thing("in-use", [{"server_id": "s-1", "device": "/dev/vdc"}])
    storage, _ = a_storage(Thing("attaching"), Thing("in-use"), attached)
    with pytest.raises(OperationFailedError):
        a_storage(Thing("error"))[0].attach("v-1", "s-1")
    storage, service = a_storage(attached)
    assert storage.attach("v-1", "s-1") == "/dev/vdc"
    assert service.calls == ["create_volume_attachment"]


def test_patience_has_an_end() -> None:
    """What takes too long is named."""
    storage, _ = a_storage(*[Thing("creating")] * 3, seconds=0)
    with pytest.raises(OperationFailedError, match="snapshot left took more than 0 seconds"):
        storage.add_snapshot("v-1", "left", {})


def test_nobody_waits_for_a_job_that_was_stopped() -> None:
    """Cancelled, or past the lease: the wait ends with the reason."""
    recorder = Recorder()
    recorder.control.asked_to_stop = True
    with pytest.raises(CancelledError, match="the backup has stopped"):
        a_storage(Thing("creating"), recorder=recorder)[0].add_snapshot("v-1", "left", {})
    recorder = Recorder()
    recorder.control.lease_ends = time.monotonic()
    with pytest.raises(ConflictError, match="the lease has ended"):
        a_storage(Thing("creating"), recorder=recorder)[0].add_snapshot("v-1", "left", {})


def test_tidying_up_goes_on_without_a_job() -> None:
    """A copy that holds a unit's data is removed although somebody asked to stop."""
    assert Patience(None, "tidying", 5).until(lambda: "done", "it") == "done"
