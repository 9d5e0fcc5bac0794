"""Backups by restic of living hosts (Art. 16, 30): taken, read whole, brought back, damaged, and refused."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Callable

import pytest

from orchestrator.domain.blueprint_care import BlueprintCare
from orchestrator.domain.errors import CancelledError, OperationFailedError
from tests.integration.restic.conftest import HOSTS, House
from tests.jobs import Recorder

pytestmark = [pytest.mark.cloud, pytest.mark.hosts]


def test_a_backup_is_taken_and_compares_equal(house: House) -> None:
    """Art. 30: restic is set up where it lacks, both volumes are copied with a manifest, and all of it reads equal."""
    backup = house.take("bak-1")
    assert [(item.volume, item.mount, item.files) for item in backup.items] == [
        (f"{host}-data", "/srv", 53) for host in HOSTS
    ]
    comparison = house.compare(backup)
    assert comparison.equal, comparison.differences
    assert comparison.files == 106
    assert house.take("bak-1").items == backup.items, "a repeated attempt finds what the first one made"


def test_files_come_back_and_others_stay(house: House) -> None:
    """A restore brings one file, or all; what is not in the backup stays, and every file is compared."""
    backup = house.take("bak-2")
    house.on("web-1", "rm /srv/files/3.txt; echo other >/srv/files/4.txt; echo new >/srv/files/new.txt")
    one = house.restore(backup, path="/srv/files/3.txt", hosts=("web-1",))
    assert (one.files, one.equal) == (1, True)
    assert house.on("web-1", "cat /srv/files/3.txt /srv/files/4.txt") == "line 3 of web-1\nother\n"
    everything = house.restore(backup, hosts=("web-1",))
    assert everything.equal, everything.differences
    assert house.on("web-1", "cat /srv/files/4.txt /srv/files/new.txt") == "line 4 of web-1\nnew\n"


def test_files_that_change_meanwhile_are_in_it_and_told(house: House) -> None:
    """A system in use is backed up as it is: what changed while it was read is named, and no comparison fails by it."""
    writer = "while :; do date +%N >>/srv/live/log; cp /srv/live/log /srv/live/$RANDOM; done"
    house.on("web-1", f"systemd-run --quiet --unit=writer bash -c {writer!r}")
    recorder = Recorder()
    try:
        backup = house.take("bak-3", recorder)
    finally:
        house.on("web-1", "systemctl stop writer; rm -rf /srv/live/*")
    assert any("changed while they were read" in event.detail for event in recorder.events)
    comparison = house.compare(backup)
    assert comparison.equal, comparison.differences


def test_the_last_backup_wants_a_system_at_rest(house: House) -> None:
    """Art. 16: while something writes there is no last backup; at rest it lies in a bucket of the office's."""
    house.on("web-2", "systemd-run --quiet --unit=writer bash -c 'while :; do date >>/srv/live/log; done'")
    try:
        with pytest.raises(OperationFailedError, match="changed while the last backup read them"):
            house.backups().escrow(house.environment, "bak-4", Recorder().job())
    finally:
        house.on("web-2", "systemctl stop writer; rm -rf /srv/live/*; sync")
    backup = house.backups().escrow(house.environment, "bak-4", Recorder().job())
    assert (backup.final, backup.place.startswith("s3:escrow-restic-kept-test-")) == (True, True)
    assert house.compare(backup).equal
    house.backups().remove(backup)
    assert house.objects(backup, "snapshots") == {}


def test_a_backup_that_was_cut_is_none(house: House) -> None:
    """Restic is killed in the middle: that is told, no snapshot appears, and the next attempt is whole."""
    before = set(house.objects(house.take("bak-5"), "snapshots"))
    house.on("web-1", "head -c 60000000 /dev/urandom >/srv/files/big.bin; sync")
    with while_busy(house, "pkill -9 -x restic"), pytest.raises(OperationFailedError, match="web-1: restic failed"):
        house.take("bak-6")
    backup = house.take("bak-6")
    assert len(set(house.objects(backup, "snapshots")) - before) == 4, "data and seal of each host, once"
    assert house.compare(backup).equal


HOLD = r"""
until restic=$(pgrep -f '^[^ ]*restic .*backup .*,data'); do sleep 0.02; done
kill -STOP "$restic"; touch /run/held
until grep -q 'ShdPnd:.*2$' "/proc/$restic/status"; do sleep 0.05; done
kill -CONT "$restic"
"""
"""Holds restic in the middle of its work until it is interrupted: no machine is too quick or too slow for the test."""


def test_a_cancelled_backup_leaves_nothing_running(house: House) -> None:
    """Somebody asks to stop: restic ends on the host by itself, takes its lock away, and nothing is on record."""
    house.take("bak-7a")  # restic is set up by now
    house.on("web-1", "rm -f /run/held; head -c 90000000 /dev/urandom >/srv/files/big.bin; sync")
    house.on("web-1", f"systemd-run --quiet --collect sh -c {shlex.quote(HOLD)}")
    recorder = Recorder()
    watcher = threading.Thread(target=lambda: stop_when_held(house, recorder))
    watcher.start()
    with pytest.raises(CancelledError):
        house.take("bak-7", recorder)
    watcher.join()
    wait_for(lambda: house.on("web-1", "pgrep -x restic || true") == "")
    house.on("web-1", "rm /srv/files/big.bin; sync")
    assert house.take("bak-7").items


def stop_when_held(house: House, recorder: Recorder) -> None:
    """Ask the job to stop once restic is in the middle of its work: it is held there for as long as that takes."""
    wait_for(lambda: house.on("web-1", "test -e /run/held && echo held || true") != "")
    recorder.control.asked_to_stop = True


def test_a_lock_of_a_dead_job(house: House) -> None:
    """A dead job's lock on the same host is in nobody's way; one whose host is gone is named, and goes by hand."""
    backup = house.take("bak-8")
    put_lock(house, "web-1")
    assert house.take("bak-9").items
    put_lock(house, "elsewhere")
    with pytest.raises(OperationFailedError, match="locked by another job") as refused:
        house.take("bak-10")
    assert "tenure backup unlock restic-kept-test" in str(refused.value.diagnostic.hint)
    assert house.backups().unlock(house.environment) >= 1
    assert house.take("bak-10").items
    assert house.objects(backup, "locks") == {}


WATCH = """
import sys, time, urllib.request
while b"<Key>" not in urllib.request.urlopen(sys.argv[1]).read():
    time.sleep(0.01)
"""


def put_lock(house: House, hostname: str) -> None:
    """Leave the lock of a check that was killed, on a host of some name."""
    house.backups().unlock(house.environment)
    key = house.backups().keys(house.environment)[-1]
    variables = f"RESTIC_REPOSITORY={key.repository} AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any"
    bucket, prefix = key.repository.removeprefix("s3:").rsplit("/", 1)
    script = (
        f"read -r RESTIC_PASSWORD; export RESTIC_PASSWORD HOME=/root {variables}; hostname {hostname}; "
        "restic check --read-data >/dev/null 2>&1 & "
        f"python3 -c '{WATCH}' '{bucket}?list-type=2&prefix={prefix}/locks/'; kill -9 $!; hostname web-1"
    )
    job = Recorder().job()
    house.access.run(house.environment, "web-1", script, job, seconds=60, secret=key.password + "\n")


def test_a_wrong_key_opens_nothing_and_writes_nothing(house: House) -> None:
    """The negative control: another key is told as such, and the repository is as it was."""
    backup = house.take("bak-11")
    before = house.store.sizes(house.bucket)
    with pytest.raises(OperationFailedError, match="the key does not open the repository"):
        house.take("bak-12", key="another key")
    assert house.store.sizes(house.bucket) == before
    assert house.compare(backup).equal


def test_a_full_store_is_told_at_once(house: House) -> None:
    """A bucket without room: restic would try for a quarter of an hour; it is told, and older backups stay whole."""
    backup = house.take("bak-13")
    house.on("web-2", "head -c 30000000 /dev/urandom >/srv/files/more.bin; sync")
    house.full.touch()
    begun = time.monotonic()
    try:
        with pytest.raises(OperationFailedError, match="the object store is full"):
            house.take("bak-14")
    finally:
        house.full.unlink()
    assert time.monotonic() - begun < 600, "not the quarter of an hour"
    assert house.compare(backup).equal
    assert house.take("bak-14").items


def test_no_secret_stays_on_a_host_or_here(house: House) -> None:
    """Art. 36: keys reach a host by standard input alone: no file of it and none of this installation has one."""
    house.take("bak-15")
    search = "grep -rl 'key f[o]r tenure-' /etc /root /run /tmp /var/lib/tenure /var/cache /var/log || true"
    for host in HOSTS:
        assert house.on(host, search) == ""
    held = [path for path in house.home.rglob("*") if path.is_file() and b"a key for tenure-" in path.read_bytes()]
    assert held == []


def test_hooks_run_around_a_backup(house: House) -> None:
    """The application's commands: one that fails beforehand means no backup, and the one afterwards runs anyway."""
    hooks = {"before": "exit 7", "after": "touch /srv/live/after"}
    house.care = BlueprintCare.model_validate({"roles": {"web": {"hooks": hooks}}})
    try:
        with pytest.raises(OperationFailedError, match="a command of the application failed"):
            house.take("bak-17")
        assert house.on("web-1", "ls /srv/live") == "after\n"
    finally:
        house.care = BlueprintCare()


def test_a_flipped_bit_is_found_and_the_next_backup_begins_anew(house: House) -> None:
    """One bit of one pack: the check says so, nothing is removed, and new backups leave that repository alone."""
    backup = house.take("bak-18")
    sound = house.backups().examine(house.environment, Recorder().job())
    assert sound.faults == ()
    key = max(house.objects(backup, "data").items(), key=lambda one: one[1])[0]
    content = bytearray(house.store.get(house.bucket, key))
    content[len(content) // 2] ^= 1
    house.store.put(house.bucket, key, bytes(content))
    before = house.store.sizes(house.bucket)
    found = house.backups().examine(house.environment, Recorder().job())
    assert any("does not match" in fault for fault in found.faults)
    assert before.keys() <= house.store.sizes(house.bucket).keys()
    later = house.take("bak-19")
    assert later.place != backup.place
    assert house.compare(later).equal


def test_a_missing_pack_is_found(house: House) -> None:
    """A pack that somebody removed: the check names it."""
    backup = house.take("bak-20")
    key = max(house.objects(backup, "data").items(), key=lambda one: one[1])[0]
    house.store.remove(house.bucket, (key,))
    found = house.backups().examine(house.environment, Recorder().job())
    assert any("does not exist" in fault for fault in found.faults)


def wait_for(true: Callable[[], bool]) -> None:
    """Wait until something is true; fails when it never is."""
    for _ in range(60):
        if true():
            return
        time.sleep(0.5)
    pytest.fail("it does not come true")


class while_busy:  # noqa: N801  reads as a phrase where it is used
    """Run a command on the first host once restic works there."""

    def __init__(self, house: House, command: str) -> None:
        wait = "for n in $(seq 600); do pgrep -x restic >/dev/null && break; sleep 0.05; done; sleep 1"
        self._thread = threading.Thread(target=lambda: house.on("web-1", f"{wait}; {command}"))

    def __enter__(self) -> None:
        """Begin to wait."""
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        """See that it ended."""
        self._thread.join()
