"""An environment of real hosts that have packages of the tests' own repository, in their first release."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.ansible.configurator import AnsibleConfigurator, AnsibleSettings, installed_playbooks
from orchestrator.adapters.openstack import Cloud, OpenStackPower
from orchestrator.adapters.ssh import SshAccess, UserAuthority
from orchestrator.adapters.ssh.access import Way
from orchestrator.adapters.ssh.job_entry import JobEntry
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import CancelledError
from orchestrator.domain.patching import HostPatches
from orchestrator.domain.records import Environment
from orchestrator.ports import Play, PlayOutcome
from tests.cloud import CloudAccess
from tests.integration.ansible.conftest import eventually
from tests.integration.patching.repository import Package, Repository, a_new_folder, daemon, need_programs, serving
from tests.jobs import Recorder
from tests.samples import a_spec, an_environment
from tests.tenants import Tenant, a_tenant

HOSTS = ("web-1", "web-2", "web-3")
PASSWORD = "of-the-service-user"
FIRST = (
    daemon("1.0"),
    Package("tenure-sample-lib", "1.0", {"/usr/share/tenure-sample/lib": b"1\n"}),
    Package("tenure-sample-boot", "1.0"),
)
HEALTH = [{"unit": "tenure-sample.service"}]
SETUP = """
set -e
[ -d /root/debian ] || {{ mkdir /root/debian; cp -a /etc/apt/sources.list* /root/debian/; }}
rm -f /etc/apt/sources.list /etc/apt/sources.list.d/* /run/reboot-required
cat >/etc/apt/trusted.gpg.d/tests.asc
echo 'deb {address} tests main' >/etc/apt/sources.list
apt-get -q update >/dev/null
for name in $(dpkg-query -W -f '${{Package}} ' 'tenure-sample-*' restic 2>/dev/null); do
  dpkg --purge --force-all $name
done
DEBIAN_FRONTEND=noninteractive apt-get -q -y install {packages} >/dev/null
rm -rf /var/lib/tenure/patch /var/lib/tenure/backup /var/lib/tenure/once
"""
VERSION = "dpkg-query -W -f '${{db:Status-Abbrev}}${{Version}}' {package}"


@dataclass
class House:
    """Three real hosts, the first of which is the bastion, and the repository that their packages come from."""

    home: Path
    environment: Environment
    access: SshAccess
    authority: UserAuthority
    repository: Repository
    cloud: Cloud
    tenant: Tenant
    recorder: Recorder = field(default_factory=Recorder)

    def on(self, host: str, script: str, secret: str = "", seconds: float = 60) -> str:
        """Run something on a host as root."""
        return self.access.run(
            self.environment, host, script, Recorder().job(operation="op-patchpart"), seconds=seconds, secret=secret
        )

    def set_up(self, *hosts: str) -> None:
        """Bring hosts to the first release of every package."""
        self.repository.publish(*FIRST)
        packages = " ".join(f"{each.name}={each.version}" for each in FIRST)
        script = SETUP.format(address=self.repository.address, packages=packages)
        self.on_all(script, self.repository.public_key(), hosts or HOSTS)

    def on_all(self, script: str, secret: str = "", hosts: tuple[str, ...] = HOSTS) -> tuple[str, ...]:
        """Run something on several hosts at once; gives what each said."""
        with ThreadPoolExecutor(len(hosts)) as pool:
            return tuple(pool.map(lambda host: self.on(host, script, secret), hosts))

    def configurator(self) -> AnsibleConfigurator:
        """Give what runs the playbooks."""
        settings = AnsibleSettings(self.home, installed_playbooks())
        return AnsibleConfigurator(settings, JobEntry(self.authority), OpenStackPower(self.cloud).states)

    def play(
        self,
        playbook: str,
        operation: str = "op-patchpart",
        hosts: tuple[str, ...] = (),
        **variables: Any,  # noqa: ANN401  JSON
    ) -> PlayOutcome:
        """Run a play over all hosts, or some."""
        usual = {"patch_operation": operation, "patch_health": dict.fromkeys(HOSTS, HEALTH), "patch_health_seconds": 8}
        play = Play(playbook=playbook, hosts=hosts, variables=usual | variables, seconds=300)
        self.recorder.events.clear()
        return self.configurator().play(self.environment, play, self.recorder.job(operation=operation))

    def cut_off(self, mark: str, host: str, playbook: str, **variables: Any) -> None:  # noqa: ANN401  JSON
        """Run a play on one host and cancel it once a file is there."""
        with ThreadPoolExecutor(1) as pool:
            playing = pool.submit(lambda: self.play(playbook, hosts=(host,), **variables))
            eventually(lambda: playing.done() or self.on(host, f"ls {mark} 2>/dev/null || true"))
            self.recorder.control.asked_to_stop = True
            try:
                with pytest.raises(CancelledError):
                    playing.result()
            finally:
                self.recorder.control.asked_to_stop = False

    def restart(self, host: str) -> None:
        """Turn a server off and on again from outside, whatever became of it."""
        compute: Any = self.tenant.admin.compute
        server = next(one.server_id for one in self.environment.outputs.hosts if one.name == host)
        compute.reboot_server(server, "HARD")
        compute.wait_for_server(compute.get_server(server), interval=0.3, wait=60)

    def version(self, host: str, package: str = "tenure-sample-daemon") -> str:
        """Give the version of a package as the host's own database tells it."""
        return self.on(host, VERSION.format(package=package)).strip()

    def versions(self, package: str = "tenure-sample-daemon") -> set[str]:
        """Give the versions of a package that hosts have."""
        return {said.strip() for said in self.on_all(VERSION.format(package=package))}


def told(outcome: PlayOutcome, host: str) -> HostPatches:
    """Give what a play told about a host."""
    return HostPatches.model_validate(next(one.told for one in outcome.hosts if one.host == host))


@pytest.fixture(scope="session")
def administrator(cloud: CloudAccess) -> Cloud:
    """The adapters' connection to the cloud."""
    return Cloud(cloud.cloud, clouds_yaml=cloud.clouds_yaml)


@pytest.fixture(scope="session")
def house(cloud: CloudAccess, administrator: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Boot the hosts, build the repository, and serve it as long as the tests run."""
    need_programs()
    home, web = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("web")
    authority = UserAuthority(home, FileVault(home), lambda _: None)
    role = a_spec().roles[0].model_copy(update={"count": len(HOSTS), "volumes": ()}).model_dump()
    spec = a_spec(unit="patchpart", system="hosts", roles=[role], access={"ca_public_key": authority.public_key()})
    with serving(web) as port, a_tenant(cloud, spec, PASSWORD) as tenant:
        tenant.add_network(cloud.external_network)
        tenant.add_hosts(cloud, HOSTS, tenant.user_data(HOSTS))
        environment = an_environment("patchpart", "hosts", spec=spec, outputs=tenant.outputs)
        access = SshAccess(home, authority, Way(ready_seconds=180), tenant.console)
        with closing(Repository(a_new_folder(web), port)) as repository:
            access.wait_ready(environment, tenant.outputs, Recorder().job(spec, "op-patchpart"))
            yield House(home, environment, access, authority, repository, administrator, tenant)
