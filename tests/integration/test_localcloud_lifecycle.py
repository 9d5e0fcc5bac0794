"""The life of a second local cloud beside the shared one: killed, stopped, started, removed, and without root."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orchestrator.settings import Settings
from tests.cloud import CloudAccess
from tests.tenancy import WAIT_SECONDS, Tenancy, make_key
from tools import localcloud
from tools.localcloud import hosts
from tools.localcloud.settings import STANDARD_PORTS, Layout, Mode, Service, Wishes

if TYPE_CHECKING:
    from tests.tenancy import Server

pytestmark = [pytest.mark.cloud, pytest.mark.slow]

WISHES = Wishes(port_offset=20000, external_cidr="198.18.250.0/24")
OPTIONS = ("--port-offset", "20000", "--external", "198.18.250.0/24", "--json")
COMMAND = (sys.executable, "-W", "ignore", "-m", "orchestrator.cli.main", "cloud")
# The account without rights keeps one: to read the project and the interpreter, wherever they are installed.
WITHOUT_ROOT = (
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=-all,+dac_read_search",
    "--bounding-set=-all,+dac_read_search",
)


@pytest.fixture(scope="module")
def root(local_cloud: CloudAccess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The root of a second cloud, which is removed whatever happens; its parts are in the cache by now."""
    assert local_cloud.root is not None
    place = tmp_path_factory.mktemp("cloud") / "root"
    yield place
    localcloud.wipe(place)


@pytest.fixture(scope="module")
def access(root: Path) -> CloudAccess:
    """The second cloud, running."""
    info = localcloud.up(root, Settings().cache, wishes=WISHES)
    return CloudAccess(info.clouds_yaml, info.cloud, hosts=info.mode is Mode.HOSTS, root=root)


def _up(root: Path, prefix: Sequence[str] = (), **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*prefix, *COMMAND, "up", "--root", str(root), *OPTIONS],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )


@pytest.mark.parametrize("word", ["database answers", "keystone answers"])
def test_a_killed_up_is_mended_by_the_next(root: Path, word: str) -> None:
    """Kill -9 after the database, between services, and before the end: the next `up` brings the cloud up."""
    with _up(root) as command:
        assert command.stdout is not None
        for line in command.stdout:
            if word in line:
                break
        os.kill(command.pid, signal.SIGKILL)

    info = localcloud.up(root, Settings().cache)

    assert localcloud.status(root).ready
    assert info.endpoints[Service.KEYSTONE].endswith(str(STANDARD_PORTS[Service.KEYSTONE] + WISHES.port_offset))
    localcloud.down(root)


def test_half_a_database_is_made_anew(root: Path) -> None:
    """What a killed start left of its copy of the template does not count as a database."""
    layout = Layout(root)
    localcloud.down(root)
    layout.database.rename(layout.data / "mysql.partial")

    localcloud.up(root, Settings().cache)

    assert localcloud.status(root).ready
    assert not (layout.data / "mysql.partial").exists()


@pytest.mark.hosts
def test_down_leaves_nothing_running_and_up_brings_the_servers_back(
    root: Path, access: CloudAccess, tmp_path: Path
) -> None:
    """A stopped cloud holds no process, mount, device or namespace; started again, its servers answer as before."""
    key = make_key(tmp_path)
    with access.connection() as admin, Tenancy(admin, access, key) as tenant:
        server = tenant.boot("lasting")
        server.run("echo kept | sudo tee /etc/marker")

        localcloud.down(root)
        assert _traces(root) == []
        localcloud.up(root, Settings().cache)

        assert server.run("cat /etc/marker", patience_seconds=WAIT_SECONDS) == "kept"


def test_wipe_leaves_nothing_behind(root: Path, access: CloudAccess, tmp_path: Path) -> None:
    """With a server and an attached volume there, `down --wipe` leaves no process, mount, device, cgroup or file."""
    with access.connection() as admin:
        tenant = Tenancy(admin, access, make_key(tmp_path)).__enter__()
        server = tenant.boot("forgotten")
        _attach_volume(tenant, server)
        assert not access.hosts or _traces(root)
        tenant.api.close()

    done = subprocess.run([*COMMAND, "down", "--wipe", "--root", str(root), "--json"], check=True, capture_output=True)

    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["schema"], last["type"], last["made"]) == ("tenure/1", "cloud-status", False)
    assert _traces(root) == []
    assert not root.exists()
    assert not any(_listens(port + WISHES.port_offset) for port in STANDARD_PORTS.values())


def _attach_volume(tenant: Tenancy, server: Server) -> None:
    volume = tenant.api.block_storage.create_volume(size=1, name="data")
    tenant.api.block_storage.wait_for_status(volume, status="available", interval=0.2, wait=WAIT_SECONDS)
    tenant.api.compute.create_volume_attachment(server.id, volume_id=volume.id)
    tenant.api.block_storage.wait_for_status(volume, status="in-use", interval=0.2, wait=WAIT_SECONDS)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that an account without rights can reach; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="tenure-test-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


@pytest.mark.drops_root
def test_without_root_servers_exist_at_the_api_only(local_cloud: CloudAccess, open_folder: Path) -> None:
    """Started without root's rights, the command says what servers are then, and the API works all the same."""
    assert local_cloud.root is not None
    place = open_folder / "root"
    try:
        with _up(place, WITHOUT_ROOT, HOME=str(open_folder), TENURE_CACHE=str(Settings().cache)) as command:
            output, _ = command.communicate(timeout=300)
        lines = [json.loads(line) for line in output.splitlines()]
        assert command.returncode == 0, lines[-1]
        assert lines[-1]["mode"] == Mode.API_ONLY
        assert any("API only: not started as root" in line.get("text", "") for line in lines)
        access = CloudAccess(place / "clouds.yaml", localcloud.CLOUD_NAME, hosts=False, root=place)
        with access.connection() as admin, Tenancy(admin, access, make_key(open_folder)) as tenant:
            server = tenant.boot("paper")
            _attach_volume(tenant, server)
            assert tenant.api.compute.get_server(server.id).status == "ACTIVE"
    finally:
        localcloud.wipe(place)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _traces(root: Path) -> list[str]:
    """What the machine shows of a cloud, by other ways than the cloud's own; a process may need a moment to go."""
    end = time.monotonic() + 5
    while (found := _look(root)) and time.monotonic() < end:
        time.sleep(0.2)
    return found


def _look(root: Path) -> list[str]:
    layout = Layout(root)
    sources = {
        "mount": Path("/proc/self/mounts").read_text(),
        "namespace": _output("ip", "netns"),
        "device": _output("ip", "-br", "link"),
        "loop": _output("losetup", "--list", "--output", "NAME,BACK-FILE"),
    }
    marks = (f"{layout.root}/", layout.tag)
    found = [f"{what}: {line}" for what, text in sources.items() for line in text.splitlines() if _marked(line, marks)]
    groups = [str(path) for path in Path("/sys/fs/cgroup").glob(f"**/{layout.tag}")]
    return found + groups + _processes(str(layout.root)) + hosts.traces(layout)


def _marked(line: str, marks: Sequence[str]) -> bool:
    return any(mark in line for mark in marks)


def _output(*command: str) -> str:
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout


def _processes(mark: str) -> list[str]:
    """Live processes whose command line or environment names the root, but for this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if mark.encode() in words and folder.name != str(os.getpid()):
            found.append(f"process {folder.name}: {words[:200]!r}")
    return found
