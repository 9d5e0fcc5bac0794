"""Taking one volume: what is frozen is thawed, what was made is found again, and what cannot count says why."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.openstack import Cloud, OpenStackBackups
from orchestrator.adapters.openstack.capture import SEALED, Capture, Manifest
from orchestrator.adapters.openstack.host_program import HostProgram, script
from orchestrator.adapters.openstack.originals import Original
from orchestrator.adapters.ssh import NoHostAccess, UserAuthority
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import CancelledError, NotFoundError, OperationFailedError, RefusedError
from orchestrator.domain.records import Backup, BackupItem, Environment
from orchestrator.ports import Job
from tests.fakes.answering_cloud import BASIC, AnsweringCloud, answering_cloud
from tests.fakes.cloud import FakeCloud
from tests.fakes.hosts import FakeAccess
from tests.fakes.points import Points
from tests.jobs import Recorder
from tests.samples import START, an_environment

ORIGINAL = Original("v-1", "web-1-data", "web-1", "/srv", 1, runs=True)
RECORDED = {"files": 3, "manifest": "ab" * 32, "seconds": 0.1}


class ScriptedAccess(FakeAccess):
    """Host access whose hosts answer each verb of the program with what the test says.

    Args:
        answers: By verb; an error is raised instead.
    """

    def __init__(self, answers: dict[str, dict[str, Any] | Exception]) -> None:
        super().__init__(FakeCloud(Points()))
        self.answers = answers
        self.verbs: list[str] = []
        self.cancelled: list[bool] = []

    def run(
        self, environment: Environment, host: str, script: str, job: Job, *, seconds: float, secret: str = ""
    ) -> str:
        """Answer as the program would."""
        del environment, host, seconds, secret
        verb = script.split('"$program" ')[1].split(" ", maxsplit=1)[0]
        self.verbs.append(verb)
        self.cancelled.append(job.control.cancelled())
        answer = self.answers[verb]
        if isinstance(answer, Exception):
            raise answer
        return f"\n{json.dumps(answer)}\n"


@dataclass
class Copy:
    """A snapshot as the block storage tells it."""

    id: str
    volume_id: str
    metadata: dict[str, str]
    status: str = "available"


@dataclass
class FakeStorage:
    """The part of :class:`orchestrator.adapters.openstack.volumes.Storage` that a capture works with."""

    kept: list[Copy] = field(default_factory=list)
    failure: Exception | None = None

    def snapshots_named(self, name: str) -> list[Copy]:
        """Give what is there; the fake knows one name only."""
        del name
        return list(self.kept)

    def add_snapshot(self, volume: str, name: str, metadata: dict[str, str]) -> Copy:
        """Make one, or fail."""
        del name
        if self.failure is not None:
            raise self.failure
        self.kept.append(Copy(f"s-{len(self.kept)}", volume, dict(metadata)))
        return self.kept[-1]

    def mark_snapshot(self, snapshot: str, metadata: dict[str, str]) -> None:
        """Add to its metadata."""
        next(one for one in self.kept if one.id == snapshot).metadata.update(metadata)

    def remove_snapshot(self, snapshot: str) -> None:
        """Remove it."""
        self.kept = [one for one in self.kept if one.id != snapshot]


@dataclass
class Table:
    """A capture with its fakes."""

    access: ScriptedAccess
    storage: FakeStorage
    recorder: Recorder = field(default_factory=Recorder)

    def take(self) -> Manifest:
        """Take the volume."""
        program = HostProgram(self.access, an_environment(), "web-1", self.recorder.job())
        storage: Any = self.storage
        return Capture(storage, program, {"backup": "bak-1"}).take(ORIGINAL, "bak-1-web-1-data", "name").manifest


def a_table(record: dict[str, Any] | Exception | None = None, *, thawed: bool = True) -> Table:
    """Give a table whose host answers."""
    return Table(ScriptedAccess({"record": record or RECORDED, "thaw": {"thawed": thawed}}), FakeStorage())


def test_a_volume_is_frozen_copied_and_thawed() -> None:
    """The snapshot carries the manifest's digest, and the mark that it was brought to its end."""
    table = a_table()
    assert table.take() == Manifest(3, "ab" * 32)
    assert table.access.verbs == ["record", "thaw"]
    assert table.storage.kept[0].metadata[SEALED] == "yes"
    assert table.storage.kept[0].metadata["manifest"] == "ab" * 32


def test_what_was_brought_to_its_end_is_found() -> None:
    """A repeated attempt freezes nothing; half a snapshot is made again."""
    table = a_table()
    first = table.take()
    assert table.take() == first
    assert table.access.verbs == ["record", "thaw"]
    del table.storage.kept[0].metadata[SEALED]
    table.take()
    assert len(table.storage.kept) == 1
    assert table.access.verbs == ["record", "thaw"] * 2


def test_a_failed_snapshot_leaves_nothing_frozen() -> None:
    """The cloud refuses: the host is thawed before the error goes on."""
    table = a_table()
    table.storage.failure = OperationFailedError("volume refused the request")
    with pytest.raises(OperationFailedError, match="refused"):
        table.take()
    assert table.access.verbs == ["record", "thaw"]


def test_a_cancelled_snapshot_leaves_nothing_frozen() -> None:
    """Somebody asks to stop while the host stands still: the thaw does not stop with it."""
    table = a_table()
    table.storage.failure = CancelledError("stopped")
    table.recorder.control.asked_to_stop = True
    with pytest.raises(CancelledError):
        table.take()
    assert table.access.verbs == ["record", "thaw"]
    assert table.access.cancelled == [True, False]


def test_a_snapshot_that_took_too_long_has_no_manifest() -> None:
    """The host had thawed by itself: what the manifest says need not be what the snapshot holds."""
    table = a_table(thawed=False)
    manifest = table.take()
    assert manifest.digest == ""
    assert "longer than" in manifest.reason
    assert table.storage.kept[0].metadata["manifest"] == ""


@pytest.mark.parametrize(
    ("record", "reason", "no_hosts"),
    [
        ({"reason": "/srv is not mounted"}, "/srv is not mounted", False),
        (OperationFailedError("host web-1 was not entered: no answer"), "host web-1 was not entered", False),
        (NotFoundError("water-gauge-test has no host web-1"), "water-gauge-test has no host web-1", False),
        (RefusedError("no hosts", detail="servers exist at the API only"), "servers exist at the API only", True),
    ],
)
def test_a_host_that_gives_no_manifest_is_told(
    record: dict[str, Any] | Exception, reason: str, no_hosts: object
) -> None:
    """There is a copy all the same, and nothing is thawed that was never frozen."""
    table = a_table(record)
    manifest = table.take()
    assert (manifest.digest, manifest.no_hosts) == ("", no_hosts)
    assert manifest.reason.startswith(reason)
    assert table.access.verbs == ["record"]


def test_a_copy_without_a_manifest_is_tried_again() -> None:
    """A retry may find the host back; where there are no hosts at all nothing is made twice."""
    table = a_table(OperationFailedError("host web-1 was not entered: no answer"))
    table.take()
    table.access.answers["record"] = RECORDED
    assert table.take() == Manifest(3, "ab" * 32)
    assert len(table.storage.kept) == 1
    nowhere = a_table(RefusedError("no hosts", detail="servers exist at the API only"))
    assert nowhere.take() == nowhere.take()
    assert nowhere.access.verbs == ["record"]


def test_an_answer_that_cannot_be_read_is_told() -> None:
    """A host that prints something else has its words in the error."""

    class Babbling(ScriptedAccess):
        """A host without Python."""

        def run(self, *given: Any, **named: Any) -> str:  # noqa: ANN401  whatever the port takes
            """Say something else."""
            del given, named
            return "python3: not found"

    program = HostProgram(Babbling({}), an_environment(), "web-1", Recorder().job())
    with pytest.raises(OperationFailedError, match="answered nothing that can be read") as caught:
        program.thaw("/srv")
    assert "python3: not found" in caught.value.diagnostic.detail


def test_the_program_runs_as_it_is_sent(tmp_path: Path) -> None:
    """The archive holds all that it needs: a Python without this installation runs it."""
    text = script("thaw", str(tmp_path)).replace("unshare --mount --propagation private python3", sys.executable)
    said = subprocess.run(
        ["sh", "-c", text.replace("/run/", f"{tmp_path}/")], capture_output=True, text=True, check=True
    )
    assert json.loads(said.stdout) == {"thawed": False}
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def cloud() -> Iterator[AnsweringCloud]:
    """A cloud with one project and an object store."""
    with answering_cloud() as answering:
        answering.services = (*BASIC, "object-store")
        yield answering.holding_a_project()


def backups(cloud: AnsweringCloud, folder: Path) -> OpenStackBackups:
    """Give the adapter on the answering cloud, which has no hosts."""
    authority = UserAuthority(folder, FileVault(folder), lambda _: None)
    return OpenStackBackups(Cloud("answering", clouds_yaml=cloud.clouds_yaml(folder)), NoHostAccess(authority))


@pytest.mark.parametrize("verb", ["take", "escrow"])
def test_containers_are_never_lost_silently(cloud: AnsweringCloud, tmp_path: Path, verb: str) -> None:
    """Objects are not copied: a project that has some gets no backup that would look whole."""
    cloud.answers["object-store", ""] = [{"name": "files", "count": 3, "bytes": 1}]
    with pytest.raises(OperationFailedError, match="container files of water-gauge-test cannot be backed up"):
        getattr(backups(cloud, tmp_path), verb)(an_environment(), "bak-1", Recorder().job())


def test_an_environment_without_volumes_has_an_empty_backup(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """Nothing to copy is no fault, and nothing to compare is equal."""
    backup = backups(cloud, tmp_path).take(an_environment(), "bak-1", Recorder().job())
    assert backup.items == ()
    assert backups(cloud, tmp_path).compare(an_environment(), backup, Recorder().job()).equal


def test_without_a_project_there_is_nothing_to_back_up(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """A project that somebody removed is told; an empty backup would be a lie."""
    cloud.answers["identity", "projects"] = []
    with pytest.raises(OperationFailedError, match="has no project"):
        backups(cloud, tmp_path).take(an_environment(), "bak-1", Recorder().job())


def test_a_backup_without_manifests_is_not_compared(cloud: AnsweringCloud, tmp_path: Path) -> None:
    """It says which volumes lack one, before anything is restored."""
    item = BackupItem(volume="web-1-data", host="web-1", mount="/srv", size_gib=1, reference="s-1")
    backup = Backup(
        id="bak-1",
        subject="s",
        environment="water-gauge-test",
        final=False,
        taken_at=START,
        place="project",
        items=(item,),
    )
    with pytest.raises(OperationFailedError, match="cannot be compared") as caught:
        backups(cloud, tmp_path).compare(an_environment(), backup, Recorder().job())
    assert "web-1-data" in caught.value.diagnostic.detail
