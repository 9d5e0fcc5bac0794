"""Backup and restore of one host by Tenure, against restic alone on the same data and host (Art. 30)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Final

from orchestrator.adapters.ansible.no_hosts import NoConfigurator
from orchestrator.adapters.restic import Repositories, ResticBackups, Store, StoreSettings, Way
from orchestrator.domain.blueprint_care import BlueprintCare
from orchestrator.domain.records import Environment
from orchestrator.ports import RestoreOrder
from tests.bench.operations.hosts import Hosts
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.points import Points
from tests.integration.restic.conftest import NoStrays
from tests.jobs import Recorder

WANTED: Final = {"backup_vs_restic": 1.05, "restore_vs_restic": 1.05}
HOST: Final = "web-1"
FILES: Final = 1000
MEGABYTES: Final = 2400
READY: Final = """
set -e; export DEBIAN_FRONTEND=noninteractive
command -v restic >/dev/null || { apt-get update -q >/dev/null; apt-get install -qy restic >/dev/null; }
mkdir -p /srv /var/lib/tenure/backup-tools; touch /var/lib/tenure/backup-tools/1
for n in $(seq 60); do mountpoint -q /srv && break; sleep 1; done; mountpoint -q /srv
"""
EMPTY: Final = """
rm -rf /srv/* /var/lib/tenure/backups /var/cache/tenure-restic /root/.cache/restic
date >/srv/begun; sync; sleep 2
"""
FILL: Final = f"""
set -e; mkdir /srv/files
for n in $(seq {FILES}); do head -c {MEGABYTES * 1000} /dev/urandom >/srv/files/$n.bin; done
sync; sleep 2
"""
PLAIN: Final = """
read -r RESTIC_PASSWORD; export RESTIC_PASSWORD RESTIC_REPOSITORY={repository} HOME=/root
export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any
begun=$(date +%s.%N); {{ {work}; }} >/dev/null || exit 1
echo "$(date +%s.%N) - $begun" | awk '{{ print $1 - $3 }}'
"""


@dataclass(frozen=True)
class Pair:
    """Seconds of one round."""

    backup: float
    plain_backup: float
    restore: float
    plain_restore: float
    plain_restore_unverified: float


def pairs(hosts: Hosts, store_url: str, rounds: int, say: Callable[[str], None]) -> list[Pair]:
    """Measure in turns, each side first every other round.

    Every round has repositories of its own, data of its own, and no cache of an earlier one.
    """
    on_host(hosts, READY)
    measured = []
    for number in range(1, rounds + 1):
        measured.append(_pair(hosts, store_url, number))
        say(f"backups {number}: {measured[-1]}")
    return measured


def _pair(hosts: Hosts, store_url: str, number: int) -> Pair:
    """Measure a backup of data that came since the first one, which makes the repository, and restores in place."""
    environment = _alone(hosts.environment, f"req-{time.time_ns()}")
    store = Store(StoreSettings(url=store_url, key="any", secret="any"))
    way = Way(hosts.access, NoConfigurator(), Repositories(store, lambda bucket: f"key of {bucket}"))
    backups = ResticBackups(way, lambda _: BlueprintCare(), NoStrays(FakeCloud(Points()), FakeClock()))
    job = Recorder().job(operation=f"op-bench-backup-{number}")
    plain = _Plain(hosts, store.repository_url(f"plain-{number}", f"r{time.time_ns()}"))
    store.provide(f"plain-{number}")
    on_host(hosts, EMPTY)
    plain.seconds("init", "backup --one-file-system /srv")
    backups.take(environment, "bak-bench-first", job)
    on_host(hosts, FILL)
    _warm_up(hosts, store, number)
    turn = number % 2 == 0
    (made, backup), (plain_backup,) = _both(
        lambda: backups.take(environment, "bak-bench", job), plain, ["backup --one-file-system /srv"], ours_first=turn
    )
    (_, restore), (unverified, plain_restore) = _both(
        lambda: backups.restore(made, environment, RestoreOrder(), job),
        plain,
        ["restore latest --target /", "restore latest --target / --verify"],
        ours_first=turn,
    )
    for bucket in (f"plain-{number}", made.place.removeprefix("s3:").partition("/")[0]):
        store.remove_bucket(bucket)
    return Pair(backup, plain_backup, restore, plain_restore, unverified)


def _warm_up(hosts: Hosts, store: Store, number: int) -> None:
    """Back the new data up once to nowhere: whoever reads it first has pages brought in that all others then find."""
    nowhere = f"warm-{number}"
    store.provide(nowhere)
    _Plain(hosts, store.repository_url(nowhere, f"r{time.time_ns()}")).seconds("init", "backup --one-file-system /srv")
    store.remove_bucket(nowhere)


def _both[T](
    work: Callable[[], T], plain: _Plain, commands: list[str], *, ours_first: bool
) -> tuple[tuple[T, float], list[float]]:
    """Do Tenure's work and restic's commands in this order or the other; give our result and everybody's seconds.

    What was written before is on disk each time: it would be written in the time of whoever comes next otherwise.
    """
    ours = _timed(work) if ours_first else None
    theirs = []
    for command in commands:
        os.sync()
        theirs.append(plain.seconds(command))
    return ours or _timed(work), theirs


def _timed[T](work: Callable[[], T]) -> tuple[T, float]:
    os.sync()
    begun = time.monotonic()
    return work(), time.monotonic() - begun


def _alone(environment: Environment, request: str) -> Environment:
    """Give the environment with its first host only, as if it had just begun to live."""
    outputs = environment.outputs.model_copy(update={"hosts": environment.outputs.hosts[:1]})
    return environment.model_copy(update={"outputs": outputs, "request": request})


def on_host(hosts: Hosts, script: str, secret: str = "") -> str:
    """Run something on the host as root."""
    job = Recorder().job(operation="op-bench-look")
    return hosts.access.run(hosts.environment, HOST, script, job, seconds=900, secret=secret)


@dataclass(frozen=True)
class _Plain:
    """Restic alone, timed on the host itself: what it costs to come there is not in its time."""

    hosts: Hosts
    repository: str

    def seconds(self, *commands: str) -> float:
        """Give how long some commands take one after the other."""
        work = " && ".join(f"restic --quiet {command}" for command in commands)
        script = PLAIN.format(repository=self.repository, work=work)
        return float(on_host(self.hosts, script, "a key\n").split()[-1])


def ratios(measured: list[Pair]) -> dict[str, float]:
    """Give the medians of pairs: Tenure's time over restic's; nothing where nothing was measured."""
    if not measured:
        return {}
    return {
        "backup_vs_restic": median(pair.backup / pair.plain_backup for pair in measured),
        "restore_vs_restic": median(pair.restore / pair.plain_restore for pair in measured),
        "restore_vs_restic_unverified": median(pair.restore / pair.plain_restore_unverified for pair in measured),
    }


def figures(measured: list[Pair]) -> dict[str, float]:
    """Give the medians in seconds; nothing where nothing was measured."""
    if not measured:
        return {}
    return {
        "backup_seconds": median(pair.backup for pair in measured),
        "restic_backup_seconds": median(pair.plain_backup for pair in measured),
        "restore_seconds": median(pair.restore for pair in measured),
        "restic_restore_verify_seconds": median(pair.plain_restore for pair in measured),
        "restic_restore_seconds": median(pair.plain_restore_unverified for pair in measured),
    }
