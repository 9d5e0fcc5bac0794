"""What the repository lacks, environment by environment: the file that would say what the environment is.

A file that stands in git is somebody's word. It is behind only when another door has changed its environment after
that word was followed to its end; a wish that is under way, or was refused, is the file's to say. What a file cannot
say (a longer test period, a suspension) is on record and in no file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.declaration import Declaration, declared
from orchestrator.domain.drift import response, unmendable
from orchestrator.domain.errors import BadInputError, RefusedError, TenureError
from orchestrator.domain.file_fields import FileField, as_found, behind
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.merges import GIT_DOOR, Merge, MergeState
from orchestrator.domain.names import ManagedBy
from orchestrator.domain.proposal_words import ADDITION, CHANGE, FOUND, REMOVAL, Form, text, title
from orchestrator.domain.records import Drift, Environment, Kind, Request
from orchestrator.domain.rulebook import Response
from orchestrator.domain.submission import KINDS_WITH_WISH, Wish
from orchestrator.domain.tree import FOLDER, SUFFIX, ChangedFile
from orchestrator.ports import Transaction
from orchestrator.ports.repository import Written
from orchestrator.workflows.desired import Desired
from orchestrator.workflows.git_intent import intended, only_rules

STANDING: Final = frozenset({EnvironmentState.READY, EnvironmentState.EXPIRING})
AT_REST: Final = frozenset({MergeState.OVER, MergeState.NOTHING})
CHANGING: Final = KINDS_WITH_WISH | {Kind.PRODUCTION}
HOOK: Final = "hook:"


class Silence(StrEnum):
    """Why nothing is drafted."""

    AGREES = "agrees"
    """The repository says what is, as far as a file can."""
    LATER = "later"
    """Something is under way, or stands in a way that no request could follow; another round looks again."""


@dataclass(frozen=True)
class Draft:
    """What is to be proposed for one environment.

    Attributes:
        content: Of the file; None when it goes.
        digest: Of what the proposal is about: a later life of the same name is another matter.
    """

    environment: str
    path: str
    content: str | None
    digest: str
    title: str
    text: str


@dataclass(frozen=True)
class _Drafting:
    """One environment, and what git has of it.

    Attributes:
        file: Its file, if it has one.
        drifts: Where the cloud differs from it, those that somebody vouched for included.
    """

    desired: Desired
    environment: Environment
    file: ChangedFile | None
    drifts: tuple[Drift, ...]

    def done(self) -> Draft | Silence:
        state = self.environment.state
        if state is EnvironmentState.RETIRED:
            return self._ended()
        if state not in STANDING:
            return Silence.LATER
        try:
            return self._added() if self.file is None else self._brought_up(self.file)
        except TenureError:  # no request could lead there now; a file that cannot be read was refused and told
            return Silence.LATER

    def _ended(self) -> Draft | Silence:
        if self.file is None:
            return Silence.AGREES
        with self.desired.ports.records.read() as tx:
            requests = tx.requests.list(environment=self.environment.name)
            newest = self._newest_merge(tx)
        last_end = next((one for one in requests if one.kind is Kind.TERMINATE), None)
        left_behind = last_end is None or last_end.submitted_by.door != GIT_DOOR
        if not left_behind or _is_open(newest):
            return Silence.LATER
        return self._draft(REMOVAL, self.file.path, None)

    def _added(self) -> Draft | Silence:
        """Draft the file of an environment, when one says just what the environment is."""
        with self.desired.ports.records.read() as tx:
            found = self._declaration(tx)
        if found is None or not self._says_what_is(found):
            return Silence.LATER
        path = f"{FOLDER}/{self.environment.name}{SUFFIX}"
        return self._draft(ADDITION, path, self.desired.reader.write(found))

    def _declaration(self, tx: Transaction) -> Declaration | None:
        """Give what the newest request with a wish said; who manages it is on record, or the door of its founding."""
        requests = tx.requests.list(environment=self.environment.name)
        newest = self._newest(requests, KINDS_WITH_WISH)
        if newest is None:
            return None
        founded_by = tx.requests.get(self.environment.request).submitted_by.door
        by_door = ManagedBy.HOOK if founded_by.startswith(HOOK) else ManagedBy.GIT
        return declared(newest.content, self.environment.stage, self.environment.managed_by or by_door)

    def _brought_up(self, file: ChangedFile) -> Draft | Silence:
        with self.desired.ports.records.read() as tx:
            requests = tx.requests.list(environment=self.environment.name)
        last = self._newest(requests, CHANGING)
        if self._is_as_git_asked(last):
            return Silence.AGREES
        with self.desired.ports.records.read() as tx:
            merge = self._newest_merge(tx)
        if _is_open(merge):
            return Silence.LATER
        written = self._written(file)
        elsewhere = last is not None and _came_after(last, merge, requests)
        wish = self._newest(requests, KINDS_WITH_WISH) if elsewhere else None
        fields = self._behind(written.declaration, wish)
        if not fields:
            return self._found(file, written)
        content = written.amended(fields)
        if not self._says_what_is(self.desired.reader.read(content, file.path).declaration):
            return Silence.LATER
        return self._draft(CHANGE, file.path, content, fields)

    def _is_as_git_asked(self, last: Request | None) -> bool:
        """Whether nothing but git has had a part in it: then its file, which nobody has to read, says what is."""
        by_git = last is not None and last.submitted_by.door == GIT_DOOR
        return by_git and self.environment.managed_by is not ManagedBy.HOOK and not self.drifts

    def _behind(self, file: Declaration, wish: Request | None) -> tuple[FileField, ...]:
        library = self.desired.ports.library
        names = {file.environment.blueprint}
        names |= set() if wish is None else {Wish.model_validate(wish.content["environment"]).blueprint}
        blueprints = {name: library.blueprint(name) for name in names}
        return behind(file, self.environment, None if wish is None else wish.content, blueprints)

    def _found(self, file: ChangedFile, written: Written) -> Draft | Silence:
        """Draft what the cloud shows, where the rulebook leaves the decision to people and a file can say it."""
        if written.declaration.managed_by is not ManagedBy.GIT or unmendable(self.drifts):
            return Silence.AGREES
        drifts = self._proposed_drifts()
        found = as_found(self.environment.spec, drifts)
        content = written.amended(found.fields)
        declaration = self.desired.reader.read(content, file.path).declaration
        if declaration == written.declaration or not self._may_be_asked(declaration):
            return Silence.AGREES
        occasions = [f"{drift.id}@{drift.found_at.isoformat()}" for drift in drifts]
        return self._draft(FOUND, file.path, content, found.fields, found.rest, occasions)

    def _proposed_drifts(self) -> tuple[Drift, ...]:
        """Give those that people were told of, with what a mend would do about them."""
        ports = self.desired.ports
        rules, now = ports.library.rulebook().drift, ports.clock.now()
        told = (drift for drift in self.drifts if drift.exact and drift.told_at and not drift.suppressed(now))
        return tuple(drift for drift in told if response(drift, rules) is Response.PROPOSE)

    def _may_be_asked(self, declaration: Declaration) -> bool:
        try:
            only_rules(self.desired.ports, declaration)
            return intended(self.desired.ports, declaration, "").submission is not None
        except (BadInputError, RefusedError):  # no file may say it: the notice of the drift names the mend
            return False

    def _newest(self, requests: tuple[Request, ...], kinds: frozenset[Kind]) -> Request | None:
        """Give the newest request of some kinds that the environment is what it is by."""
        return next((one for one in requests if one.kind in kinds and _brought_about(one, self.environment)), None)

    def _newest_merge(self, tx: Transaction) -> Merge | None:
        return next(iter(tx.merges.of_environment(self.desired.forge.name, self.environment.name)), None)

    def _written(self, file: ChangedFile) -> Written:
        blob = "" if file.after is None else file.after.blob
        return self.desired.reader.read(self.desired.repository.read(blob), file.path)

    def _says_what_is(self, declaration: Declaration) -> bool:
        return intended(self.desired.ports, declaration, "").submission is None

    def _draft(
        self,
        form: Form,
        path: str,
        content: str | None,
        fields: tuple[FileField, ...] = (),
        rest: tuple[Drift, ...] = (),
        occasions: list[str] | None = None,
    ) -> Draft:
        name, language = self.environment.name, self.desired.language
        about = [field.model_dump(mode="json") for field in fields] or content
        whole = json.dumps([self.environment.request, path, about, occasions], sort_keys=True)
        return Draft(
            environment=name,
            path=path,
            content=content,
            digest=hashlib.sha256(whole.encode()).hexdigest(),
            title=title(form, name, language),
            text=text(form, name, language, fields, rest),
        )


def draft_of(
    desired: Desired, environment: Environment, file: ChangedFile | None, drifts: Mapping[str, tuple[Drift, ...]]
) -> Draft | Silence:
    """Say what the repository lacks of an environment.

    Args:
        desired: The branch.
        environment: As it is on record.
        file: Its file as the branch has it.
        drifts: Where the cloud differs, by life of an environment.
    """
    return _Drafting(desired, environment, file, drifts.get(subject_of(environment), ())).done()


def _is_open(merge: Merge | None) -> bool:
    """Whether a merge is somebody's newer wish."""
    return merge is not None and merge.state not in AT_REST


def _brought_about(request: Request, environment: Environment) -> bool:
    """Whether an environment is what a request wanted; a promotion changes nothing but the stage."""
    return request.spec is not None and request.spec.model_copy(update={"stage": environment.stage}) == environment.spec


def _came_after(last: Request, merge: Merge | None, requests: tuple[Request, ...]) -> bool:
    """Whether what the environment is came by another door, and after what the file asked for last."""
    if last.submitted_by.door == GIT_DOOR:
        return False
    ids = [one.id for one in requests]
    asked = merge.request if merge is not None else ""
    return asked not in ids or ids.index(last.id) < ids.index(asked)
