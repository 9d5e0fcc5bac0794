"""MariaDB of a local cloud: no network, a socket in a folder that only its owner enters."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from orchestrator.domain.errors import OperationFailedError
from tools.localcloud import commands
from tools.localcloud.processes import Process
from tools.localcloud.settings import Layout

SCHEMAS = ("keystone", "placement", "glance", "neutron", "nova_api", "nova", "nova_cell0", "cinder")
START_SECONDS = 60.0
STOP_SECONDS = 60.0
SOCKET_PATH_AT_MOST = 107
# Nothing here must survive a loss of power, so nothing waits for the disk. One file for all tables makes the
# thousand of them that the migrations create cheap.
OPTIONS = (
    "--no-defaults",
    "--skip-networking",
    "--skip-log-bin",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=0",
    "--innodb-file-per-table=0",
    "--innodb-buffer-pool-size=192M",
    "--innodb-log-file-size=64M",
    "--performance-schema=0",
    "--max-connections=400",
    "--character-set-server=utf8mb3",
    "--collation-server=utf8mb3_general_ci",
)


def process(layout: Layout) -> Process:
    """The server's process."""
    return Process(layout.run / "mariadb.lock")


def install(layout: Layout) -> None:
    """Make an empty database folder.

    Its administrator needs no password: only the owner of the cloud's root reaches the socket.
    """
    commands.run_logged(
        "making an empty database",
        [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={layout.database}",
            *_account(),
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--innodb-file-per-table=0",
        ],
        layout.log / "mariadb-install.log",
    )


def _account() -> list[str]:
    """As root, MariaDB wants to be told that it is meant so."""
    return ["--user=root"] if os.geteuid() == 0 else []


def start(layout: Layout) -> None:
    """Start the server, unless it runs, and wait until it answers.

    Raises:
        OperationFailedError: It does not answer in time.
    """
    if len(str(layout.socket)) > SOCKET_PATH_AT_MOST:
        raise OperationFailedError(
            "the path of the local cloud's root is too long for a socket",
            detail=f"{layout.socket} has more than {SOCKET_PATH_AT_MOST} characters",
            hint="choose a shorter one: tenure cloud up --root FOLDER",
        )
    server = process(layout)
    log = layout.log / "mariadb.log"
    program = commands.which("mariadbd") or "mariadbd"
    place = [f"--datadir={layout.database}", f"--socket={layout.socket}", *_account()]
    server.start([program, *OPTIONS, *place], {**os.environ, "PATH": commands.search_path()}, log)
    end = time.monotonic() + START_SECONDS
    while not answers(layout):
        if server.pid() is None or time.monotonic() > end:
            raise OperationFailedError("MariaDB does not start", detail=commands.tail(log))
        time.sleep(0.1)


def stop(layout: Layout) -> None:
    """Shut the server down cleanly."""
    process(layout).stop(STOP_SECONDS)


def sql(layout: Layout, statement: str) -> subprocess.CompletedProcess[str]:
    """Run SQL as the administrator."""
    return commands.attempt(
        "mariadb", "--no-defaults", f"--socket={layout.socket}", "--user=root", "-N", "-e", statement
    )


def answers(layout: Layout) -> bool:
    """Whether the server takes a query."""
    return layout.socket.exists() and sql(layout, "select 1").returncode == 0


def make_schemas(layout: Layout) -> None:
    """Create the empty schemas that the migrations fill."""
    for name in SCHEMAS:
        _must(layout, f"create database `{name}` character set utf8mb3")


def move_in(layout: Layout, template: Path) -> None:
    """Take over a copy of the template; it holds the path of the root that it was made in."""
    fresh = layout.database.with_name("mysql.partial")
    shutil.rmtree(fresh, ignore_errors=True)
    commands.run_logged(
        "copying the database", ["cp", "-a", "--sparse=always", template, fresh], layout.log / "mariadb-install.log"
    )
    fresh.rename(layout.database)


def point_cells_here(layout: Layout) -> None:
    """Nova keeps the addresses of its databases in a table."""
    for cell, name in (("cell0", "nova_cell0"), ("cell1", "nova")):
        url = f"mysql+pymysql://root@localhost/{name}?unix_socket={layout.socket}&charset=utf8"
        cells = "update nova_api.cell_mappings"
        _must(layout, f"{cells} set database_connection='{url}' where name='{cell}'")


def _must(layout: Layout, statement: str) -> None:
    done = sql(layout, statement)
    if done.returncode:
        raise OperationFailedError("the local cloud's database refused a statement", detail=done.stderr.strip())
