"""A process that holds a provisioner, to be killed by tests: makes an environment and tells each step's begin."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from orchestrator.adapters.pulumi import PulumiProvisioner, PulumiSettings
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.records import StepEvent
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports import Job
from orchestrator.settings import Settings
from tests.jobs import Control


def tell(event: StepEvent) -> None:
    """Write a line for whoever waits to kill this process."""
    print(event.status, event.resource, flush=True)  # noqa: T201  the test reads it


def main() -> None:
    """Provision until killed."""
    home = Path(os.environ["TENURE_TEST_HOME"])
    settings = PulumiSettings(
        home=home,
        cloud=os.environ["TENURE_TEST_CLOUD"],
        clouds_yaml=Path(os.environ["TENURE_TEST_CLOUDS_YAML"]),
        passphrase=os.environ["TENURE_TEST_PASSPHRASE"],
    )
    provisioner = PulumiProvisioner(settings, Toolchain(Settings().cache), FileVault(home))
    provisioner.up(Job("op-server", EnvironmentSpec.model_validate_json(sys.argv[1]), Control(), tell))


if __name__ == "__main__":
    main()
