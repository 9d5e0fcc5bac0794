"""A real Gitea for tests: on the loopback, in a folder of its own, gone with the tests."""

from __future__ import annotations

import os
import pwd
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from orchestrator.adapters.toolchain import ForgeTools, Toolchain
from orchestrator.domain.errors import OperationFailedError
from orchestrator.settings import Settings

START_SECONDS = 60
ADMIN = "keeper"
CONFIGURATION = """
APP_NAME = tests
RUN_USER = {user}
RUN_MODE = prod
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = {as_root}
WORK_PATH = {folder}

[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = {url}/
STATIC_ROOT_PATH = {static}
OFFLINE_MODE = true
DISABLE_SSH = true
LFS_START_SERVER = false

[database]
DB_TYPE = sqlite3
PATH = {folder}/gitea.db
SQLITE_JOURNAL_MODE = WAL

[repository]
ROOT = {folder}/repositories

[security]
INSTALL_LOCK = true
SECRET_KEY = {secret_key}
INTERNAL_TOKEN = {internal_token}
PASSWORD_HASH_ALGO = pbkdf2$1000$50

[service]
DISABLE_REGISTRATION = true

[webhook]
ALLOWED_HOST_LIST = loopback
DELIVER_TIMEOUT = 5

[indexer]
ISSUE_INDEXER_TYPE = db

[actions]
ENABLED = false

[packages]
ENABLED = false

[picture]
DISABLE_GRAVATAR = true

[cron]
ENABLED = false

[log]
MODE = file
LEVEL = warn
ROOT_PATH = {folder}/log
"""


@dataclass(frozen=True)
class Account:
    """Somebody with an account, and the token by which tests act for him."""

    name: str
    token: str = field(repr=False)


class Gitea:
    """A running Gitea.

    Attributes:
        url: Where it listens.
        keeper: Its administrator.
    """

    def __init__(self, folder: Path, tools: ForgeTools) -> None:
        self._folder = folder
        self._tools = tools
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._configure()
        self._gitea("migrate")
        token = self._gitea(
            *("admin", "user", "create", "--admin", "--username", ADMIN, "--email", f"{ADMIN}@forge.example"),
            *("--random-password", "--must-change-password=false"),
            *("--access-token", "--access-token-name", "tests", "--access-token-scopes", "all"),
        )
        self.keeper = Account(ADMIN, token.split()[-1])

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self._folder / "output").open("ab") as output:
            self._process = subprocess.Popen([*self._command(), "web"], stdout=output, stderr=output, cwd=self._folder)
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise OperationFailedError("Gitea did not start", detail=(self._folder / "output").read_text()[-2000:])
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it; what it holds stays, and it can be started again."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=START_SECONDS)
            self._process = None

    def as_account(self, account: Account) -> httpx.Client:
        """Give a client for what somebody does by the API."""
        headers = {"authorization": f"token {account.token}"}
        return httpx.Client(base_url=f"{self.url}/api/v1/", headers=headers, timeout=30)

    def make_account(self, name: str) -> Account:
        """Make an account with a token of its own."""
        password = secrets.token_urlsafe(16)
        facts = {
            "username": name,
            "email": f"{name}@forge.example",
            "password": password,
            "must_change_password": False,
        }
        with self.as_account(self.keeper) as keeper:
            ask(keeper, "POST", "admin/users", facts)
        with httpx.Client(base_url=f"{self.url}/api/v1/", auth=(name, password), timeout=30) as himself:
            made = ask(himself, "POST", f"users/{name}/tokens", {"name": "tests", "scopes": ["all"]})
        return Account(name, made["sha1"])

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/healthz", timeout=5).is_success
        except httpx.TransportError:
            return False

    def _configure(self) -> None:
        text = CONFIGURATION.format(
            user=pwd.getpwuid(os.geteuid()).pw_name,
            as_root=str(os.geteuid() == 0).lower(),
            folder=self._folder,
            port=self._port,
            url=self.url,
            static=self._tools.static,
            secret_key=secrets.token_hex(32),
            internal_token=self._gitea("generate", "secret", "INTERNAL_TOKEN").strip(),
        )
        (self._folder / "app.ini").write_text(text, encoding="utf-8")

    def _command(self) -> list[str]:
        # It ends with the tests even when these are killed.
        tied = ["setpriv", "--pdeathsig", "TERM", "--"]
        return [*tied, str(self._tools.gitea), "--config", str(self._folder / "app.ini")]

    def _gitea(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._command(), *arguments], check=False, capture_output=True, text=True, cwd=self._folder
        )
        if done.returncode != 0:
            raise OperationFailedError(f"gitea {arguments[0]} failed", detail=done.stdout + done.stderr)
        return done.stdout


@contextmanager
def running_gitea(folder: Path) -> Iterator[Gitea]:
    """Give a Gitea in a folder, which is built when this machine has none yet."""
    gitea = Gitea(folder, Toolchain(Settings().cache).forge(print))
    gitea.start()
    try:
        yield gitea
    finally:
        gitea.stop()


def ask(client: httpx.Client, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401  JSON values
    """Make a call that has to succeed, and give what it says."""
    response = client.request(method, path, json=body)
    assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
    return response.json() if response.content else {}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
