"""Backups of a living environment, on real hosts and a real block storage: taken, compared, damaged, put into escrow.

Art. 30 wants data-level backup, Art. 16 a last backup before everything goes; a backup counts when a restore of it was
compared.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.openstack import Cloud, OpenStackBackups
from orchestrator.adapters.openstack.host_program import script
from orchestrator.adapters.ssh import NoHostAccess, SshAccess, UserAuthority
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import CancelledError, OperationFailedError
from orchestrator.domain.records import Backup, Environment
from tests.cloud import CloudAccess
from tests.jobs import Recorder
from tests.samples import a_spec, an_environment
from tests.tenants import Tenant, a_tenant, empty

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]

HOSTS = ("web-1", "web-2")
ESCROW = "archive-escrow"
FILL = """
mountpoint -q /srv || exit 1
mkdir -p /srv/files/deep /srv/live
for n in $(seq 200); do echo "line $n of $(hostname)" >/srv/files/$n.txt; done
head -c 20000000 /dev/urandom >/srv/files/large.bin
ln -sfn files/1.txt /srv/link; touch "/srv/files/deep/umlaut äöü 水位.txt" "$(printf '/srv/files/not-utf8-\\377')"
chmod 640 /srv/files/2.txt
"""


@dataclass
class House:
    """An environment with two real hosts, each with a data volume that holds files."""

    tenant: Tenant
    access: SshAccess
    authority: UserAuthority
    environment: Environment
    cloud: Cloud

    def backups(self) -> OpenStackBackups:
        """Give the adapter under test."""
        return OpenStackBackups(self.cloud, self.access, ESCROW)

    def on(self, host: str, text: str, seconds: float = 30) -> str:
        """Run something on a host as root."""
        return self.access.run(self.environment, host, text, Recorder().job(), seconds=seconds)

    def take(self, backup_id: str) -> Backup:
        """Take a backup."""
        return self.backups().take(self.environment, backup_id, Recorder().job())

    def volumes(self, name: str) -> list[Any]:
        """Give the volumes whose names begin so, in any project."""
        storage: Any = self.tenant.admin.block_storage
        return [one for one in storage.volumes(all_projects=True) if one.name.startswith(name)]


@pytest.fixture(scope="module")
def house(cloud: CloudAccess, administrator: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Boot the hosts, attach their volumes, wait for their file systems and fill them."""
    home = tmp_path_factory.mktemp("home")
    authority = UserAuthority(home, FileVault(home), lambda _: None)
    role = a_spec().roles[0].model_copy(update={"count": 2}).model_dump()
    spec = a_spec(unit="archive", system="kept", roles=[role], access={"ca_public_key": authority.public_key()})
    with a_tenant(cloud, spec, "of-the-service-user") as tenant:
        tenant.add_network(cloud.external_network)
        tenant.add_hosts(cloud, HOSTS, tenant.user_data(HOSTS))
        add_volumes(tenant)
        environment = an_environment("archive", "kept", spec=spec, outputs=tenant.outputs)
        access = SshAccess(home, authority, console=tenant.console)
        access.wait_ready(environment, tenant.outputs, Recorder().job(spec))
        house = House(tenant, access, authority, environment, administrator)
        for host in HOSTS:
            house.on(host, f"for n in $(seq 60); do mountpoint -q /srv && break; sleep 1; done; {FILL}", 90)
        try:
            yield house
        finally:
            remove_escrow(tenant)


def add_volumes(tenant: Tenant) -> None:
    """Give every host its data volume as the stack does, and the project room for the snapshots of all tests."""
    storage: Any = tenant.admin.block_storage
    storage.update_quota_set(tenant.project_id, snapshots=50, gigabytes=100)
    for host in tenant.outputs.hosts:
        tenant.add_volume(host)


def remove_escrow(tenant: Tenant) -> None:
    """Remove the escrow project of these tests with all that is in it."""
    identity: Any = tenant.admin.identity
    for project in identity.projects(name=ESCROW):
        empty(tenant.admin, project.id)
        identity.delete_project(project)


def test_a_backup_is_taken_and_compares_equal(house: House) -> None:
    """Art. 30: both volumes are copied with a manifest each; the restored copies are equal, file by file."""
    recorder = Recorder()
    backup = house.backups().take(house.environment, "bak-1", recorder.job())
    assert [(item.volume, item.mount, item.files) for item in backup.items] == [
        ("web-1-data", "/srv", 203),
        ("web-2-data", "/srv", 203),
    ]
    assert not backup.final
    assert backup.place == "project"
    assert sorted(recorder.told()) == [(f"{host}-data", status) for host in HOSTS for status in ("done", "started")]
    comparison = house.backups().compare(house.environment, backup, Recorder().job())
    assert comparison.equal, comparison.differences
    assert comparison.files == 406
    assert house.volumes("bak-1") == []


def test_after_a_backup_files_can_be_written(house: House) -> None:
    """The file system stood still for the snapshot only, and no watchdog, mount or program is left behind."""
    house.take("bak-2")
    said = house.on("web-1", "echo on >/srv/live/after && cat /srv/live/after; ls /run | grep -c tenure- || true", 10)
    assert said.split() == ["on", "0"]


def test_files_that_change_meanwhile_do_not_make_it_unequal(house: House) -> None:
    """A backup of a system in use shows one instant: what is written before and after it does not count as a fault."""
    writer = "while :; do date +%N >>/srv/live/log; cp /srv/live/log /srv/live/$RANDOM; done"
    house.on("web-1", f"systemd-run --quiet --unit=writer bash -c {writer!r}")
    try:
        backup = house.take("bak-3")
    finally:
        house.on("web-1", "systemctl stop writer; rm -rf /srv/live/*")
    assert all(item.manifest for item in backup.items)
    assert house.backups().compare(house.environment, backup, Recorder().job()).equal


def test_a_flipped_byte_is_found_and_its_file_named(house: House, cloud: CloudAccess) -> None:
    """The negative control: one byte of the backup's copy of one file is changed; nothing else is told."""
    if cloud.root is None:
        pytest.fail("the byte is flipped in a file of the local cloud; this test needs it")
    house.on("web-2", "printf 'this text is found in the image of the disk' >/srv/files/7.txt")
    backup = house.take("bak-4")
    damaged = next(item for item in backup.items if item.host == "web-2")
    flip(cloud.root / "data" / "volumes" / f"snapshot-{damaged.reference}", b"this text is found in the image")
    comparison = house.backups().compare(house.environment, backup, Recorder().job())
    assert comparison.differences == ("web-2-data: files/7.txt: content differs",)


def flip(path: Path, text: bytes) -> None:
    """Change one bit of a text in a large file."""
    with path.open("r+b") as file:
        content = file.read()
        place = content.index(text)
        file.seek(place)
        file.write(bytes([content[place] ^ 1]))


def test_a_repeated_backup_is_the_same(house: House) -> None:
    """A retry of the same operation finds what was made; an unfinished snapshot of that name is made again."""
    first = house.take("bak-5")
    own: Any = house.tenant.admin.block_storage
    own.delete_snapshot_metadata(first.items[1].reference, ["tenure-sealed"])
    second = house.take("bak-5")
    assert second.items[0] == first.items[0]
    assert second.items[1].reference != first.items[1].reference
    house.backups().remove(second)
    house.backups().remove(second)
    assert not [one for one in own.snapshots(all_projects=True) if one.name.startswith("bak-5")]


def test_what_a_broken_attempt_left_is_removed_by_the_next_backup(house: House) -> None:
    """A snapshot of no whole backup would hold its volume for ever; whole backups stay."""
    whole, broken = house.take("bak-12"), house.take("bak-13")
    storage: Any = house.tenant.admin.block_storage
    storage.delete_snapshot_metadata(broken.items[0].reference, ["tenure-whole"])
    house.take("bak-14")
    left = {one.id for one in storage.snapshots(all_projects=True)}
    assert left & {one.reference for one in (*whole.items, *broken.items)} == {
        *(one.reference for one in whole.items),
        broken.items[1].reference,
    }


def test_the_last_backup_lies_in_the_escrow(house: House) -> None:
    """Art. 16: the copies belong to the office's project, no snapshot of them holds the originals, and they compare."""
    backup = house.backups().escrow(house.environment, "bak-6", Recorder().job())
    assert backup.final
    assert backup.place == ESCROW
    storage: Any = house.tenant.admin.block_storage
    identity: Any = house.tenant.admin.identity
    copies = [storage.get_volume(item.reference) for item in backup.items]
    assert {one.project_id for one in copies} == {identity.find_project(ESCROW).id}
    assert copies[0].metadata["environment"] == house.environment.name
    assert copies[0].metadata["request"] == house.environment.request
    assert not [one for one in storage.snapshots(all_projects=True) if one.name.startswith("bak-6")]
    assert house.backups().escrow(house.environment, "bak-6", Recorder().job()).items == backup.items
    assert house.backups().compare(house.environment, backup, Recorder().job()).equal
    house.backups().remove(backup)
    assert house.volumes("bak-6") == []


def test_a_volume_that_nobody_declared_stops_the_last_backup(house: House) -> None:
    """Nothing is lost silently: the volume is named; an ordinary backup goes on and notes it."""
    own: Any = house.tenant.own
    stray = own.block_storage.create_volume(size=1, name="stray")
    own.block_storage.wait_for_status(stray, "available", interval=0.3, wait=30)
    with pytest.raises(OperationFailedError, match="volume stray of archive-kept-test is declared nowhere"):
        house.backups().escrow(house.environment, "bak-7", Recorder().job())
    recorder = Recorder()
    house.backups().take(house.environment, "bak-7", recorder.job())
    assert ("stray", "note") in recorder.told()
    own.block_storage.delete_volume(stray)


def test_what_an_interrupted_comparison_left_is_removed(house: House) -> None:
    """A copy that a killed attempt left attached is found by its name."""
    backup = house.take("bak-8")
    storage: Any = house.tenant.admin.block_storage
    copy = storage.create_volume(size=1, name="bak-8-web-1-data-compare", snapshot_id=backup.items[0].reference)
    storage.wait_for_status(copy, "available", interval=0.3, wait=30)
    house.tenant.admin.compute.create_volume_attachment(house.environment.outputs.hosts[0].server_id, copy)
    storage.wait_for_status(copy, "in-use", interval=0.3, wait=30)
    assert house.backups().compare(house.environment, backup, Recorder().job()).equal
    assert house.volumes("bak-8") == []


def test_a_cancelled_backup_leaves_no_file_system_frozen(house: House) -> None:
    """Somebody asks to stop once the host stands still: it is thawed all the same."""
    recorder = Recorder()
    job = recorder.job()
    access = Stopping(house, recorder)
    with pytest.raises(CancelledError):
        OpenStackBackups(house.cloud, access, ESCROW).take(house.environment, "bak-9", job)
    for host in HOSTS:
        house.on(host, "echo on >/srv/live/after", 10)


class Stopping(SshAccess):
    """Host access of a job that somebody stops as soon as a host has done something."""

    def __init__(self, house: House, recorder: Recorder) -> None:
        super().__init__(house.access._home, house.authority)
        self._recorder = recorder

    def run(self, *given: Any, **named: Any) -> str:  # noqa: ANN401  whatever the port takes
        """Run it, and ask to stop."""
        said = super().run(*given, **named)
        self._recorder.control.asked_to_stop = True
        return said


def test_a_host_thaws_by_itself(house: House) -> None:
    """Whoever froze it is gone: the watchdog on the host thaws it in time."""
    house.on("web-2", script("record", "/srv", "watched", "5", "3"))
    begun = time.monotonic()
    house.on("web-2", "echo on >/srv/live/after", 20)
    assert 1 < time.monotonic() - begun < 8


def test_a_busy_file_system_is_copied_without_a_manifest(house: House) -> None:
    """More changes than can be read while it stands still: told as the reason, and nothing stays frozen."""
    said = house.on("web-2", "echo on >/srv/live/fresh; " + script("record", "/srv", "watched", "0", "60"))
    assert "more of /srv changed than can be read in 0 seconds" in said
    house.on("web-2", "echo on >/srv/live/after", 10)


def test_a_stopped_host_gives_a_copy_that_does_not_count(house: House) -> None:
    """Without its host there is no manifest: the copy is made, and comparing it is refused with the reason."""
    server = house.environment.outputs.hosts[1].server_id
    compute: Any = house.tenant.admin.compute
    compute.stop_server(server)
    compute.wait_for_server(compute.get_server(server), status="SHUTOFF", interval=0.3, wait=60)
    recorder = Recorder()
    backup = house.backups().take(house.environment, "bak-10", recorder.job())
    compute.start_server(server)
    assert ("web-2-data", "note") in recorder.told()
    with pytest.raises(OperationFailedError, match="cannot be compared"):
        house.backups().compare(house.environment, backup, Recorder().job())


def test_without_real_hosts_nothing_can_be_compared(house: House) -> None:
    """On a cloud whose servers exist at the API only there are copies, but no evidence."""
    backups = OpenStackBackups(house.cloud, NoHostAccess(house.authority), ESCROW)
    backup = backups.take(house.environment, "bak-11", Recorder().job())
    assert {item.manifest for item in backup.items} == {""}
    with pytest.raises(OperationFailedError, match="cannot be compared") as caught:
        backups.compare(house.environment, backup, Recorder().job())
    assert "could not be entered" in caught.value.diagnostic.detail
