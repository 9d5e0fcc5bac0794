"""What each program says of itself when it is run: the version, after the handshake that Pulumi would do."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
from pulumi.runtime.proto import plugin_pb2

from orchestrator.adapters.toolchain.part import WayFailedError
from orchestrator.adapters.toolchain.processes import run_bounded, started

if TYPE_CHECKING:
    from pathlib import Path

VERSION_TIMEOUT_SECONDS = 30
HANDSHAKE_TIMEOUT_SECONDS = 30
NO_ENGINE = "127.0.0.1:1"
"""Address of an engine that a plugin needs as an argument; it is dialled only when the plugin has something to say."""

_VERSION = re.compile(r"v?(\d+\.\d+\.\d+)")


def cli_version(binary: Path) -> str:
    """Version that ``pulumi version`` gives; nothing of the user's home is read or written."""
    output = run_bounded(
        [str(binary), "version"],
        timeout_seconds=VERSION_TIMEOUT_SECONDS,
        environment={"PULUMI_SKIP_UPDATE_CHECK": "true"},
    )
    return _version_in(output)


def tofu_version(binary: Path) -> str:
    """Version that ``tofu version`` gives."""
    output = run_bounded(
        [str(binary), "version"], timeout_seconds=VERSION_TIMEOUT_SECONDS, environment={"CHECKPOINT_DISABLE": "1"}
    )
    return _version_in(output)


def go_module_version(binary: Path) -> str:
    """Version of the module that a Go program was built from, as the linker wrote it into the program.

    For programs that can't be asked, for instance a Terraform provider, which only talks to its own host.
    """
    output = run_bounded(["go", "version", "-m", str(binary)], timeout_seconds=VERSION_TIMEOUT_SECONDS)
    package = next((line.split()[1] for line in output.splitlines() if line.split()[:1] == ["path"]), "")
    for line in output.splitlines():
        if line.split()[:2] == ["dep", package]:
            return _version_in(line)
    raise WayFailedError(f"{binary.name} does not say from which module it was built")


def plugin_version(binary: Path) -> str:
    """Version of a resource plugin, asked over its own protocol as the engine does."""
    return _handshake(binary, "/pulumirpc.ResourceProvider/GetPluginInfo")


def language_host_version(binary: Path) -> str:
    """Version of a language host, asked over its own protocol as the engine does."""
    return _handshake(binary, "/pulumirpc.LanguageRuntime/GetPluginInfo")


def _handshake(binary: Path, method: str) -> str:
    with started([str(binary), NO_ENGINE]) as (child, output):
        timer = threading.Timer(HANDSHAKE_TIMEOUT_SECONDS, child.kill)
        timer.start()
        try:
            port = output.readline().strip()
        finally:
            timer.cancel()
        if not port.isdecimal():
            raise WayFailedError(f"{binary.name} gave no port to talk to: {port or 'nothing'}")
        return _version_in(_plugin_info(f"127.0.0.1:{port}", method))


def _plugin_info(address: str, method: str) -> str:
    with grpc.insecure_channel(address) as channel:
        ask = channel.unary_unary(
            method, request_serializer=lambda _: b"", response_deserializer=plugin_pb2.PluginInfo.FromString
        )
        try:
            return str(ask(None, timeout=HANDSHAKE_TIMEOUT_SECONDS, wait_for_ready=True).version)
        except grpc.RpcError as error:
            raise WayFailedError(f"the handshake failed: {error}") from error


def _version_in(text: str) -> str:
    found = _VERSION.search(text)
    if found is None:
        raise WayFailedError(f"no version in {text!r}")
    return found[1]
