"""The check of a range of commits: what changed is parsed, tried against every rule, and previewed; nothing is stored.

A pull request and a pipeline ask the same: which environments would change, what would happen to them, by which
request, until when, and who decides. Files that did not change are never read.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from orchestrator.domain.errors import (
    BadInputError,
    CancelledError,
    ConflictError,
    Diagnostic,
    RefusedError,
    Severity,
    TenureError,
)
from orchestrator.domain.git_plan import Depth, EnvironmentPlan, GitPlan, Standing
from orchestrator.domain.plan import Action, Plan
from orchestrator.domain.spec import Totals
from orchestrator.domain.tree import ChangedFile, TreeRule, sort_changes
from orchestrator.ports import Job, RunControl
from orchestrator.ports.repository import DeclarationReader, Previewer, Repository
from orchestrator.workflows.context import Ports
from orchestrator.workflows.git_dates import following_dates
from orchestrator.workflows.git_intent import (
    PROPOSED,
    Intent,
    declared_before,
    intended,
    named_well,
    only_rules,
    refuse_hooks_removal,
    termination,
)
from orchestrator.workflows.permissions import ALLOWED, Command

MOST_PREVIEWS = 50
"""Previews of one range; further environments are validated only, and told so."""

MOST_CHARACTERS = 4 * 1024 * 1024
"""Of all files of one range together; a thousand common ones have 400,000. Reading costs time that others wait for."""

REFUSALS = (BadInputError, RefusedError, ConflictError)
"""What asking again would not mend; everything else may be better in a moment."""


@dataclass(frozen=True)
class GitCheck:
    """What a check works with.

    Attributes:
        previews: Says what would happen in the cloud.
        at_once: How many previews run side by side (about 210 MB each).
    """

    ports: Ports
    repository: Repository
    reader: DeclarationReader
    previews: Previewer
    at_once: int = 2


def plan_range(check: GitCheck, base: str, head: str, depth: Depth, control: RunControl) -> GitPlan:
    """Say what a merge of ``head`` into ``base`` would do.

    What counts is what ``head`` has added since it left ``base``; what came to ``base`` meanwhile is not its doing.
    Faults of files are findings of the plan, never an exception.

    Raises:
        BadInputError: A revision does not exist, or the two have nothing in common.
        OperationFailedError: The repository can't be read.
        CancelledError: ``control`` said so.
    """
    repository = check.repository
    base_commit, head_commit = repository.commit(base), repository.commit(head)
    fork = repository.fork_point(base_commit, head_commit)
    changes = sort_changes(repository.changes(fork, head_commit), repository.paths(head_commit))
    overtaken = () if fork == base_commit else repository.changes(fork, base_commit)
    moved = {one.environment for one in sort_changes(overtaken, ()).files}
    with ThreadPoolExecutor(max_workers=check.at_once) as pool:
        work = _Work(check, control, head_commit, _Allowance(MOST_CHARACTERS))
        plans = tuple(pool.map(work.plan, changes.files, _depths(changes.files, depth)))
    return GitPlan(
        base=fork,
        head=head_commit,
        depth=depth,
        environments=plans,
        faults=(*changes.faults, *_overtaken(changes.files, moved), *_left_out(changes.files, depth)),
        made_at=check.ports.clock.now(),
    )


def _depths(files: tuple[ChangedFile, ...], depth: Depth) -> Iterator[Depth]:
    for index, _ in enumerate(files):
        yield depth if index < MOST_PREVIEWS else Depth.VALIDATE


def _left_out(files: tuple[ChangedFile, ...], depth: Depth) -> Iterator[Diagnostic]:
    if depth is Depth.PREVIEW and len(files) > MOST_PREVIEWS:
        yield Diagnostic(
            severity=Severity.WARNING,
            summary=f"{len(files)} environments change; the first {MOST_PREVIEWS} have a preview, the others none",
            rule="git/previews",
            hint="change fewer in one pull request, so that somebody can review it",
        )


def _overtaken(files: tuple[ChangedFile, ...], moved: set[str]) -> Iterator[Diagnostic]:
    for file in files:
        if file.environment in moved:
            yield Diagnostic(
                severity=Severity.WARNING,
                summary=f"{file.environment} has changed on the base since this branch left it",
                rule="git/overtaken",
                hint="bring the branch up to date: what is merged is what counts",
            )


class _Allowance:
    """How much is still read; used by several threads."""

    def __init__(self, characters: int) -> None:
        self._left = characters
        self._lock = threading.Lock()

    def take(self, text: str) -> str:
        """Give the text; raises RefusedError when it is more than there is room for."""
        with self._lock:
            self._left -= len(text)
            spent = self._left < 0
        if spent:
            summary = f"the files that change have more than {MOST_CHARACTERS} characters together"
            raise RefusedError(summary, rule=TreeRule.SIZE, hint="change fewer in one pull request")
        return text


@dataclass(frozen=True)
class _Work:
    """Plans one environment after the other; used by several threads."""

    check: GitCheck
    control: RunControl
    head: str
    allowance: _Allowance

    def plan(self, file: ChangedFile, depth: Depth) -> EnvironmentPlan:
        """Give the plan of one environment; what is wrong with it is told in its findings."""
        try:
            return self._planned(file, self._intent(file, depth), depth)
        except CancelledError:
            raise
        except REFUSALS as error:
            return _plan_of(file, standing=Standing.REFUSED, findings=error.diagnostics)
        except TenureError as error:
            return _plan_of(file, standing=Standing.FAILED, findings=error.diagnostics)

    def _intent(self, file: ChangedFile, depth: Depth) -> Intent:
        if file.after is None:
            refuse_hooks_removal(declared_before(self.check.repository, self.check.reader, file), file)
            return termination(self.check.ports, file.environment, depth)
        repository, reader = self.check.repository, self.check.reader
        written = reader.read(self.allowance.take(repository.read(file.after.blob)), file.path)
        try:
            named_well(written.declaration, file.environment)
            only_rules(self.check.ports, written.declaration)
            if depth is Depth.VALIDATE:
                return Intent()
            return intended(self.check.ports, written.declaration, self.head)
        except TenureError as error:
            raise written.locate(error) from None

    def _planned(self, file: ChangedFile, intent: Intent, depth: Depth) -> EnvironmentPlan:
        if depth is Depth.VALIDATE:
            return _plan_of(file, standing=Standing.VALID, findings=intent.notes)
        if intent.submission is None:
            return _plan_of(file, standing=Standing.SAME, findings=intent.notes)
        ports, submission = self.check.ports, intent.submission
        notes = (*intent.notes, *self._room(intent))
        return _plan_of(
            file,
            standing=Standing.PLANNED,
            kind=submission.kind,
            weight=intent.weight,
            content_digest=submission.digest,
            plan=self._preview(intent) if file.after is not None else _end_of(ports, intent),
            findings=notes,
            dates=following_dates(submission, ports.clock.now(), ports.library.rulebook(), ports.library.calendar()),
            approvers=() if intent.by_policy else tuple(ALLOWED[Command.REVIEW][0]),
        )

    def _room(self, intent: Intent) -> tuple[Diagnostic, ...]:
        """Compare with what the cloud has; raises RefusedError with everything that it lacks."""
        if intent.spec is None:
            return ()
        capacity = self.check.ports.inventory.check(intent.spec)
        if capacity.faults:
            raise RefusedError(capacity.faults[0].summary, diagnostics=capacity.faults)
        return tuple(note.model_copy(update={"severity": Severity.WARNING}) for note in capacity.notes)

    def _preview(self, intent: Intent) -> Plan | None:
        if intent.spec is None:
            return None
        job = Job(self.check.ports.ids.new(PROPOSED), intent.spec, self.control, lambda _: None)
        known = intent.environment is not None
        return self.check.previews.preview(job) if known else self.check.previews.preview_new(job)


def _plan_of(file: ChangedFile, **known: object) -> EnvironmentPlan:
    about = {"environment": file.environment, "change": file.change, "path": file.path, "path_before": file.path_before}
    return EnvironmentPlan.model_validate({**about, **known})


def _end_of(ports: Ports, intent: Intent) -> Plan | None:
    """Say what a termination takes away: everything that the newest plan on record knows."""
    environment = intent.environment
    if environment is None or not environment.plan_digest:
        return None
    with ports.records.read() as tx:
        newest = tx.operations.plan(environment.plan_digest)
    gone = (step for step in newest.steps if step.action is not Action.DELETE)
    nothing = dict.fromkeys(Totals.model_fields, 0)
    return Plan(
        environment=environment.name,
        spec=environment.spec,
        steps=tuple(step.model_copy(update={"action": Action.DELETE, "changed": (), "replaces": ()}) for step in gone),
        totals=Totals(**nothing),
        before=environment.spec.totals,
        made_at=ports.clock.now(),
    )
