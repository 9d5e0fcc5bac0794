"""Pulumi's parts, and what Pulumi itself says of the state backend and the secrets provider."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from orchestrator.adapters.doctor.finding import Finding, Serves
from orchestrator.adapters.doctor.places import place_to_write
from orchestrator.adapters.toolchain.part import WayFailedError
from orchestrator.adapters.toolchain.processes import run_bounded
from orchestrator.domain.errors import MissingPartError

if TYPE_CHECKING:
    from orchestrator.adapters.toolchain import Toolchain

BACKEND_SECONDS = 8
INSTALL = "tenure toolchain install"
BY_HAND = "Python language host"


def parts(toolchain: Toolchain) -> tuple[Finding, ...]:
    """CLI, plugin and language host, each run and hashed."""
    return tuple(
        Finding(
            part=status.name,
            serves=_without(status.name) if status.fault else Serves.YES,
            found=str(status.folder) if status.stamp else None,
            version=status.stamp.version if status.stamp else None,
            detail=status.fault or (f"by {status.stamp.way}" if status.stamp else ""),
            hint=INSTALL if status.fault else None,
        )
        for status in toolchain.examined()
    )


def state_backend(url: str, toolchain: Toolchain) -> Finding:
    """Where stacks are kept: a folder that can be written, or a store that Pulumi reaches.

    Args:
        url: As Pulumi takes it: ``file://…``, ``s3://…`` and so on.
        toolchain: Its CLI is asked, since it will be the one to use the store.
    """
    if url.startswith("file://"):
        fault = place_to_write(Path(url2pathname(urlsplit(url).path)).expanduser())
    else:
        fault = _ask(toolchain, {"PULUMI_BACKEND_URL": url}, "stack", "ls", "--all", "--json")
    hint = "set TENURE_STATE_BACKEND to a place that this account may write, or mend the place" if fault else None
    return Finding(
        part="state backend", serves=Serves.NO if fault else Serves.YES, found=_plain(url), detail=fault, hint=hint
    )


def secrets_provider(url: str, *, passphrase_is_given: bool, toolchain: Toolchain) -> Finding:
    """What seals secrets in the state: a passphrase, or a key service, which must seal a stack that is thrown away."""
    name = "secrets provider"
    if url == "passphrase":
        source = "TENURE_PULUMI_PASSPHRASE" if passphrase_is_given else "derived from the master key in the home folder"
        return Finding(part=name, serves=Serves.YES, found=url, detail=source)
    with TemporaryDirectory(prefix="tenure-doctor-") as folder:
        (Path(folder) / "Pulumi.yaml").write_text("name: doctor\nruntime: python\n", encoding="utf-8")
        fault = _ask(
            toolchain,
            {"PULUMI_BACKEND_URL": Path(folder).as_uri()},
            *("stack", "init", "doctor", "--cwd", folder, "--secrets-provider", url),
        )
    hint = "check TENURE_SECRETS_PROVIDER and the key service's own credentials" if fault else None
    serves = Serves.NO if fault else Serves.YES
    return Finding(part=name, serves=serves, found=_plain(url), detail=fault, hint=hint)


def _without(name: str) -> Serves:
    return Serves.DEGRADED if name == BY_HAND else Serves.NO


def _ask(toolchain: Toolchain, environment: dict[str, str], *arguments: str) -> str:
    """Run the CLI; the reason why it failed, empty when it did not."""
    try:
        tools = toolchain.require()
        run_bounded(
            [str(tools.pulumi), "--non-interactive", *arguments],
            timeout_seconds=BACKEND_SECONDS,
            environment={**tools.environment(), "PULUMI_CONFIG_PASSPHRASE": os.urandom(8).hex(), **environment},
        )
    except MissingPartError as error:
        return f"can't be tried: {error}"
    except WayFailedError as failure:
        return str(failure).rpartition("error: ")[2] or str(failure)
    return ""


def _plain(url: str) -> str:
    """The URL without its query, which may hold credentials."""
    return url.split("?", 1)[0]
