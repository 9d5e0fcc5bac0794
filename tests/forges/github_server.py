"""A small server in the form of GitHub's documented REST API (version 2022-11-28), as far as the adapter asks.

It shows that the adapter reads and writes these forms. It is not the forge itself: what that does beyond its
documentation is not shown here.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

from tests.forges.model import ForgeModel, Judged, Note, Pull
from tests.forges.serving import TOKEN, Answer, Asked, Handler, page_of, route
from tests.forges.world import REPOSITORY, SERVICE

ROOT = "/api/v3"
HERE = f"{ROOT}/repos/{REPOSITORY}"


class GithubServer:
    """Answers for one repository.

    Attributes:
        url: Where it is served; the answers name further addresses below it.
        asked: Method and path of each call.
    """

    def __init__(self, model: ForgeModel) -> None:
        self.model = model
        self.url = ""
        self.asked: list[str] = []
        self._trees: dict[str, dict[str, str]] = {}

    def application(self) -> Starlette:
        """Give the routes."""
        number, sha = "{number:int}", "{sha:str}"
        return Starlette(
            routes=[
                self._route("GET", f"{ROOT}/user", lambda _: {"login": SERVICE}),
                self._route("GET", f"{HERE}/pulls", self._list),
                self._route("POST", f"{HERE}/pulls", self._open),
                self._route("GET", f"{HERE}/pulls/{number}", lambda asked: self._pull(self._asked_pull(asked))),
                self._route("PATCH", f"{HERE}/pulls/{number}", self._change),
                self._route("GET", f"{HERE}/pulls/{number}/reviews", self._reviews),
                self._route("GET", f"{HERE}/collaborators/{{name:str}}/permission", self._permission),
                self._route("GET", f"{HERE}/commits/{sha}", lambda asked: self._commit(asked.path["sha"])),
                self._route("POST", f"{HERE}/statuses/{sha}", self._status),
                self._route("GET", f"{HERE}/issues/{number}", self._issue),
                self._route("GET", f"{HERE}/issues/{number}/comments", self._comments),
                self._route("POST", f"{HERE}/issues/{number}/comments", self._say),
                self._route("PATCH", f"{HERE}/issues/comments/{number}", self._edit),
                self._route("GET", f"{HERE}/branches/{{name:path}}", self._branch),
                self._route("GET", f"{HERE}/git/commits/{sha}", lambda asked: self._object(asked.path["sha"])),
                self._route("POST", f"{HERE}/git/trees", self._make_tree),
                self._route("POST", f"{HERE}/git/commits", self._make_commit),
                self._route("GET", f"{HERE}/git/ref/heads/{{name:path}}", self._ref),
                self._route("PATCH", f"{HERE}/git/refs/heads/{{name:path}}", self._move_ref),
                self._route("POST", f"{HERE}/git/refs", self._make_ref),
            ]
        )

    def _route(self, method: str, path: str, handler: Handler) -> Route:
        return route(method, path, handler, self.asked, ("authorization", f"token {TOKEN}"))

    def _list(self, asked: Asked) -> Answer:
        query = asked.query
        found = [each for each in self.model.pulls.values() if query.get("state") == "all" or each.open]
        if "head" in query:
            found = [each for each in found if f"{REPOSITORY.split('/')[0]}:{each.branch}" == query["head"]]
        if query.get("sort") == "updated":
            found.sort(key=lambda each: each.updated, reverse=query.get("direction") == "desc")
        return page_of([row for each in found if (row := self._pull(each))], query)

    def _open(self, asked: Asked) -> Answer:
        pull = self.model.open_pull(SERVICE, asked.body["head"], asked.body["base"])
        self.model.describe(pull, asked.body["title"], asked.body["body"])
        return self._pull(pull)

    def _change(self, asked: Asked) -> Answer:
        pull = self.model.pulls[asked.path["number"]]
        self.model.describe(pull, asked.body.get("title", pull.title), asked.body.get("body", pull.text))
        if asked.body.get("state") == "closed":
            self.model.close(pull)
        return self._pull(pull)

    def _asked_pull(self, asked: Asked) -> Pull | None:
        return self.model.pulls.get(asked.path["number"])

    def _pull(self, pull: Pull | None) -> dict[str, Any] | None:
        if pull is None:
            return None
        fork = {"id": 2, "full_name": f"{pull.by}/environments"} if pull.forked else {"id": 1, "full_name": REPOSITORY}
        return {
            "url": f"{self.url}{HERE}/pulls/{pull.number}",
            "issue_url": f"{self.url}{HERE}/issues/{pull.number}",
            "number": pull.number,
            "state": "open" if pull.open else "closed",
            "title": pull.title,
            "body": pull.text,
            "user": {"login": pull.by},
            "head": {"ref": pull.branch, "sha": pull.head, "repo": fork},
            "base": {"ref": pull.base, "sha": self.model.branches[pull.base], "repo": {"id": 1}},
            # Before a merge GitHub shows the commit of a merge that it only tried.
            "merge_commit_sha": pull.merge_commit or "7" * 40,
            "merged_at": _text(pull.merged_at),
            "updated_at": _text(pull.updated),
        }

    def _reviews(self, asked: Asked) -> Answer:
        pull = self._asked_pull(asked)
        return None if pull is None else page_of([_review(each) for each in pull.reviews], asked.query)

    def _permission(self, asked: Asked) -> Answer:
        name = asked.path["name"]
        known = {*self.model.writers, "zhao"}
        if name not in known:
            return None
        return {"permission": "write" if name in self.model.writers else "read", "user": {"login": name}}

    def _commit(self, sha: str) -> dict[str, Any]:
        return {"sha": sha, "url": f"{self.url}{HERE}/commits/{sha}", "commit": self._object(sha)}

    def _object(self, sha: str) -> dict[str, Any]:
        tree = self._tree(self.model.trees[sha])
        return {"sha": sha, "url": f"{self.url}{HERE}/git/commits/{sha}", "tree": {"sha": tree}}

    def _tree(self, tree: dict[str, str]) -> str:
        sha = hashlib.sha1(json.dumps(tree, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
        self._trees[sha] = tree
        return sha

    def _status(self, asked: Asked) -> Answer:
        body = asked.body
        self.model.set_status(asked.path["sha"], body["context"], body["state"], body["description"])
        return {"state": body["state"], "context": body["context"]}

    def _issue(self, asked: Asked) -> Answer:
        number = asked.path["number"]
        return {"number": number, "url": f"{self.url}{HERE}/issues/{number}"}

    def _comments(self, asked: Asked) -> Answer:
        pull = self._asked_pull(asked)
        since = asked.query.get("since", "")
        notes = [] if pull is None else [each for each in pull.notes if not each.system]
        return page_of([self._note(each) for each in notes if str(_text(each.updated)) >= since], asked.query)

    def _say(self, asked: Asked) -> Answer:
        return self._note(self.model.note(self.model.pulls[asked.path["number"]], SERVICE, asked.body["body"]))

    def _edit(self, asked: Asked) -> Answer:
        found = next(n for each in self.model.pulls.values() for n in each.notes if n.id == asked.path["number"])
        return self._note(self.model.edit(found, asked.body["body"]))

    def _note(self, note: Note) -> dict[str, Any]:
        return {
            "id": note.id,
            "url": f"{self.url}{HERE}/issues/comments/{note.id}",
            "user": {"login": note.by},
            "body": note.text,
            "created_at": _text(note.created),
            "updated_at": _text(note.updated),
        }

    def _branch(self, asked: Asked) -> Answer:
        sha = self.model.branches.get(asked.path["name"])
        return None if sha is None else {"name": asked.path["name"], "commit": self._commit(sha)}

    def _make_tree(self, asked: Asked) -> Answer:
        tree = dict(self._trees[asked.body["base_tree"]])
        for element in asked.body["tree"]:
            if element.get("content") is None:
                tree.pop(element["path"], None)
            else:
                tree[element["path"]] = element["content"]
        return {"sha": self._tree(tree)}

    def _make_commit(self, asked: Asked) -> Answer:
        return self._object(self.model.commit(self._trees[asked.body["tree"]], asked.body["parents"][0]))

    def _ref(self, asked: Asked) -> Answer:
        name = asked.path["name"]
        return None if name not in self.model.branches else self._ref_of(name)

    def _ref_of(self, name: str) -> dict[str, Any]:
        sha = self.model.branches[name]
        address = f"{self.url}{HERE}/git/refs/heads/{name}"
        return {"ref": f"refs/heads/{name}", "url": address, "object": {"sha": sha, "type": "commit"}}

    def _move_ref(self, asked: Asked) -> Answer:
        self.model.set_branch(asked.path["name"], asked.body["sha"])
        return self._ref_of(asked.path["name"])

    def _make_ref(self, asked: Asked) -> Answer:
        name = asked.body["ref"].removeprefix("refs/heads/")
        self.model.set_branch(name, asked.body["sha"])
        return self._ref_of(name)


def _review(review: Judged) -> dict[str, Any]:
    state = "APPROVED" if review.approved else "CHANGES_REQUESTED"
    return {
        "id": review.id,
        "user": {"login": review.by},
        "state": "DISMISSED" if review.withdrawn else state,
        "commit_id": review.commit,
        "submitted_at": _text(review.at),
    }


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")
