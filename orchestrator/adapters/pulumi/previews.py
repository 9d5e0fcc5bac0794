"""Previews that leave nothing behind: each works on a copy of the stack's state, in a folder that goes away.

A preview for a pull request runs beside the operations of its environment, so it may neither write the stack's
configuration nor wait for its lease; and a stack that nobody has approved must not appear among those that are real.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from orchestrator.adapters.pulumi.provisioner import PulumiProvisioner, PulumiSettings
from orchestrator.adapters.pulumi.workspace import PROJECT
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.domain.plan import Plan
from orchestrator.ports import Job, Vault

STACKS = Path(".pulumi") / "stacks" / PROJECT


class ScratchPreviews:
    """Implements :class:`orchestrator.ports.repository.Previewer`.

    Args:
        settings: Those of the installation, but for the cloud's entry, which should have no more than rights to read.
        toolchain: Gives the CLI and its plugins.
        vault: Derives the service users' passwords.
    """

    def __init__(self, settings: PulumiSettings, toolchain: Toolchain, vault: Vault) -> None:
        self._home = settings.home
        self._shares_state = bool(settings.backend)
        self._scratch = Path(tempfile.mkdtemp(prefix="tenure-preview-"))
        known = replace(settings, home=self._scratch)
        self._known = PulumiProvisioner(known, toolchain, vault)
        new = replace(known, backend="", secrets_provider="passphrase", warm_children=0)
        own = new.backend, new.secrets_provider
        is_one = own == (known.backend, known.secrets_provider)
        self._new = self._known if is_one else PulumiProvisioner(new, toolchain, vault)

    def close(self) -> None:
        """End the children, and remove every copy."""
        self._known.close()
        self._new.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def preview(self, job: Job) -> Plan:
        """Give the plan of an environment that exists, made with a copy of its state."""
        self._copy(Path("pulumi") / f"Pulumi.{job.spec.name}.yaml")
        if not self._shares_state:
            self._copy(Path("state") / STACKS / f"{job.spec.name}.json")
        return self._known.preview(job)

    def preview_new(self, job: Job) -> Plan:
        """Give the plan of an environment that does not exist."""
        return self._new.preview(job)

    def _copy(self, path: Path) -> None:
        source = self._home / path
        if source.exists():
            (self._scratch / path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copy(source, self._scratch / path)
