"""One environment with two real hosts, a store of its own, and backups between them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.ansible.configurator import AnsibleConfigurator, AnsibleSettings, installed_playbooks
from orchestrator.adapters.restic import Repositories, ResticBackups, Store, StoreSettings, Way
from orchestrator.adapters.restic.repositories import bucket_name
from orchestrator.adapters.ssh import SshAccess, UserAuthority
from orchestrator.adapters.ssh.job_entry import JobEntry
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.blueprint_care import BlueprintCare
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Backup, Comparison, Environment
from orchestrator.ports import RestoreOrder
from tests.cloud import CloudAccess
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.points import Points
from tests.fakes.stores import FakeBackups
from tests.integration.openstack.test_backups import add_volumes
from tests.jobs import Recorder
from tests.samples import a_spec, an_environment
from tests.tenants import a_tenant
from tools.localcloud.settings import Layout, load

HOSTS = ("web-1", "web-2")
PORT = 8089
FILL = """
for n in $(seq 60); do mountpoint -q /srv && break; sleep 1; done; mountpoint -q /srv || exit 1
mkdir -p /srv/files/deep /srv/live
for n in $(seq 50); do echo "line $n of $(hostname)" >/srv/files/$n.txt; done
head -c 20000000 /dev/urandom >/srv/files/large.bin
ln -sfn files/1.txt /srv/link; touch "/srv/files/deep/umlaut äöü 水位.txt" "$(printf '/srv/files/not-utf8-\\377')"
chmod 640 /srv/files/2.txt; mkfifo /srv/files/pipe; sync
"""
DATABASES = {"web-1": "mariadb-server", "web-2": "postgresql"}
INSTALL = """
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null && apt-get install -qy --no-install-recommends {package} >/dev/null
"""


class NoStrays(FakeBackups):
    """The way without a store: nothing of these tests goes it."""

    def strays(self, environment: Environment) -> tuple[str, ...]:
        """Find none."""
        del environment
        return ()


@dataclass
class House:
    """An installation with a store, and an environment with two hosts that hold files.

    Attributes:
        full: The store has no room while this file exists.
        care: What the blueprint says of the hosts.
    """

    home: Path
    environment: Environment
    access: SshAccess
    authority: UserAuthority
    store: Store
    full: Path
    care: BlueprintCare = field(default_factory=BlueprintCare)

    @property
    def bucket(self) -> str:
        """The bucket of the environment's scheduled backups."""
        return bucket_name(self.environment.name, subject_of(self.environment), final=False)

    def repositories(self, key: str = "a key") -> Repositories:
        """Give the repositories, opened by some key."""
        return Repositories(self.store, lambda bucket: f"{key} for {bucket}")

    def backups(self, key: str = "a key") -> ResticBackups:
        """Give the adapter under test."""
        settings = AnsibleSettings(self.home, installed_playbooks())
        states = dict.fromkeys(HOSTS, "ACTIVE")
        configurator = AnsibleConfigurator(settings, JobEntry(self.authority), lambda _: states)
        way = Way(self.access, configurator, self.repositories(key))
        return ResticBackups(way, lambda _: self.care, NoStrays(FakeCloud(Points()), FakeClock()))

    def take(self, backup_id: str, recorder: Recorder | None = None, key: str = "a key") -> Backup:
        """Take a backup."""
        return self.backups(key).take(self.environment, backup_id, (recorder or Recorder()).job())

    def compare(self, backup: Backup) -> Comparison:
        """Read a backup whole."""
        return self.backups().compare(self.environment, backup, Recorder().job())

    def restore(self, backup: Backup, **order: Any) -> Comparison:  # noqa: ANN401  fields of an order
        """Bring something of a backup back."""
        return self.backups().restore(backup, self.environment, RestoreOrder(**order), Recorder().job())

    def on(self, host: str, text: str, seconds: float = 60) -> str:
        """Run something on a host as root."""
        return self.access.run(self.environment, host, text, Recorder().job(), seconds=seconds)

    def objects(self, backup: Backup, kind: str) -> dict[str, int]:
        """Give the objects of one kind in a backup's repository, with their sizes."""
        bucket, _, prefix = backup.place.removeprefix("s3:").partition("/")
        return self.store.sizes(bucket, f"{prefix}/{kind}/")


@pytest.fixture(scope="package")
def house(cloud: CloudAccess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Boot the hosts, attach and fill their volumes, and start a store."""
    home = tmp_path_factory.mktemp("home")
    authority = UserAuthority(home, FileVault(home), lambda _: None)
    role = a_spec().roles[0].model_copy(update={"count": 2}).model_dump()
    spec = a_spec(unit="restic", system="kept", roles=[role], access={"ca_public_key": authority.public_key()})
    with a_store(cloud, home) as (store, full), a_tenant(cloud, spec, "of-the-service-user") as tenant:
        tenant.add_network(cloud.external_network)
        tenant.add_hosts(cloud, HOSTS, tenant.user_data(HOSTS))
        add_volumes(tenant)
        environment = an_environment("restic", "kept", spec=spec, outputs=tenant.outputs)
        access = SshAccess(home, authority, console=tenant.console)
        access.wait_ready(environment, tenant.outputs, Recorder().job(spec))
        found = House(home, environment, access, authority, store, full)
        scripts = (FILL + INSTALL.format(package=DATABASES[host]) for host in HOSTS)
        with ThreadPoolExecutor(len(HOSTS)) as pool:
            list(pool.map(lambda host, script: found.on(host, script, 300), HOSTS, scripts))
        yield found


@contextmanager
def a_store(cloud: CloudAccess, home: Path) -> Iterator[tuple[Store, Path]]:
    """Start a store that the hosts reach, and wait until it answers."""
    if cloud.root is None:
        pytest.fail("the store stands on the local cloud's gateway; this test needs it")
    settings = load(Layout(cloud.root))
    assert settings is not None
    full = home / "full"
    place = (settings.external_gateway, str(PORT), str(full))
    child = subprocess.Popen((sys.executable, "-m", "tests.integration.restic.store", *place))
    try:
        store = Store(StoreSettings(url=f"http://{place[0]}:{PORT}", key="any", secret="any"))
        wait_for(store)
        yield store, full
    finally:
        child.terminate()
        child.wait()


def wait_for(store: Store) -> None:
    """Wait until the store answers."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            store.sizes("nothing")
        except OperationFailedError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the store does not answer")
