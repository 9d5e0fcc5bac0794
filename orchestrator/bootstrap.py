"""Builds every real object of an installation, once; the one place that names adapters."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

from orchestrator.adapters.ansible.configurator import AnsibleConfigurator, AnsibleSettings, installed_playbooks
from orchestrator.adapters.ansible.no_hosts import NoConfigurator
from orchestrator.adapters.blobs import FileBlobs
from orchestrator.adapters.clock import DrivenClock, business_clock, real_now
from orchestrator.adapters.drills import NoDrillGround
from orchestrator.adapters.ids import SortableIds
from orchestrator.adapters.library import TemplateLibrary, installed_templates
from orchestrator.adapters.openstack import (
    Cloud,
    OpenStackBackups,
    OpenStackFleet,
    OpenStackInventory,
    OpenStackPower,
    OpenStackRewind,
)
from orchestrator.adapters.openstack.consoles import OpenStackConsoles
from orchestrator.adapters.signer import VaultSigner
from orchestrator.adapters.ssh import Issue, NoHostAccess, SshAccess, UserAuthority
from orchestrator.adapters.ssh.job_entry import JobEntry
from orchestrator.adapters.ssh.keys import Keys, key_source
from orchestrator.adapters.store import open_records, sqlite_url
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.adapters.vault import FileVault
from orchestrator.adapters.webhooks import Ed25519Keys, StandardWebhooksVerifier
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.records import Actor, Role
from orchestrator.settings import HostEntry, Settings
from orchestrator.workflows.access import keep_serial
from orchestrator.workflows.context import Ports

if TYPE_CHECKING:
    from orchestrator.adapters.engine.worker import Worker
    from orchestrator.adapters.pulumi import PulumiProvisioner, PulumiSettings
    from orchestrator.adapters.pulumi.previews import ScratchPreviews
    from orchestrator.adapters.restic import Way
    from orchestrator.domain.blueprint_care import BlueprintCare
    from orchestrator.domain.records import Environment
    from orchestrator.ports import Backups, Configurator, DrillGround, HostAccess, Records
    from orchestrator.ports.repository import Repository
    from orchestrator.workflows.git_plan import GitCheck

AUTHORITY = Actor(name="user-authority", role=Role.SYSTEM, door="ssh")
CLOUD_VARIABLES = ("AWS_", "VAULT_", "AZURE_", "GOOGLE_")
"""Variables of state backends and secrets providers, which Pulumi's children need."""


class Installation:
    """One installation; its parts are made when they are first asked for.

    Args:
        settings: What was set.
        warm_children: How many Pulumi children wait with their imports done; doors need none, a worker one.
    """

    def __init__(self, settings: Settings, warm_children: int = 0) -> None:
        self.settings = settings
        self._warm_children = warm_children
        self._plays: AnsibleConfigurator | None = None
        self.sender_keys = Ed25519Keys()

    @cached_property
    def vault(self) -> FileVault:
        """The vault over the master key in ``home``."""
        return FileVault(self.settings.home, self.settings.passphrase)

    @property
    def database_url(self) -> str:
        """Where the records are."""
        return self.settings.database_url or sqlite_url(self.settings.home)

    @cached_property
    def records(self) -> Records:
        """The records; made or brought up to date at the first use."""
        from orchestrator.adapters.engine import row_queue  # noqa: PLC0415  loading SQLAlchemy takes a while

        self.settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return open_records(self.database_url, row_queue)

    @cached_property
    def library(self) -> TemplateLibrary:
        """The blueprints, the rulebook and the calendar."""
        return TemplateLibrary(installed_templates(), self.settings.rulebook)

    @cached_property
    def ports(self) -> Ports:
        """The ports that workflows work with."""
        cloud = Cloud(self.settings.cloud)
        access = self._access(cloud)
        configurator = self._configurator(cloud)
        way = self._way(access, configurator)
        return Ports(
            records=self.records,
            provisioner=self.provisioner,
            inventory=OpenStackInventory(cloud, self.vault),
            fleet=OpenStackFleet(cloud),
            power=OpenStackPower(cloud),
            rewind=OpenStackRewind(cloud),
            access=access,
            configurator=configurator,
            library=self.library,
            clock=business_clock(self.settings.clock_file),
            ids=SortableIds(),
            backups=self._backups(OpenStackBackups(cloud, access), way),
            ground=self._ground(way),
            blobs=FileBlobs(self.settings.home / "material"),
            signer=VaultSigner(self.vault.derive),
        )

    def _backups(self, snapshots: OpenStackBackups, way: Way | None) -> Backups:
        """Give backups by restic where there is a store and hosts can be entered, else snapshots of volumes."""
        if way is None:
            return snapshots
        from orchestrator.adapters import restic  # noqa: PLC0415  not every installation has a store

        return restic.ResticBackups(way, self._care_of, snapshots)

    def _ground(self, way: Way | None) -> DrillGround:
        """Give where restores are tried; without a store nothing can be restored elsewhere."""
        if way is None:
            return NoDrillGround()
        from orchestrator.adapters.drills.restic_ground import ResticGround  # noqa: PLC0415  as above

        return ResticGround(way, self._care_of, self.settings.drill_reach)

    def _way(self, access: HostAccess, configurator: Configurator) -> Way | None:
        """Give the way to the object store of backups, where there is one and hosts can be entered."""
        settings = self.settings
        if not settings.backup_store or settings.host_entry is HostEntry.NONE:
            return None
        if not settings.backup_store_key or settings.backup_store_secret is None:
            raise BadInputError(
                f"the object store {settings.backup_store} wants a key",
                field="TENURE_BACKUP_STORE_KEY",
                hint="set TENURE_BACKUP_STORE_KEY and TENURE_BACKUP_STORE_SECRET",
            )
        from orchestrator.adapters import restic  # noqa: PLC0415  not every installation has a store

        store = restic.StoreSettings(
            url=settings.backup_store,
            key=settings.backup_store_key,
            secret=settings.backup_store_secret.get_secret_value(),
            region=settings.backup_store_region,
            role=settings.backup_role,
            sts_url=settings.backup_sts,
            lock_days=settings.backup_lock_days,
        )
        repositories = restic.Repositories(restic.Store(store), self.backup_password, settings.office_certificate)
        return restic.Way(access, configurator, repositories)

    def _care_of(self, environment: Environment) -> BlueprintCare:
        return self.library.blueprint(environment.spec.blueprint).care

    def backup_password(self, bucket: str) -> str:
        """Give the password of a bucket's repositories."""
        return self.vault.derive(f"backup-key/{bucket}")

    @cached_property
    def provisioner(self) -> PulumiProvisioner:
        """Pulumi, with what this installation decides."""
        from orchestrator.adapters.pulumi import PulumiProvisioner  # noqa: PLC0415  as above

        settings = self._pulumi_settings(self.settings.cloud, self._warm_children)
        return PulumiProvisioner(settings, Toolchain(self.settings.cache), self.vault)

    @cached_property
    def previews(self) -> ScratchPreviews:
        """Previews of pull requests: on copies of the state, by a cloud entry that should have rights to read alone."""
        from orchestrator.adapters.pulumi.previews import ScratchPreviews  # noqa: PLC0415  as above

        cloud = self.settings.plan_cloud or self.settings.cloud
        settings = self._pulumi_settings(cloud, min(self._warm_children, 1))
        administrator = self.settings.cloud if self.settings.plan_cloud else ""
        return ScratchPreviews(settings, Toolchain(self.settings.cache), self.vault, administrator)

    def git_check(self, repository: Repository) -> GitCheck:
        """Give what a check of a range of commits works with."""
        from orchestrator.adapters.documents.environments import EnvironmentFiles  # noqa: PLC0415  few commands read git
        from orchestrator.workflows.git_plan import GitCheck  # noqa: PLC0415  as above

        return GitCheck(self.ports, repository, EnvironmentFiles(), self.previews)

    def _pulumi_settings(self, cloud: str, warm_children: int) -> PulumiSettings:
        from orchestrator.adapters.pulumi import PulumiSettings  # noqa: PLC0415  as above

        given = self.settings.pulumi_passphrase
        passphrase = self.vault.derive("pulumi-passphrase") if given is None else given.get_secret_value()
        return PulumiSettings(
            home=self.settings.home,
            cloud=cloud,
            passphrase=passphrase,
            backend=self.settings.state_backend,
            secrets_provider=self.settings.secrets_provider,
            warm_children=warm_children,
            extra_environment={k: v for k, v in os.environ.items() if k.startswith(CLOUD_VARIABLES)},
        )

    @cached_property
    def verifier(self) -> StandardWebhooksVerifier:
        """Tells who signed a call of the hook; by real time."""
        return StandardWebhooksVerifier(self.vault, real_now)

    @property
    def driven_clock(self) -> DrivenClock:
        """The clock that demos and tests drive; BadInputError when this installation has none."""
        if self.settings.clock_file is None:
            raise BadInputError("this installation follows real time", hint="set TENURE_CLOCK_FILE to drive its clock")
        return DrivenClock(self.settings.clock_file)

    def worker(self) -> Worker:
        """Make the worker: it takes up operations once it is started."""
        from orchestrator.adapters.engine import EngineNumbers  # noqa: PLC0415  doors need none of it
        from orchestrator.adapters.engine.worker import Worker  # noqa: PLC0415  loading DBOS takes half a second
        from orchestrator.workflows.drift import scan_when_due  # noqa: PLC0415  doors need none of it
        from orchestrator.workflows.execution import execute  # noqa: PLC0415  doors need none of it
        from orchestrator.workflows.rounds import go_round  # noqa: PLC0415  doors need none of it

        driven = self.settings.clock_file is not None
        return Worker(
            self.records,
            self.database_url,
            self.settings.home,
            execute=partial(execute, self.ports),
            sweep=partial(go_round, self.ports, real_now),
            watch=partial(scan_when_due, self.ports),
            numbers=EngineNumbers(workers=self.settings.workers, sweep_seconds=0.2 if driven else 1.0),
        )

    def close(self) -> None:
        """End what waits in the background."""
        if "provisioner" in self.__dict__:
            self.provisioner.close()
        if "previews" in self.__dict__:
            self.previews.close()
        if self._plays is not None:
            self._plays.close()

    @cached_property
    def _authority(self) -> UserAuthority:
        settings = self.settings
        users = key_source(settings.ca_key, settings.home, self.vault, "user")
        hosts = key_source(settings.host_ca_key, settings.home, self.vault, "host")
        return UserAuthority(settings.home, self.vault, self._record_issue, keys=Keys(users, hosts))

    def _access(self, cloud: Cloud) -> HostAccess:
        if self.settings.host_entry is HostEntry.NONE:
            return NoHostAccess(self._authority)
        return SshAccess(self.settings.home, self._authority, console=OpenStackConsoles(cloud).read)

    def _configurator(self, cloud: Cloud) -> Configurator:
        if self.settings.host_entry is HostEntry.NONE:
            return NoConfigurator()
        settings = AnsibleSettings(self.settings.home, installed_playbooks(), self._warm_children)
        entry = JobEntry(self._authority)
        self._plays = AnsibleConfigurator(settings, entry, OpenStackPower(cloud).states)
        return self._plays

    def _record_issue(self, issue: Issue) -> None:
        facts = {
            "serial": issue.serial,
            "key_id": issue.key_id,
            "principals": list(issue.principals),
            "abilities": list(issue.abilities),
            "fingerprint": issue.fingerprint,
            "valid_before": issue.valid_before.isoformat(),
        }
        facts |= {"grant": issue.grant} if issue.grant else {}
        with self.records.transaction() as tx:
            if issue.grant:
                keep_serial(tx, issue.grant, issue.serial, datetime.now(UTC))
            tx.audit.append(datetime.now(UTC), AUTHORITY, "certificate.issued", issue.environment, facts)


def open_installation(warm_children: int = 0) -> Installation:
    """Open the installation that the settings name."""
    return Installation(Settings(), warm_children)
