"""An installation over fakes that follows a repository of a real Gitea, by real git and real records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from orchestrator.adapters.clock import real_now
from orchestrator.adapters.documents.environments import EnvironmentFiles
from orchestrator.adapters.git import GitRepository
from orchestrator.bootstrap_forge import origin_of
from orchestrator.domain.forge import PullCheck
from orchestrator.domain.merges import Merge
from orchestrator.domain.plan_comment_words import Language
from orchestrator.domain.records import Request
from orchestrator.ports import Records
from orchestrator.workflows.desired import Desired
from orchestrator.workflows.following import Rounds
from orchestrator.workflows.git_plan import GitCheck
from orchestrator.workflows.merged import lead_on
from orchestrator.workflows.pull_requests import GitPlanner, PullDesk
from tests.fakes.installation import Installation
from tests.fakes.previews import FakePreviews
from tests.forges.gitea_world import GiteaWorld
from tests.forges.world import INSIDER, REVIEWER, SERVICE
from tests.git import Written
from tests.integration.git.merging import ACCOUNTS
from tests.jobs import Control
from tests.tenancy_steps import EVENING, pass_hours

HOUR = timedelta(hours=1)


@dataclass
class LaterClock:
    """Real time, and what a test lets pass besides."""

    later: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        """Give the present instant."""
        return real_now() + self.later


@dataclass
class House:
    """What follows the repository, and what people do there.

    Attributes:
        written: A repository on this machine for what people do by git.
        clock: Of checks and merges.
    """

    world: GiteaWorld
    written: Written
    installation: Installation
    rounds: Rounds
    previews: FakePreviews
    clock: LaterClock

    @property
    def desired(self) -> Desired:
        """The branch that is followed."""
        return self.rounds.desired

    def main(self) -> str:
        """Bring the forge's branches to this machine; gives where the branch of desired state stands."""
        return self.world.bring(self.written)

    def merged(self, branch: str, files: dict[str, str | None]) -> int:
        """Have files proposed, checked, approved by the office, and merged."""
        number = self.world.open(INSIDER, branch, files)
        self.rounds.poll()
        self.world.approve(number, REVIEWER)
        self.world.merge(number)
        return number

    def carried_out(self) -> None:
        """Look, and let everything happen that follows by itself until the next window is over."""
        self.rounds.poll()
        self.installation.run_all()
        lead_on(self.desired)
        pass_hours(self.installation, EVENING)
        lead_on(self.desired)

    def check(self, number: int) -> PullCheck:
        """Give the newest check of a pull request."""
        with self.installation.records.read() as tx:
            found = tx.pulls.find("gitea", number)
        assert found is not None
        return found

    def merges(self) -> list[Merge]:
        """Give every merge on record, oldest first."""
        with self.installation.records.read() as tx:
            return list(reversed(tx.merges.list("gitea", limit=1000)))

    def requests(self) -> list[Request]:
        """Give every request on record, newest first."""
        with self.installation.records.read() as tx:
            return list(tx.requests.list(limit=1000))

    def checked(self, number: int) -> list[str]:
        """Give the heads of a pull request that were checked, in order."""
        with self.installation.records.read() as tx:
            entries = tx.audit.list(subject=f"gitea/{number}", limit=1000)
        return [str(entry.facts["head"]) for entry in entries if entry.action == "pull.checked"]

    def said(self, number: int, marker: str) -> list[str]:
        """Give the comments of the service user with a marker."""
        return [text for by, text in self.world.said(number) if by == SERVICE and marker in text]


def a_house(world: GiteaWorld, records: Records, folder: Path) -> House:
    """Give a house whose branch was followed from its first commit on; records are empty but for that."""
    installation, clock = Installation(records), LaterClock()
    mirror, reader = GitRepository(folder / "mirror", origin_of(world.settings)), EnvironmentFiles()
    previews = FakePreviews(installation.provisioner)
    planner = GitPlanner(GitCheck(installation.ports, mirror, reader, previews), Control())
    desk = PullDesk(world.forge, records, planner, "main", Language.EN, clock.now)
    desired = Desired(installation.ports, mirror, reader, world.forge, ACCOUNTS, "main", Language.EN, clock.now)
    house = House(world, Written(folder / "written"), installation, Rounds(desk, desired), previews, clock)
    house.rounds.poll()
    return house
