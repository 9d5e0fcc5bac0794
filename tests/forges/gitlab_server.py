"""A small server in the form of GitLab's documented REST API (v4), as far as the adapter asks.

It shows that the adapter reads and writes these forms. It is not the forge itself: what that does beyond its
documentation is not shown here.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

from tests.forges.model import ForgeModel, Note, Pull
from tests.forges.serving import TOKEN, Answer, Asked, Handler, page_of, route
from tests.forges.world import OUTSIDER, SERVICE

ROOT = "/api/v4"
PROJECT = f"{ROOT}/projects/{{project:path}}"
REQUEST = f"{PROJECT}/merge_requests/{{number:int}}"
REPORTER, DEVELOPER = 20, 30


class GitlabServer:
    """Answers for one project.

    Attributes:
        asked: Method and path of each call.
    """

    def __init__(self, model: ForgeModel) -> None:
        self.model = model
        self.asked: list[str] = []

    def application(self) -> Starlette:
        """Give the routes; those with more parts first, since a project's path may have any number of them."""
        return Starlette(
            routes=[
                self._route("GET", f"{ROOT}/user", lambda _: {"id": 1, "username": SERVICE}),
                self._route("GET", f"{REQUEST}/versions", self._versions),
                self._route("GET", f"{REQUEST}/approvals", self._approvals),
                self._route("GET", f"{REQUEST}/notes", self._notes),
                self._route("POST", f"{REQUEST}/notes", self._say),
                self._route("PUT", f"{REQUEST}/notes/{{note:int}}", self._edit),
                self._route("GET", REQUEST, lambda asked: self._request(self._asked_pull(asked))),
                self._route("PUT", REQUEST, self._change),
                self._route("GET", f"{PROJECT}/merge_requests", self._list),
                self._route("POST", f"{PROJECT}/merge_requests", self._open),
                self._route("GET", f"{PROJECT}/members/all", self._members),
                self._route("POST", f"{PROJECT}/statuses/{{sha:str}}", self._status),
                self._route("GET", f"{PROJECT}/repository/files/{{file:path}}", self._file),
                self._route("POST", f"{PROJECT}/repository/commits", self._commit),
            ]
        )

    def _route(self, method: str, path: str, handler: Handler) -> Route:
        return route(method, path, handler, self.asked, ("private-token", TOKEN))

    def _list(self, asked: Asked) -> Answer:
        query = asked.query
        found = [each for each in self.model.pulls.values() if query["state"] == "all" or each.open]
        if "updated_after" in query:
            since = datetime.fromisoformat(query["updated_after"])
            found = [each for each in found if each.updated >= since]
        if "source_branch" in query:
            wanted = (query["source_branch"], query["target_branch"])
            found = [each for each in found if (each.branch, each.base) == wanted]
        return page_of([row for each in found if (row := self._request(each))], query)

    def _open(self, asked: Asked) -> Answer:
        pull = self.model.open_pull(SERVICE, asked.body["source_branch"], asked.body["target_branch"])
        self.model.describe(pull, asked.body["title"], asked.body["description"])
        return self._request(pull)

    def _change(self, asked: Asked) -> Answer:
        pull = self.model.pulls[asked.path["number"]]
        self.model.describe(pull, asked.body.get("title", pull.title), asked.body.get("description", pull.text))
        if asked.body.get("state_event") == "close":
            self.model.close(pull)
        return self._request(pull)

    def _asked_pull(self, asked: Asked) -> Pull | None:
        return self.model.pulls.get(asked.path["number"])

    def _request(self, pull: Pull | None) -> dict[str, Any] | None:
        if pull is None:
            return None
        merged = pull.merge_commit is not None
        return {
            "id": 1000 + pull.number,
            "iid": pull.number,
            "state": "opened" if pull.open else "merged" if merged else "closed",
            "title": pull.title,
            "description": pull.text,
            "author": {"username": pull.by},
            "sha": pull.head,
            "source_branch": pull.branch,
            "target_branch": pull.base,
            "source_project_id": 2 if pull.forked else 1,
            "target_project_id": 1,
            "merge_commit_sha": pull.merge_commit,
            "squash_commit_sha": None,
            "updated_at": _text(pull.updated),
        }

    def _versions(self, asked: Asked) -> Answer:
        pull = self.model.pulls[asked.path["number"]]
        newest_first = reversed(list(enumerate(pull.versions, start=1)))
        rows = [{"id": id_, "head_commit_sha": sha, "created_at": _text(at)} for id_, (sha, at) in newest_first]
        return page_of(rows, asked.query)

    def _approvals(self, asked: Asked) -> Answer:
        newest = {each.by: each for each in self.model.pulls[asked.path["number"]].reviews}
        standing = [by for by, review in newest.items() if review.approved and not review.withdrawn]
        return {"approved_by": [{"user": {"username": by}} for by in standing]}

    def _notes(self, asked: Asked) -> Answer:
        notes = self.model.pulls[asked.path["number"]].notes
        return page_of([_note(each) for each in notes], asked.query)

    def _say(self, asked: Asked) -> Answer:
        return _note(self.model.note(self.model.pulls[asked.path["number"]], SERVICE, asked.body["body"]))

    def _edit(self, asked: Asked) -> Answer:
        notes = self.model.pulls[asked.path["number"]].notes
        return _note(self.model.edit(next(n for n in notes if n.id == asked.path["note"]), asked.body["body"]))

    def _members(self, asked: Asked) -> Answer:
        levels = dict.fromkeys(self.model.writers, DEVELOPER) | {OUTSIDER: REPORTER}
        found = [(name, level) for name, level in levels.items() if asked.query["query"] in name]
        return page_of([{"id": 1, "username": name, "access_level": level} for name, level in found], asked.query)

    def _status(self, asked: Asked) -> Answer:
        body, sha = asked.body, asked.path["sha"]
        self.model.set_status(sha, body["name"], body["state"], body["description"])
        return {"name": body["name"], "status": body["state"]}

    def _file(self, asked: Asked) -> Answer:
        text = self.model.trees[self.model.branches[asked.query["ref"]]].get(asked.path["file"])
        if text is None:
            return None
        return {"file_path": asked.path["file"], "content": base64.b64encode(text.encode()).decode()}

    def _commit(self, asked: Asked) -> Answer:
        body = asked.body
        files = {action["file_path"]: action.get("content") for action in body["actions"]}
        sha = self.model.move(body["branch"], files, body.get("start_branch", body["branch"]))
        return {"id": sha}


def _note(note: Note) -> dict[str, Any]:
    return {
        "id": note.id,
        "author": {"username": note.by},
        "body": note.text,
        "system": note.system,
        "created_at": _text(note.created),
        "updated_at": _text(note.updated),
    }


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
