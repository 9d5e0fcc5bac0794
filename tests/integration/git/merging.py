"""A repository, a forge in memory beside it, and an installation that follows both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orchestrator.adapters.documents.environments import EnvironmentFiles
from orchestrator.adapters.git import GitRepository, Origin
from orchestrator.domain.merges import Account, Accounts, Merge, Reconciliation
from orchestrator.domain.plan_comment_words import Language
from orchestrator.domain.records import Request, Role
from orchestrator.workflows.desired import Desired
from orchestrator.workflows.git_plan import GitCheck
from orchestrator.workflows.merged import COMMENT, lead_on
from orchestrator.workflows.pull_requests import GitPlanner, PullDesk, look_at
from orchestrator.workflows.reconcile import reconcile
from tests.fakes.forge import FakeForge
from tests.fakes.installation import Installation
from tests.fakes.previews import FakePreviews
from tests.forges.model import ForgeModel, Judged
from tests.forges.world import INSIDER, OUTSIDER, REVIEWER, SERVICE
from tests.git import Written, a_file
from tests.jobs import Control
from tests.tenancy_steps import EVENING, pass_hours

NAME = "archives-catalogue-test"
PATH = f"environments/{NAME}.yaml"
ACCOUNTS = Accounts(
    accounts=(
        Account(account=INSIDER, name="li", roles=(Role.UNIT,)),
        Account(account=REVIEWER, name="wang", roles=(Role.OFFICE,)),
        Account(account=OUTSIDER, name="zhao", roles=(Role.PROVIDER,)),
    )
)
MATERIAL = """\
material:
  - {{kind: construction-plan, name: a.pdf, sha256: {digest}}}
  - {{kind: self-test-report, name: b.pdf, sha256: {digest}}}
  - {{kind: resource-needs, name: c.pdf, sha256: {digest}}}
""".format(digest="5a" * 32)


def wanted(hosts: int = 1, blueprint: str = "three-tier") -> str:
    """Give the file of an environment with so many web hosts, with all of its material."""
    text = a_file(extra=f"  roles: {{web: {{count: {hosts}}}}}\n" + MATERIAL)
    return text.replace("single-host", blueprint)


@dataclass
class House:
    """A repository, a forge in memory beside it, and an installation over fakes that follows both."""

    written: Written
    installation: Installation
    model: ForgeModel
    forge: FakeForge
    desk: PullDesk
    desired: Desired
    main: str = ""

    def push(self, files: dict[str, str], *parents: str) -> str:
        """Move the branch of desired state, past every review."""
        self.main = self.written.commit(files, *(parents or (self.main,)), branch="main")
        return self.main

    def propose(self, files: dict[str, str], by: str = INSIDER) -> int:
        """Open a pull request and let it be checked."""
        branch = f"change-{len(self.model.pulls) + 1}"
        head = self.written.commit(files, self.main, branch=branch)
        self.model.branches[branch] = head
        number = self.model.open_pull(by, branch, "main").number
        self.model.pulls[number].forked = False
        self.written.git("update-ref", f"refs/pull/{number}/head", head)
        look_at(self.desk, number)
        return number

    def approve(self, number: int, by: str = REVIEWER) -> None:
        """Approve the head of a pull request."""
        pull = self.model.pulls[number]
        pull.reviews.append(Judged(self.model.new_id(), by, approved=True, commit=pull.head, at=self.model.tick()))

    def merge(self, number: int, files: dict[str, str]) -> None:
        """Merge a pull request by a commit of both."""
        pull = self.model.pulls[number]
        pull.merge_commit = self.push(files, self.main, pull.head)
        pull.open, pull.merged_at, pull.updated = False, self.model.tick(), self.model.tick()

    def merged(self, files: dict[str, str], by: str = INSIDER) -> int:
        """Propose, approve and merge."""
        number = self.propose(files, by)
        self.approve(number)
        self.merge(number, files)
        return number

    def follow(self) -> Reconciliation:
        """Follow the branch once."""
        return reconcile(self.desired)

    def carried_out(self) -> None:
        """Follow the branch, and let everything happen that follows by itself until the next window is over."""
        self.follow()
        for _ in range(2):
            self.installation.run_all()
            lead_on(self.desired)
        pass_hours(self.installation, EVENING)
        lead_on(self.desired)

    def merges(self) -> list[Merge]:
        """Give every merge on record, oldest first."""
        with self.installation.records.read() as tx:
            return list(reversed(tx.merges.list("gitea")))

    def requests(self) -> list[Request]:
        """Give every request on record."""
        with self.installation.records.read() as tx:
            return list(tx.requests.list())

    def told(self, number: int) -> str:
        """Give what the pull request was told of its merge."""
        notes = [note.text for note in self.model.pulls[number].notes if note.by == SERVICE and COMMENT in note.text]
        return notes[-1] if notes else ""


def a_house(written: Written, installation: Installation, folder: Path) -> House:
    """Give a branch with nothing but a page on it, which has been followed."""
    model = ForgeModel(writers=(SERVICE, INSIDER, REVIEWER, OUTSIDER))
    forge = FakeForge(model)
    mirror = GitRepository(folder / "mirror", Origin(written.folder.as_uri()))
    reader, ports = EnvironmentFiles(), installation.ports
    check = GitCheck(ports, mirror, reader, FakePreviews(installation.provisioner))
    planner = GitPlanner(check, Control())
    desk = PullDesk(forge, ports.records, planner, "main", Language.EN, lambda: model.now)
    desired = Desired(ports, mirror, reader, forge, ACCOUNTS, "main", Language.EN, lambda: model.now)
    house = House(written, installation, model, forge, desk, desired)
    house.main = written.commit({"README.md": "desired state\n"}, branch="main")
    house.follow()
    return house
