"""Previews that leave nothing behind: each works on a copy of the stack's state, in a folder that goes away.

A preview for a pull request runs beside the operations of its environment, so it may neither write the stack's
configuration nor wait for its lease; and a stack that nobody has approved must not appear among those that are real.
Its child sees the copies, the programs and one entry of clouds.yaml, as far as this machine can keep it to that.
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import orchestrator
from orchestrator.adapters.pulumi.clouds import Cloud, certificates, entry
from orchestrator.adapters.pulumi.confinement import Confinement
from orchestrator.adapters.pulumi.provisioner import PulumiProvisioner, PulumiSettings, child_pool
from orchestrator.adapters.pulumi.workspace import PROJECT
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import MissingPartError
from orchestrator.domain.plan import Plan
from orchestrator.ports import Job, Vault
from stacks.context import MEMBER

STACKS = Path(".pulumi") / "stacks" / PROJECT
SYSTEM_CLOUDS: Final = Path("/etc/openstack")
log = logging.getLogger("tenure.previews")


@dataclass(frozen=True)
class Planners:
    """Who plans: with the installation's secrets what exists, with thrown-away ones what does not.

    Attributes:
        unconfined: Why their children see what this process sees; empty when they do not.
    """

    known: PulumiProvisioner
    new: PulumiProvisioner
    unconfined: str

    def close(self) -> None:
        """End their children."""
        self.known.close()
        self.new.close()


class ScratchPreviews:
    """Implements :class:`orchestrator.ports.repository.Previewer`.

    Args:
        settings: Those of the installation, but for the cloud's entry, which should have no more than rights to read.
        toolchain: Gives the CLI and its plugins.
        vault: Derives the service users' passwords.
        administrator: Entry of clouds.yaml that looks up what an account with rights to read may not; empty when the
            plan's own may.
    """

    def __init__(self, settings: PulumiSettings, toolchain: Toolchain, vault: Vault, administrator: str = "") -> None:
        self._settings = settings
        self._toolchain = toolchain
        self._vault = vault
        self._administrator = administrator
        self._scratch = Path(tempfile.mkdtemp(prefix="tenure-preview-")).resolve()
        background = ThreadPoolExecutor(1, thread_name_prefix="previews")
        self._planners = background.submit(self._made)  # reading clouds.yaml loads the SDK, which takes its time
        background.shutdown(wait=False)

    @property
    def planners(self) -> Planners:
        """Who plans; waits until they are there."""
        return self._planners.result()

    def close(self) -> None:
        """End the children, and remove every copy."""
        if self._planners.exception() is None:
            self.planners.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def preview(self, job: Job) -> Plan:
        """Give the plan of an environment that exists, made with a copy of its state."""
        planners = self._prepared()
        self._copy(Path("pulumi") / f"Pulumi.{job.spec.name}.yaml")
        if not self._settings.backend:
            self._copy(Path("state") / STACKS / f"{job.spec.name}.json")
        return planners.known.preview(job)

    def preview_new(self, job: Job) -> Plan:
        """Give the plan of an environment that does not exist."""
        return self._prepared().new.preview(job)

    @property
    def _own_home(self) -> Path:
        """Pulumi's own folder: it notes there what it selected, and the installation's cannot be written."""
        return self._scratch / "pulumi-home"

    def _prepared(self) -> Planners:
        """Give who plans, with the account and the plugins in their places."""
        planners = self.planners
        self._copy_entry()
        self._own_home.mkdir(exist_ok=True)
        with suppress(FileExistsError):
            (self._own_home / "plugins").symlink_to(self._toolchain.require().home / "plugins")
        return planners

    def _made(self) -> Planners:
        confinement = self._confinement()
        fault = confinement.fault()
        if fault:
            log.warning("previews are not confined, see `tenure doctor`, namespaces for jobs: %s", fault)
        known = replace(
            self._settings,
            home=self._scratch,
            clouds_yaml=self._scratch / "clouds.yaml",
            confinement=None if fault else confinement,
            member_role=cache(self._member_role),
            extra_environment=self._settings.extra_environment | {"PULUMI_HOME": str(self._own_home)},
        )
        pool = child_pool(known)
        nobody = FileVault(self._scratch / "new")
        new = replace(
            known,
            home=self._scratch / "new",
            passphrase=nobody.derive("pulumi-passphrase"),
            backend="",
            secrets_provider="passphrase",
            extra_environment={"PULUMI_HOME": str(self._own_home)},
        )
        return Planners(
            PulumiProvisioner(known, self._toolchain, self._vault, pool),
            PulumiProvisioner(new, self._toolchain, nobody, pool),
            fault,
        )

    def _confinement(self) -> Confinement:
        """Hide the installation, this machine's user and its accounts; what programs need stays."""
        programs = (Path(sys.prefix), Path(sys.base_prefix), Path(orchestrator.__file__).parents[1])
        kept = (*programs, *self._tools(), *self._certificates())
        hidden = (self._settings.home, Path.home(), Path(tempfile.gettempdir()), SYSTEM_CLOUDS)
        return Confinement(
            tuple(path.resolve() for path in hidden), tuple(path.resolve() for path in kept), self._scratch
        )

    def _tools(self) -> tuple[Path, ...]:
        """Give the toolchain's folder, and where the programs are that it only links."""
        try:
            tools = self._toolchain.require()
        except MissingPartError:
            return (self._toolchain.root,)  # whoever asks for a preview is told
        found = [file for folder in tools.path_entries for file in folder.iterdir()]
        found += tools.home.glob("plugins/*/*")
        return (self._toolchain.root, *sorted({file.resolve().parent for file in found if file.is_symlink()}))

    def _certificates(self) -> tuple[Path, ...]:
        try:
            return certificates(entry(self._settings.cloud, self._settings.clouds_yaml))
        except MissingPartError:
            return ()  # whoever asks for a preview is told

    def _copy_entry(self) -> None:
        """Write the entry anew: whoever changes it need not start anything again."""
        name = self._settings.cloud
        text = json.dumps({"clouds": {name: entry(name, self._settings.clouds_yaml)}})
        with tempfile.NamedTemporaryFile("w", dir=self._scratch, encoding="utf-8", delete=False) as draft:
            draft.write(text)
        Path(draft.name).replace(self._scratch / "clouds.yaml")

    def _member_role(self) -> str:
        if not self._administrator:
            return ""
        return Cloud(self._administrator, self._settings.spread, self._settings.clouds_yaml).role_id(MEMBER)

    def _copy(self, path: Path) -> None:
        source = self._settings.home / path
        if source.exists():
            (self._scratch / path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copy(source, self._scratch / path)
