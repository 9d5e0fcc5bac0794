"""A repository of many environments on a real Gitea, and the records of an installation that knows all of them.

The environments are on record alone: nothing of them stands in the cloud, and nobody works on them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from orchestrator.adapters.documents.environments import EnvironmentFiles
from orchestrator.bootstrap import Installation
from orchestrator.domain.blueprint import resolve
from orchestrator.domain.declaration import Declaration
from orchestrator.domain.forge import ForgeKind
from orchestrator.domain.lifecycle import EnvironmentState, RequestState
from orchestrator.domain.merges import Followed
from orchestrator.domain.names import ManagedBy
from orchestrator.domain.records import Actor, DriftScan, Kind, Role
from orchestrator.ports import Transaction
from orchestrator.settings import HostEntry, Settings
from tests.bench.options import Options
from tests.forges.gitea_world import GiteaTown, GiteaWorld
from tests.forges.world import INSIDER, REVIEWER
from tests.git import Written, a_file
from tests.gitea import running_gitea
from tests.samples import a_request, an_environment

SYSTEM: Final = "system"
FIRST: Final = 1000
BRANCH: Final = "main"
FORGE: Final = "gitea"
SECRET: Final = "of-the-webhook-of-the-bench"
ASKED_BY: Final = Actor(name="li", role=Role.UNIT, door="git")


@dataclass
class City:
    """The repository, and the home of the installation that follows it.

    Attributes:
        files: Every file of its folder of environments, by path.
        commit: The newest one that was sent to it from here.
    """

    world: GiteaWorld
    written: Written
    home: Path
    files: dict[str, str]
    commit: str = ""

    @property
    def settings(self) -> Settings:
        """Settings of an installation in this home."""
        forge = self.world.settings
        return Settings(home=self.home, host_entry=HostEntry.NONE).model_copy(
            update={
                "forge": ForgeKind.GITEA,
                "forge_url": forge.url,
                "forge_repository": forge.repository,
                "forge_token": SecretStr(forge.token),
                "forge_accounts": self.home / "accounts.yaml",
            }
        )

    @property
    def variables(self) -> dict[str, str]:
        """The same as variables of a process; it looks by itself only when a webhook tells it to."""
        forge = self.world.settings
        return {
            "TENURE_HOST_ENTRY": str(HostEntry.NONE),
            "TENURE_FORGE": FORGE,
            "TENURE_FORGE_URL": forge.url,
            "TENURE_FORGE_REPOSITORY": forge.repository,
            "TENURE_FORGE_TOKEN": forge.token,
            "TENURE_FORGE_SECRET": SECRET,
            "TENURE_FORGE_ACCOUNTS": str(self.home / "accounts.yaml"),
            "TENURE_FORGE_POLL_SECONDS": "3600",
        }

    def move(self, branch: str = BRANCH) -> None:
        """Bring a commit to a branch that leaves every environment's file as it is."""
        before = self.world.bring(self.written)
        self.commit = self.written.commit({**self.files, "README.md": f"desired state after {before}\n"}, before)
        self.world.send(self.written, self.commit, branch)


@contextmanager
def a_city(folder: Path, options: Options) -> Iterator[City]:
    """Give a city whose branch was followed up to its newest commit."""
    names = [f"unit{number}" for number in range(FIRST, FIRST + options.files)]
    files = {f"environments/{unit}/{unit}-{SYSTEM}-test.yaml": a_file(unit, SYSTEM) for unit in names}
    with running_gitea(_made(folder / "gitea")) as gitea:
        city = City(GiteaTown.founded(gitea).world(), Written(folder / "written"), _made(folder / "home"), files)
        city.move()
        _name_people(city)
        _put_on_record(city, names)
        yield city
        city.world.forge.close()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, mode=0o700)
    return folder


def _name_people(city: City) -> None:
    people = {INSIDER: (ASKED_BY.name, Role.UNIT), REVIEWER: ("wang", Role.OFFICE)}
    accounts = [{"account": who, "name": name, "roles": [role]} for who, (name, role) in people.items()]
    (city.home / "accounts.yaml").write_text(json.dumps({"accounts": accounts}))


def _put_on_record(city: City, units: list[str]) -> None:
    """Let every environment be what its file says, the branch be followed, and the fleet have been looked at."""
    installation = Installation(city.settings)
    first = EnvironmentFiles().read(a_file(units[0], SYSTEM), "file").declaration
    now = datetime.now(UTC)
    with installation.records.transaction() as tx:
        for number, unit in enumerate(units):
            declared = first.model_copy(update={"unit": unit})
            _remember(tx, installation, declared, f"req-{number}", now)
        tx.followed.put(Followed(forge=FORGE, branch=BRANCH, commit=city.commit, at=now))
        tx.drift_scans.put(DriftScan(id="scan-bench", at=now, finished_at=now))
    installation.close()


def _remember(tx: Transaction, installation: Installation, declared: Declaration, request: str, now: datetime) -> None:
    submission = declared.submission(Kind.TEST)
    blueprint = installation.library.blueprint(declared.environment.blueprint)
    spec = resolve(submission, blueprint, request_id=request)
    facts = {"spec": spec, "content": submission.content, "content_digest": submission.digest}
    asked = {"state": RequestState.CLOSED, "environment": spec.name, "submitted_by": ASKED_BY, "submitted_at": now}
    standing = {"state": EnvironmentState.READY, "created_at": now, "ready_at": now, "managed_by": ManagedBy.GIT}
    tx.requests.add(a_request(request, **facts, **asked))
    tx.environments.add(an_environment(declared.unit, SYSTEM, spec=spec, request=request, **standing))
