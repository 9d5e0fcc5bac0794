"""Second way: the official downloads, by the installers that Pulumi itself ships, bounded in time.

Pulumi's installer sets no timeouts, so it runs as a child (``python -m``) of this module's own :func:`main`.
"""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from orchestrator.adapters.toolchain.part import WayFailedError
from orchestrator.adapters.toolchain.processes import run_bounded

if TYPE_CHECKING:
    from pathlib import Path

    from orchestrator.adapters.toolchain.part import Progress

DOWNLOAD_HOST = "https://get.pulumi.com/install.sh"
PROBE_SECONDS = 5
PROBE_LIMIT_SECONDS = 8
DOWNLOAD_LIMIT_SECONDS = 900
PLUGIN_LIMIT_SECONDS = 300


@dataclass(frozen=True)
class OfficialCli:
    """Pulumi's own bundle of CLI and language hosts, by the Automation API's installer."""

    version: str
    label: str = "the official download"

    def fetch(self, folder: Path, progress: Progress) -> None:
        """Let the installer fill the folder (its ``bin`` holds the programs)."""
        probe(DOWNLOAD_HOST)
        _child("install", str(folder), self.version, timeout_seconds=DOWNLOAD_LIMIT_SECONDS, home=folder)
        progress(f"  downloaded from {DOWNLOAD_HOST}")


@dataclass(frozen=True)
class OfficialPlugin:
    """A resource plugin by ``pulumi plugin install`` into the folder as ``PULUMI_HOME``."""

    cli: Path
    name: str
    version: str
    label: str = "the official download"

    def fetch(self, folder: Path, progress: Progress) -> None:
        """Let the CLI fetch the plugin."""
        probe(DOWNLOAD_HOST)
        run_bounded(
            [str(self.cli), "plugin", "install", "resource", self.name, self.version],
            timeout_seconds=PLUGIN_LIMIT_SECONDS,
            environment={"PULUMI_HOME": str(folder), "PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
        progress(f"  downloaded by {self.cli.name} plugin install")


def probe(url: str) -> None:
    """Ask for the address once, so that a machine without internet learns it within seconds."""
    try:
        _child("probe", url, timeout_seconds=PROBE_LIMIT_SECONDS, home=None)
    except WayFailedError as failure:
        raise WayFailedError(f"{url} is out of reach ({str(failure).rsplit(': ', 1)[-1]})") from failure


def _child(*arguments: str, timeout_seconds: float, home: Path | None) -> None:
    environment = {} if home is None else {"HOME": str(home), "PULUMI_HOME": str(home)}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    run_bounded(
        [sys.executable, "-m", "orchestrator.adapters.toolchain.official", *arguments],
        timeout_seconds=timeout_seconds,
        environment=environment,
    )


def main(arguments: list[str]) -> None:
    """The child: ``probe URL`` or ``install FOLDER VERSION``."""
    socket.setdefaulttimeout(PROBE_SECONDS)
    match arguments:
        case ["probe", url]:
            with urlopen(Request(url, method="HEAD"), timeout=PROBE_SECONDS):  # noqa: S310 - a constant https address
                return
        case ["install", folder, version]:
            from pulumi.automation import PulumiCommand  # noqa: PLC0415 - a second that a probe need not pay
            from semver import VersionInfo  # noqa: PLC0415 - as above

            PulumiCommand.install(root=folder, version=VersionInfo.parse(version))
        case _:
            sys.exit("usage: probe URL | install FOLDER VERSION")


if __name__ == "__main__":
    main(sys.argv[1:])
