"""The six OpenStack processes of a local cloud; tests may stop one and start it again."""

from __future__ import annotations

import os
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

from orchestrator.domain.errors import ConflictError, NotFoundError, OperationFailedError
from tools.localcloud import commands
from tools.localcloud.cache import HERE
from tools.localcloud.processes import Process
from tools.localcloud.settings import CloudSettings, Layout, Service, load, write_private

READY_SECONDS = 180.0
STOP_SECONDS = 8.0
ANSWER_SECONDS = 5.0
KEPT_VARIABLES = ("HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")


def process(layout: Layout, service: Service) -> Process:
    """The process of a service."""
    return Process(layout.run / f"{service}.lock")


def environment(layout: Layout, python: Path) -> dict[str, str]:
    """Variables of every OpenStack process; nothing of the caller's that could change what they do."""
    etc = layout.etc
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return kept | {
        "PATH": f"{python.parent}:{commands.SYSTEM_PATH}",
        "LOCALCLOUD_ROOT": str(layout.root),
        "PYTHONPATH": str(HERE / "plug"),
        "PYTHONWARNINGS": "ignore",
        "OS_KEYSTONE_CONFIG_DIR": str(etc / "keystone"),
        "OS_PLACEMENT_CONFIG_DIR": str(etc / "placement"),
        "OS_GLANCE_CONFIG_DIR": str(etc / "glance"),
        "OS_NOVA_CONFIG_DIR": str(etc / "nova"),
        "OS_NEUTRON_CONFIG_DIR": str(etc / "neutron"),
        "OS_NEUTRON_CONFIG_FILES": "neutron.conf;ml2.ini",
        "OS_NOVA_DISABLE_EVENTLET_PATCHING": "1",
        "OS_CINDER_DISABLE_EVENTLET_PATCHING": "1",
    }


def launch(layout: Layout, settings: CloudSettings, python: Path, service: Service) -> None:
    """Start a service unless it runs; it answers some seconds later.

    Raises:
        ConflictError: Another program has its port.
    """
    background = process(layout, service)
    if background.pid() is not None:
        return
    port = settings.ports[service]
    if _taken(port):
        raise ConflictError(
            f"port {port} of {service} is taken by another program",
            hint="tenure cloud up --port-offset 10000 chooses other ports (before the cloud is first made)",
        )
    log = layout.log / f"{service}.out"
    background.start([python, HERE / "plug" / "front.py", service], environment(layout, python), log)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def answers(settings: CloudSettings, service: Service) -> bool:
    """Whether its API answers, whatever it says short of a failure of its own."""
    try:
        with urllib.request.urlopen(settings.url(service), timeout=ANSWER_SECONDS):  # noqa: S310 - our own http URL
            return True
    except urllib.error.HTTPError as answer:
        answer.close()
        return answer.code < 500  # noqa: PLR2004 - the class of server errors
    except OSError:
        return False


def wait_until_ready(layout: Layout, settings: CloudSettings, service: Service) -> None:
    """Wait until a launched service answers.

    Raises:
        OperationFailedError: It ended, or does not answer in time; the detail holds the last lines of its log.
    """
    end = time.monotonic() + READY_SECONDS
    while not answers(settings, service):
        if process(layout, service).pid() is None or time.monotonic() > end:
            raise OperationFailedError(
                f"{service} of the local cloud does not start",
                detail=commands.tail(layout.log / f"{service}.out"),
                hint=f"the whole log is in {layout.log / f'{service}.log'}",
            )
        time.sleep(0.1)


def stop(root: Path, service: Service) -> None:
    """Stop one service; servers and networks stay as they are."""
    process(Layout(root), service).stop(STOP_SECONDS)


def start(root: Path, service: Service) -> None:
    """Start one service again and wait until it answers.

    Raises:
        NotFoundError: There is no cloud in this root.
    """
    layout = Layout(root)
    settings = load(layout)
    if settings is None:
        raise NotFoundError(f"there is no local cloud in {layout.root}", hint="tenure cloud up")
    launch(layout, settings, interpreter(layout), service)
    wait_until_ready(layout, settings, service)


def interpreter(layout: Layout) -> Path:
    """The interpreter that this cloud was made with."""
    return Path((layout.root / "python").read_text())


def remember_interpreter(layout: Layout, python: Path) -> None:
    """Keep the interpreter on record, for a single start of one service."""
    write_private(layout.root / "python", str(python))
