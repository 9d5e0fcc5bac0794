"""What the demo plays on: the toolchain, a cloud, an installation of its own and its server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from orchestrator.adapters.toolchain import Toolchain
from orchestrator.bootstrap import Installation
from orchestrator.cli.demo.teller import Teller
from orchestrator.cli.follow import follow_request
from orchestrator.cli.identity import actor
from orchestrator.domain.errors import BadInputError, OperationFailedError
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.records import Role
from orchestrator.settings import HostEntry, Settings
from orchestrator.workflows.requests import terminate
from tools import localcloud

READY_SECONDS = 180
STOP_SECONDS = 30
OVER = frozenset({EnvironmentState.RETIRED, EnvironmentState.PLANNED})


@dataclass(frozen=True)
class Scene:
    """The demo's installation.

    Attributes:
        installation: Its parts, as the command line sees them.
        url: Where its server answers.
        hosts: Whether servers are real hosts that can be entered.
        variables: What a person sets to use this installation by hand.
    """

    installation: Installation
    url: str
    hosts: bool
    variables: dict[str, str]


@contextmanager
def open_scene(teller: Teller, wanted_home: Path | None) -> Iterator[Scene]:
    """Prepare everything, start the server, and stop it at the end."""
    given = Settings()
    _install_parts(given, teller)
    hosts = _reach_cloud(given, teller)
    home = (wanted_home or given.cache / "demo").resolve()
    _leave_nothing_of_an_earlier_demo(home, hosts, teller)
    with _serve(home, hosts, teller) as scene:
        yield scene


def _install_parts(given: Settings, teller: Teller) -> None:
    teller.heading("Parts of this machine")
    tools = Toolchain(given.cache).install(teller.progress)
    version = subprocess.run(
        [tools.pulumi, "version"], env=tools.environment(), capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()
    teller.fact(f"Pulumi {version} and its OpenStack plugin are here and verified")


def _reach_cloud(given: Settings, teller: Teller) -> bool:
    """Use the cloud that OS_CLOUD names, else start the local one; gives whether its servers are real hosts."""
    teller.heading("A cloud")
    if given.cloud:
        teller.fact(f"using the cloud that OS_CLOUD names: {given.cloud}")
        return given.host_entry is HostEntry.SSH
    info = localcloud.up(localcloud.default_root(given.cache), given.cache, teller.progress)
    os.environ |= {"OS_CLOUD": info.cloud, "OS_CLIENT_CONFIG_FILE": str(info.clouds_yaml)}
    state = localcloud.status(localcloud.default_root(given.cache))
    running = [process for process in state.processes if process.running]
    teller.fact(f"OpenStack runs on this machine: {len(running)} processes, loopback only", holds=state.ready)
    teller.fact(f"its servers: {info.mode} ({info.mode_reason})")
    return info.mode is localcloud.Mode.HOSTS


def _settings(home: Path, hosts: bool) -> Settings:
    os.environ["TENURE_HOST_ENTRY"] = HostEntry.SSH if hosts else HostEntry.NONE
    return Settings(home=home, clock_file=home / "clock.json")


def _leave_nothing_of_an_earlier_demo(home: Path, hosts: bool, teller: Teller) -> None:
    """Take away, by the ordinary way, what an earlier demo left running; then begin with an empty home."""
    if not home.exists() or not any(home.iterdir()):
        return
    if not (home / "tenure.db").exists():
        raise BadInputError(f"{home} is not empty and holds no installation", field="--home", hint="name a new folder")
    installation = Installation(_settings(home, hosts))
    with installation.records.read() as tx:
        left = [each for each in tx.environments.list(limit=1000) if each.state not in OVER]
    existing = [each.name for each in left if installation.ports.inventory.project_id(each.name)]
    if existing:
        teller.heading("An earlier demo left an environment; it is taken away first")
        with _serve(home, hosts, teller) as scene:
            for name in existing:
                _take_away(scene.installation, name, teller)
    shutil.rmtree(home)


def _take_away(installation: Installation, name: str, teller: Teller) -> None:
    made = terminate(installation.ports, name, actor(Role.OFFICE), "making room for a new demo")
    follow_request(installation.records, made.id)
    teller.fact(f"{name} is gone", holds=installation.ports.inventory.project_id(name) is None)


@contextmanager
def _serve(home: Path, hosts: bool, teller: Teller) -> Iterator[Scene]:
    """Run ``tenure server`` as a process of its own, on a free port of the loopback."""
    settings = _settings(home, hosts)
    installation = Installation(settings)
    _ = installation.records
    if not (home / "clock.json").exists():
        installation.driven_clock.set(datetime.now(UTC))
    address = f"127.0.0.1:{_free_port()}"
    variables = {
        "TENURE_HOME": str(home),
        "TENURE_CLOCK_FILE": str(home / "clock.json"),
        "TENURE_HOST_ENTRY": os.environ["TENURE_HOST_ENTRY"],
        "OS_CLOUD": settings.cloud,
        **{name: os.environ[name] for name in ("OS_CLIENT_CONFIG_FILE",) if name in os.environ},
    }
    log = home / "logs" / "server.log"
    log.parent.mkdir(mode=0o700, exist_ok=True)
    command = [sys.executable, "-m", "orchestrator.cli.main", "server", "--listen", address]
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=os.environ | variables, stdout=output, stderr=output)
        try:
            _wait_ready(process, f"http://{address}", log)
            teller.fact(f"tenure server answers at http://{address} (log: {log})")
            yield Scene(installation, f"http://{address}", hosts, variables)
        finally:
            _stop(process)
            installation.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=2).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise OperationFailedError("tenure server did not come up", detail=f"its log: {log}", hint=f"tail {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
