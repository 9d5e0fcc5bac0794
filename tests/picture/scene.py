"""What is photographed: a pull request on a real Gitea, checked by a real server against a real OpenStack."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.plan_comment import MARKER
from orchestrator.domain.plan_comment_words import PHRASES, Language, Say
from orchestrator.domain.records import Role
from tests.cloud import CloudAccess
from tests.e2e.desk import PEOPLE
from tests.e2e.server import LOCAL_RANGES, Server, clean_server, wait_for
from tests.forges.gitea_world import GiteaTown, GiteaWorld
from tests.forges.world import INSIDER, REVIEWER, SERVICE
from tests.gitea import running_gitea

UNIT: Final = "museum"
STANDING: Final = f"{UNIT}-tickets-test"
NEW: Final = f"{UNIT}-collection-test"
MATERIAL: Final = ("construction-plan", "self-test-report", "resource-needs")


@dataclass(frozen=True)
class Scene:
    """A repository whose pull requests a server checks."""

    world: GiteaWorld
    server: Server

    def speak(self, language: Language) -> None:
        """Have the server say what it says in a language; started anew when it runs."""
        self.server.stop()
        self.server.variables["TENURE_FORGE_LANGUAGE"] = str(language)
        self.server.start()

    def make(self) -> None:
        """Have an environment stand that came by a pull request."""
        number = self.world.open(INSIDER, "tickets", {_path(STANDING): _file("tickets")})
        self.said(number, Language.EN)
        head = self.world.forge.pull_request(number).head
        wait_for("the check's end", lambda: self.world.statuses(head).get("tenure", None))
        self.world.approve(number, REVIEWER)
        self.world.merge(number)
        wait_for("the environment", self._stands)

    def propose(self) -> int:
        """Propose the end of the environment that stands, and a new one."""
        return self.world.open(INSIDER, "collection", {_path(STANDING): None, _path(NEW): _file("collection")})

    def ask_again(self, number: int) -> None:
        """Ask for the check once more."""
        self.world.say(number, INSIDER, "tenure plan")

    def said(self, number: int, language: Language) -> int:
        """Wait for the plan in a language; gives the comment's id."""
        title = PHRASES[Say.TITLE].zh if language is Language.ZH else PHRASES[Say.TITLE].en
        return wait_for(f"the plan in {language}", lambda: self._own(number, f"{MARKER}\n### {title} ·"))

    def _own(self, number: int, begin: str) -> int | None:
        url, path = self.world.settings.url, self.world.path
        notes = httpx.get(f"{url}/api/v1/repos/{path}/issues/{number}/comments", timeout=30).raise_for_status().json()
        return next((note["id"] for note in notes if note["user"]["login"] == SERVICE and begin in note["body"]), None)

    def _stands(self) -> bool:
        with self.server.installation.records.read() as tx:
            found = tx.environments.find(STANDING)
        return found is not None and found.state is EnvironmentState.READY


@contextmanager
def scene(folder: Path, cloud: CloudAccess) -> Iterator[Scene]:
    """Give the scene; what it made in the cloud goes with it."""
    (folder / "gitea").mkdir()
    with running_gitea(folder / "gitea") as gitea, clean_server(folder / "home", cloud) as server:
        world = GiteaTown.founded(gitea).world()
        secret = secrets.token_hex(16)
        server.variables |= _forge(world, secret, _people(folder / "accounts.yaml"))
        server.start()
        world.send_deliveries_to(f"{server.url}/hooks/forge/gitea", secret)
        yield Scene(world, server)
        world.forge.close()


def _forge(world: GiteaWorld, secret: str, accounts: Path) -> dict[str, str]:
    return {
        "TENURE_FORGE": "gitea",
        "TENURE_FORGE_URL": world.settings.url,
        "TENURE_FORGE_REPOSITORY": world.path,
        "TENURE_FORGE_TOKEN": world.settings.token,
        "TENURE_FORGE_SECRET": secret,
        "TENURE_FORGE_ACCOUNTS": str(accounts),
        "TENURE_FORGE_LANGUAGE": str(Language.EN),
        "TENURE_FORGE_POLL_SECONDS": "3",
    }


def _people(file: Path) -> Path:
    people = {INSIDER: Role.UNIT, REVIEWER: Role.OFFICE}
    accounts = [{"account": name, "name": PEOPLE[role], "roles": [str(role)]} for name, role in people.items()]
    file.write_text(json.dumps({"accounts": accounts}), encoding="utf-8")
    return file


def _path(environment: str) -> str:
    return f"environments/{environment}.yaml"


def _file(system: str) -> str:
    material = "".join(
        f"  - {{kind: {kind}, name: {kind}.pdf, sha256: {f'{number}a' * 32}}}\n" for number, kind in enumerate(MATERIAL)
    )
    return (
        f"unit: {UNIT}\nsystem: {system}\nreason: test before migration\nstage: test\nclassified: false\nmlps: 2\n"
        f"material:\n{material}environment:\n  blueprint: single-host\n  network: {{cidr: 10.20.0.0/24}}\n"
        f"  access_from: [{', '.join(LOCAL_RANGES)}]\n"
    )
