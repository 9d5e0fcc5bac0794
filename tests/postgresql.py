"""A private PostgreSQL for tests: its own folder, its own user, a unix socket and no port."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from orchestrator.domain.errors import MissingPartError, OperationFailedError

__all__ = ["postgresql_server", "running_cluster"]

PORT = 5432
"""Only the name of the socket: nothing listens on the network."""
START_SECONDS = 60
LOCALE = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US-u-ka-shifted"]
"""A locale that overlooks hyphens when it sorts, as those of real servers may."""


def server_program(name: str) -> str:
    """Give a program of the newest PostgreSQL server on this machine; MissingPartError says how to get one."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parent.parent.name))
    found = versions[-1] if versions else shutil.which(name)
    if found is None:
        raise MissingPartError(
            "PostgreSQL's server is not installed", hint="as root: tools/install-postgresql.sh (Debian, Ubuntu)"
        )
    return str(found)


class Cluster:
    """A running server.

    Attributes:
        folder: Holds its data, its log and its socket.
    """

    def __init__(self, folder: Path, user: str) -> None:
        self.folder = folder
        self.user = user

    def url(self, database: str) -> str:
        """Give the SQLAlchemy URL of a database."""
        return f"postgresql://{self.user}@/{database}?host={quote(str(self.folder))}&port={PORT}"

    def create(self, database: str) -> str:
        """Make an empty database and give its URL."""
        self._run("createdb", "-h", str(self.folder), "-p", str(PORT), "-U", self.user, database)
        return self.url(database)

    def initialise(self) -> None:
        """Make the data folder."""
        self._run("initdb", "-D", str(self.folder / "data"), "-U", self.user, "--auth=trust", *LOCALE)

    @contextmanager
    def running(self, *settings: str) -> Iterator[None]:
        """Start the server, wait until it answers, and stop it at the end."""
        options = [*settings, "listen_addresses=", f"unix_socket_directories={self.folder}", f"port={PORT}"]
        command = [server_program("postgres"), "-D", str(self.folder / "data")]
        command += [word for option in options for word in ("-c", option)]
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, user=self._other_user, group=self._other_user)
        try:
            self._wait(process)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=START_SECONDS)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + START_SECONDS
        probe = [server_program("pg_isready"), "-q", "-h", str(self.folder), "-p", str(PORT)]
        while subprocess.run(probe, check=False).returncode != 0:
            if process.poll() is not None or time.monotonic() > end:
                raise OperationFailedError("PostgreSQL did not start", detail=(self.folder / "log").read_text())
            time.sleep(0.05)

    def _run(self, program: str, *arguments: str) -> None:
        command = [server_program(program), *arguments]
        who = self._other_user
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", user=who, group=who)
        if done.returncode != 0:
            raise OperationFailedError(f"{program} failed", detail=done.stdout + done.stderr)

    @property
    def _other_user(self) -> str | None:
        # PostgreSQL refuses to run as root.
        return self.user if os.geteuid() == 0 else None


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Cluster]:
    """Give a server of our own for the whole run, which need not survive a power cut."""
    with running_cluster("fsync=off") as cluster:
        yield cluster


@contextmanager
def running_cluster(*settings: str) -> Iterator[Cluster]:
    """Give a server of our own with settings such as ``fsync=off``; it is stopped and its folder removed at the end."""
    server_program("initdb")
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    # A socket's path has at most 107 letters, so that the folder cannot be one of pytest's.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        shutil.chown(name, user)
        cluster = Cluster(Path(name), user)
        cluster.initialise()
        with cluster.running(*settings):
            yield cluster
