"""What each program says of itself when it is run: the version, after the handshake that Pulumi would do."""

from __future__ import annotations

import re
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from orchestrator.adapters.toolchain.part import WayFailedError
from orchestrator.adapters.toolchain.processes import run_bounded

if TYPE_CHECKING:
    from pathlib import Path

VERSION_TIMEOUT_SECONDS = 30
_VERSION = re.compile(r"v?(\d+\.\d+\.\d+)")


def cli_version(binary: Path) -> str:
    """Version that ``pulumi version`` gives; nothing of the user's home is read or written."""
    with TemporaryDirectory(prefix="tenure-check-") as home:
        output = run_bounded(
            [str(binary), "version"],
            timeout_seconds=VERSION_TIMEOUT_SECONDS,
            environment={"PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_HOME": home},
        )
    return _version_in(output)


def tofu_version(binary: Path) -> str:
    """Version that ``tofu version`` gives."""
    output = run_bounded(
        [str(binary), "version"], timeout_seconds=VERSION_TIMEOUT_SECONDS, environment={"CHECKPOINT_DISABLE": "1"}
    )
    return _version_in(output)


def gitea_version(binary: Path) -> str:
    """Version that ``gitea --version`` gives."""
    return _version_in(run_bounded([str(binary), "--version"], timeout_seconds=VERSION_TIMEOUT_SECONDS))


def go_module_version(binary: Path) -> str:
    """Version of the module that a Go program was built from, as the linker wrote it into the program.

    For programs that can't be asked, for instance a Terraform provider, which only talks to its own host.
    """
    output = run_bounded(["go", "version", "-m", str(binary)], timeout_seconds=VERSION_TIMEOUT_SECONDS)
    package = next((line.split()[1] for line in output.splitlines() if line.split()[:1] == ["path"]), "")
    for line in output.splitlines():
        if line.split()[:2] in (["mod", package], ["dep", package]):
            return _version_in(line)
    raise WayFailedError(f"{binary.name} does not say from which module it was built")


def plugin_version(binary: Path) -> str:
    """Version of a resource plugin, asked over its own protocol as the engine does."""
    return _ask(binary, "ResourceProvider")


def language_host_version(binary: Path) -> str:
    """Version of a language host, asked over its own protocol as the engine does."""
    return _ask(binary, "LanguageRuntime")


def _ask(binary: Path, service: str) -> str:
    from orchestrator.adapters.toolchain.handshake import plugin_info  # noqa: PLC0415 - gRPC loads when it is needed

    return _version_in(plugin_info(binary, service))


def _version_in(text: str) -> str:
    found = _VERSION.search(text)
    if found is None:
        raise WayFailedError(f"no version in {text!r}")
    return found[1]
