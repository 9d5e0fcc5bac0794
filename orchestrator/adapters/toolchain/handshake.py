"""Pulumi's handshake with a plugin: start it, read the port that it prints, ask for its information by gRPC."""

from __future__ import annotations

import threading
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
from pulumi.runtime.proto import plugin_pb2

from orchestrator.adapters.toolchain.part import WayFailedError
from orchestrator.adapters.toolchain.processes import started

if TYPE_CHECKING:
    from pathlib import Path

HANDSHAKE_TIMEOUT_SECONDS = 30
NO_ENGINE = "127.0.0.1:1"
"""Address of an engine that a plugin needs as an argument; it is dialled only when the plugin has something to say."""


def plugin_info(binary: Path, service: str) -> str:
    """Start a plugin, do what the engine does first, and give the version that it tells.

    Args:
        binary: The plugin.
        service: Name of its service in Pulumi's protocol, for instance ``ResourceProvider``.

    Raises:
        WayFailedError: It does not start, gives no port, or does not answer in time.
    """
    with (
        TemporaryDirectory(prefix="tenure-check-") as home,
        started([str(binary), NO_ENGINE], environment={"PULUMI_HOME": home}) as (child, output),
    ):
        timer = threading.Timer(HANDSHAKE_TIMEOUT_SECONDS, child.kill)
        timer.start()
        try:
            port = output.readline().strip()
        finally:
            timer.cancel()
        if not port.isdecimal():
            raise WayFailedError(f"{binary.name} gave no port to talk to: {port or 'nothing'}")
        return _ask(f"127.0.0.1:{port}", service)


def _ask(address: str, service: str) -> str:
    with grpc.insecure_channel(address) as channel:
        ask = channel.unary_unary(
            f"/pulumirpc.{service}/GetPluginInfo",
            request_serializer=lambda _: b"",
            response_deserializer=plugin_pb2.PluginInfo.FromString,
        )
        try:
            return str(ask(None, timeout=HANDSHAKE_TIMEOUT_SECONDS, wait_for_ready=True).version)
        except grpc.RpcError as error:
            raise WayFailedError(f"the handshake failed: {error}") from error
