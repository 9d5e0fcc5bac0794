"""Environments without servers, made by Pulumi, and its own refresh of them by the CLI."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pulumi import automation
from pulumi.automation.events import EngineEvent
from pydantic import SecretStr

from orchestrator.adapters.pulumi.clouds import Cloud
from orchestrator.adapters.pulumi.command import StoppableCommand
from orchestrator.adapters.pulumi.faults import Masker
from orchestrator.adapters.pulumi.narration import Narrator
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.adapters.toolchain.versions import PULUMI
from orchestrator.domain.records import Thing
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.settings import Settings
from stacks.context import Context, Spread
from stacks.network import Network
from stacks.scope import Scope
from stacks.security import Security
from stacks.tenant import Tenant
from tests.cloud import CloudAccess

PASSPHRASE: Final = "of-the-bench"
PROJECT: Final = "bench"


@dataclass
class Stacks:
    """The stacks of one bench, in a folder of its own.

    Attributes:
        folder: Work folder and state.
        cloud: Where they are made.
    """

    folder: Path
    cloud: CloudAccess
    made: dict[str, automation.Stack] = field(default_factory=dict)

    def up(self, spec: EnvironmentSpec) -> tuple[Thing, ...]:
        """Make tenant, network and security of an environment; gives what stands, as `up` of Tenure records it."""
        narrator = Narrator("up", lambda _: None, Masker(()))

        def on_event(event: EngineEvent) -> None:
            narrator(event)

        self._stack(spec).up(on_event=on_event, suppress_outputs=True, color="never")
        return narrator.made

    def refresh(self, spec: EnvironmentSpec) -> float:
        """Refresh it as a person would; gives the seconds."""
        command = [str(Toolchain(Settings().cache).require().pulumi), "refresh", "--stack", spec.name]
        began = time.monotonic()
        subprocess.run(
            [*command, "--yes", "--skip-preview", "--non-interactive"],
            cwd=self.folder,
            env={**os.environ, **self._environment()},
            check=True,
            capture_output=True,
            timeout=300,
        )
        return time.monotonic() - began

    def remove(self) -> None:
        """Take all of them away."""
        for stack in self.made.values():
            stack.destroy(suppress_outputs=True, color="never")

    def _stack(self, spec: EnvironmentSpec) -> automation.Stack:
        context = Context(
            cloud=Cloud(self.cloud.cloud, Spread.SOFT, self.cloud.clouds_yaml).facts(container=False),
            service_password=SecretStr(PASSPHRASE),
        )

        def program() -> None:
            scope = Scope(spec, context)
            tenant = Tenant(scope)
            Network(scope, tenant)
            Security(scope, tenant)

        tools = Toolchain(Settings().cache).require()
        options = automation.LocalWorkspaceOptions(
            work_dir=str(self.folder),
            pulumi_command=StoppableCommand(str(tools.pulumi), PULUMI),
            env_vars=self._environment(),
            project_settings=automation.ProjectSettings(name=PROJECT, runtime="python"),
        )
        stack = automation.create_or_select_stack(spec.name, project_name=PROJECT, program=program, opts=options)
        self.made[spec.name] = stack
        return stack

    def _environment(self) -> dict[str, str]:
        (self.folder / "state").mkdir(parents=True, exist_ok=True)
        tools = Toolchain(Settings().cache).require()
        return {
            **tools.environment(),
            **self.cloud.environment(),
            "PULUMI_BACKEND_URL": (self.folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        }
