"""A repository on the real Gitea, and what people do there by its API."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from orchestrator.adapters.forge import ForgeSettings, open_forge
from orchestrator.bootstrap_forge import origin_of
from orchestrator.domain.forge import ForgeKind
from tests.forges.world import INSIDER, OUTSIDER, REVIEWER, SERVICE, Told
from tests.git import Written
from tests.gitea import Account, Gitea, ask

OWNER = "city"


@dataclass
class GiteaTown:
    """The people of a Gitea, who work in many repositories."""

    gitea: Gitea
    people: dict[str, Account]
    repositories: int = 0

    @classmethod
    def founded(cls, gitea: Gitea) -> GiteaTown:
        """Make the accounts and the organisation."""
        with gitea.as_account(gitea.keeper) as keeper:
            ask(keeper, "POST", "orgs", {"username": OWNER})
        return cls(gitea, {name: gitea.make_account(name) for name in (SERVICE, INSIDER, REVIEWER, OUTSIDER)})

    def world(self) -> GiteaWorld:
        """Make a repository of one's own."""
        self.repositories += 1
        name = f"environments-{self.repositories}"
        with self.gitea.as_account(self.gitea.keeper) as keeper:
            ask(keeper, "POST", f"orgs/{OWNER}/repos", {"name": name, "auto_init": True, "default_branch": "main"})
            for person in (SERVICE, INSIDER, REVIEWER):
                ask(keeper, "PUT", f"repos/{OWNER}/{name}/collaborators/{person}", {"permission": "write"})
        return GiteaWorld(self, name)


@dataclass
class GiteaWorld:
    """Implements :class:`tests.forges.world.World`."""

    town: GiteaTown
    name: str
    heads: dict[int, tuple[str, str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Open the adapter."""
        self.path = f"{OWNER}/{self.name}"
        url, token = self.town.gitea.url, self.town.people[SERVICE].token
        self.settings = ForgeSettings("gitea", ForgeKind.GITEA, url, self.path, token)
        self.forge = open_forge(self.settings)

    def send_deliveries_to(self, url: str, secret: str) -> None:
        """Let Gitea call a webhook for everything that happens in this repository."""
        config = {"url": url, "content_type": "json", "secret": secret}
        events = ["push", "pull_request", "pull_request_sync", "pull_request_review", "pull_request_comment"]
        body = {"type": "gitea", "active": True, "config": config, "events": [*events, "issue_comment"]}
        with self._as("keeper") as keeper:
            ask(keeper, "POST", f"repos/{self.path}/hooks", body)

    def hide(self) -> None:
        """Let nobody but its people see the repository."""
        with self._as("keeper") as keeper:
            ask(keeper, "PATCH", f"repos/{self.path}", {"private": True})

    def _as(self, name: str) -> httpx.Client:
        gitea = self.town.gitea
        return gitea.as_account(self.town.people.get(name, gitea.keeper))

    def open(self, by: str, branch: str, files: Mapping[str, str | None]) -> int:
        """Propose files for ``main``; a text of None removes one."""
        path = self.path
        with self._as(by) as person:
            if by == OUTSIDER:
                path = f"{OUTSIDER}/{self.name}"
                ask(person, "POST", f"repos/{self.path}/forks", {})
            self._commit(person, path, {"branch": "main", "new_branch": branch}, files)
        return self.propose(by, path, branch)

    def propose(self, by: str, path: str, branch: str) -> int:
        """Open a pull request for a branch that is there, in this repository or in a fork of it."""
        head = branch if path == self.path else f"{by}:{branch}"
        with self._as(by) as person:
            made = ask(person, "POST", f"repos/{self.path}/pulls", {"base": "main", "head": head, "title": branch})
        self.heads[made["number"]] = (by, path, branch)
        return int(made["number"])

    def send(self, written: Written, commit: str, branch: str) -> None:
        """Push a commit by git as the service user, by force: what is too large for the API, or writes history anew."""
        origin = origin_of(self.settings)
        ref = f"{commit}:refs/heads/{branch}"
        written.git("push", "--quiet", "--force", origin.url, ref, given=b"", **origin.environment)

    def bring(self, written: Written) -> str:
        """Bring every branch to a repository of this machine by git; gives where ``main`` stands."""
        origin = origin_of(self.settings)
        written.git("fetch", "--quiet", origin.url, "+refs/heads/*:refs/heads/*", given=b"", **origin.environment)
        return written.git("rev-parse", "refs/heads/main")

    def push(self, number: int, files: dict[str, str]) -> str:
        """Add a commit."""
        by, path, branch = self.heads[number]
        with self._as(by) as person:
            return self._commit(person, path, {"branch": branch}, files)

    def approve(self, number: int, by: str) -> None:
        """Approve the newest commit."""
        self._review(number, by, "APPROVED")

    def object(self, number: int, by: str) -> None:
        """Ask for changes."""
        self._review(number, by, "REQUEST_CHANGES")

    def withdraw(self, number: int, by: str) -> None:
        """Dismiss the newest judgement."""
        with self._as("keeper") as keeper:
            reviews = ask(keeper, "GET", f"repos/{self.path}/pulls/{number}/reviews")
            newest = [each["id"] for each in reviews if each["user"]["login"] == by][-1]
            body = {"message": "taken back"}
            ask(keeper, "POST", f"repos/{self.path}/pulls/{number}/reviews/{newest}/dismissals", body)

    def merge(self, number: int) -> str:
        """Merge; Gitea has to find out first whether it can."""
        with self._as(REVIEWER) as person:
            response = person.post(f"repos/{self.path}/pulls/{number}/merge", json={"Do": "merge"})
            while response.status_code == httpx.codes.METHOD_NOT_ALLOWED:
                response = person.post(f"repos/{self.path}/pulls/{number}/merge", json={"Do": "merge"})
            assert response.is_success, response.text
            return str(ask(person, "GET", f"repos/{self.path}/pulls/{number}")["merge_commit_sha"])

    def close(self, number: int) -> None:
        """Close without a merge."""
        with self._as(REVIEWER) as person:
            ask(person, "PATCH", f"repos/{self.path}/pulls/{number}", {"state": "closed"})

    def described(self, number: int) -> tuple[str, str]:
        """Give title and text of a pull request."""
        with self._as(REVIEWER) as person:
            found = ask(person, "GET", f"repos/{self.path}/pulls/{number}")
        return found["title"], found["body"]

    def say(self, number: int, by: str, text: str) -> None:
        """Write a comment."""
        with self._as(by) as person:
            ask(person, "POST", f"repos/{self.path}/issues/{number}/comments", {"body": text})

    def said(self, number: int) -> list[tuple[str, str]]:
        """Give author and text of every comment."""
        with self._as("keeper") as keeper:
            found = ask(keeper, "GET", f"repos/{self.path}/issues/{number}/comments")
        return [(each["user"]["login"], each["body"]) for each in found]

    def statuses(self, commit: str) -> dict[str, Told]:
        """Give what stands beside a commit."""
        with self._as("keeper") as keeper:
            found = ask(keeper, "GET", f"repos/{self.path}/commits/{commit}/status")["statuses"]
        return {each["context"]: Told(each["status"] == "success", each["description"]) for each in found}

    def content(self, branch: str, path: str) -> str | None:
        """Give a file of a branch."""
        with self._as("keeper") as keeper:
            response = keeper.get(f"repos/{self.path}/contents/{path}", params={"ref": branch})
        return base64.b64decode(response.json()["content"]).decode() if response.is_success else None

    def _review(self, number: int, by: str, event: str) -> None:
        with self._as(by) as person:
            head = ask(person, "GET", f"repos/{self.path}/pulls/{number}")["head"]["sha"]
            body = {"event": event, "commit_id": head, "body": "looked at"}
            ask(person, "POST", f"repos/{self.path}/pulls/{number}/reviews", body)

    def _commit(self, person: httpx.Client, path: str, start: dict[str, str], files: Mapping[str, str | None]) -> str:
        operations = [self._operation(person, path, start["branch"], *each) for each in files.items()]
        body = {**start, "message": "change", "files": operations}
        return str(ask(person, "POST", f"repos/{path}/contents", body)["commit"]["sha"])

    def _operation(
        self, person: httpx.Client, path: str, branch: str, file: str, content: str | None
    ) -> dict[str, str]:
        known: dict[str, str] = {"operation": "create"}
        with suppress(AssertionError):
            found = ask(person, "GET", f"repos/{path}/contents/{file}?ref={branch}")
            known = {"operation": "update", "sha": found["sha"]}
        if content is None:
            return {**known, "operation": "delete", "path": file}
        return {**known, "path": file, "content": base64.b64encode(content.encode()).decode()}
