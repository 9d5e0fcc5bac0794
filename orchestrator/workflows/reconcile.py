"""Following the branch of desired state: what was merged is asked for through the same door as by everybody else.

Each changed file becomes one request under a name that follows from the file and the reviewed commit, so a commit that
is followed twice, or again after a crash, asks once. Nothing is decided here: :mod:`orchestrator.workflows.merged`
takes approvals over. A removed file asks for the environment's end; nothing is ever deleted because a file is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from orchestrator.domain.errors import BadInputError, ConflictError, Diagnostic, Severity
from orchestrator.domain.forge import PullRequest, PullState
from orchestrator.domain.git_plan import CheckedEnvironment
from orchestrator.domain.merges import (
    Followed,
    Merge,
    MergeState,
    Reconciliation,
    applicant,
    approvals_of,
    merge_id,
)
from orchestrator.domain.records import Actor, Role
from orchestrator.domain.tree import ChangedFile, TreeEntry, sort_changes, stem
from orchestrator.ports import Transaction
from orchestrator.workflows.desired import FOLLOWER, Desired, ask, line_of
from orchestrator.workflows.git_intent import declared_before, refuse_hooks_removal
from orchestrator.workflows.manner import Manner
from orchestrator.workflows.notices import tell

EMPTY_TREES: Final = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
"""What git calls a tree without anything in it, by the length of its ids."""

ALL: Final = 2**31
"""A pull request may change so many files; what is merged is followed whole."""

MARGIN: Final = timedelta(days=1)
"""How much earlier than the last look pull requests are asked for: clocks of forges differ."""

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
UNSEEN: Final = TreeEntry(mode="", blob="")
"""Of a file that a pull request did not touch; that of one which it removed is None."""

REWRITTEN: Final = "git/rewritten"


class Rewrite(StrEnum):
    """What becomes of a branch whose history was written anew (a push by force)."""

    REFUSE = "refuse"
    ACCEPT = "accept"


def reconcile(
    desired: Desired, *, rewrite: Rewrite = Rewrite.REFUSE, manner: Manner = Manner.FOR_GOOD
) -> Reconciliation:
    """Ask for everything that came to the branch since it was followed last; the same commit twice is nothing new.

    Raises:
        BusyError: The forge is away; nothing was followed, the next look does it.
        ConflictError: The branch was written anew, and nobody has accepted that.
    """
    commit, followed = _newest(desired), _followed(desired)
    before = None if followed is None else followed.commit
    nothing = Reconciliation(forge=desired.forge.name, branch=desired.branch, before=before, commit=commit)
    if before == commit:
        return nothing
    if before is not None and rewrite is Rewrite.REFUSE:
        _refuse_rewritten(desired, before, commit)
    changes = desired.repository.changes(before or EMPTY_TREES[len(commit)], commit)
    found = sort_changes(changes, desired.repository.paths(commit), most=ALL)
    sources = tuple(_sources(desired, followed, commit))
    files = _as_they_went(desired, found.files, before, commit)
    wrong = {
        fault.place.file: fault.summary for fault in found.faults if fault.place and fault.severity is Severity.ERROR
    }
    merges = tuple(
        _merge(desired, file, commit, _source_of(file, sources), manner, wrong.get(file.path, "")) for file in files
    )
    done = nothing.model_copy(update={"merges": merges, "faults": found.faults})
    if manner is Manner.FOR_GOOD:
        _remember(desired, done)
    return done


def _newest(desired: Desired) -> str:
    ref = f"refs/heads/{desired.branch}"
    desired.repository.fetch((ref,))
    return desired.repository.commit(ref)


def _followed(desired: Desired) -> Followed | None:
    with desired.ports.records.read() as tx:
        return tx.followed.find(desired.forge.name, desired.branch)


def _refuse_rewritten(desired: Desired, before: str, commit: str) -> None:
    try:
        rewritten = desired.repository.fork_point(before, commit) != before
    except BadInputError:
        rewritten = True
    if rewritten:
        raise ConflictError(
            f"{desired.branch} was written anew: {before[:12]}, which was followed, is not in it any more",
            rule=REWRITTEN,
            detail="nothing of it is followed until somebody has looked at it",
            hint="tenure reconcile --dry-run --accept-rewrite shows what would be asked for",
        )


def _as_they_went(
    desired: Desired, files: tuple[ChangedFile, ...], before: str | None, commit: str
) -> tuple[ChangedFile, ...]:
    """Give removed files as they stood right before they went: one merge may change a file and the next remove it."""
    if before is None or all(file.after is not None for file in files):
        return files
    last = {stem(one.path): one for one in reversed(desired.repository.removals(before, commit))}
    return tuple(
        file.model_copy(update={"path": went.path, "before": went.before})
        if file.after is None and (went := last.get(file.environment)) is not None
        else file
        for file in files
    )


@dataclass(frozen=True)
class _Source:
    """A merged pull request: what it showed of each environment, who asks, and what its check promised."""

    pull: PullRequest
    shown: dict[str, TreeEntry | None]
    actor: Actor | None
    promised: dict[str, CheckedEnvironment]


def _sources(desired: Desired, followed: Followed | None, commit: str) -> Iterator[_Source]:
    """Give the pull requests that were merged since the last look, in the order of their merges."""
    since = BEGINNING if followed is None else followed.at - MARGIN
    merged = [one for one in desired.forge.changed_pull_requests(since) if one.state is PullState.MERGED]
    for pull in sorted(merged, key=lambda one: one.updated_at):
        if pull.base_branch == desired.branch and _is_new(desired, pull, followed, commit):
            yield _source(desired, pull, followed)


def _is_new(desired: Desired, pull: PullRequest, followed: Followed | None, commit: str) -> bool:
    """Whether the merge is in the branch now, and was not when it was followed last."""
    merged = str(pull.merge_commit)
    return _contains(desired, commit, merged) and not (followed and _contains(desired, followed.commit, merged))


def _contains(desired: Desired, commit: str, ancestor: str) -> bool:
    try:
        return desired.repository.fork_point(desired.repository.commit(ancestor), commit) == ancestor
    except BadInputError:
        return False


def _source(desired: Desired, pull: PullRequest, followed: Followed | None) -> _Source:
    desired.repository.fetch((desired.forge.head_ref(pull.number),))
    # A merge that only moved the branch has no parent that stands for the base.
    moved = pull.merge_commit == pull.head and followed is not None
    base = followed.commit if moved and followed else desired.repository.commit(f"{pull.merge_commit}^1")
    changes = desired.repository.changes(desired.repository.fork_point(base, pull.head), pull.head)
    files = sort_changes(changes, (), most=ALL).files
    approvals = approvals_of(desired.forge.reviews(pull.number), pull.head)
    with desired.ports.records.read() as tx:
        check = tx.pulls.find(desired.forge.name, pull.number)
    known = check.environments if check is not None and check.head == pull.head else ()
    return _Source(
        pull=pull,
        shown={file.environment: file.after for file in files},
        actor=applicant(pull, approvals, desired.accounts),
        promised={one.environment: one for one in known},
    )


def _source_of(file: ChangedFile, sources: tuple[_Source, ...]) -> _Source | None:
    """Give the last pull request that showed the file just as it is now; what was put together on the way has none."""
    return next(
        (one for one in reversed(sources) if one.shown.get(file.environment, UNSEEN) == file.after),
        None,
    )


def _merge(
    desired: Desired, file: ChangedFile, commit: str, source: _Source | None, manner: Manner, wrong: str
) -> Merge:
    """Ask for one file; ``wrong`` says what stands against it as it stands in the folder, and is empty otherwise."""
    merge = Merge(
        id=merge_id(commit, file.environment),
        forge=desired.forge.name,
        commit=commit,
        pull=None if source is None else source.pull.number,
        head=None if source is None else source.pull.head,
        environment=file.environment,
        path=file.path,
        blob="" if file.after is None else file.after.blob,
        applicant=None if source is None else source.actor,
        checked=None if source is None else source.promised.get(file.environment),
        state=MergeState.NOTHING,
        at=desired.now(),
    )
    with desired.ports.records.read() as tx:
        known = tx.merges.find(merge.id)
    refused = wrong or _refused_removal(desired, file)
    if refused:
        return merge.model_copy(update={"state": MergeState.REFUSED, "detail": refused})
    # After a crash in the middle the first ones are on record; to ask again would find them busy with that.
    return known if known is not None and known.request else ask(desired, merge, manner)


def _refused_removal(desired: Desired, file: ChangedFile) -> str:
    """Say why the removal of a file asks for nothing; empty for every other change."""
    if file.after is not None:
        return ""
    try:
        refuse_hooks_removal(declared_before(desired.repository, desired.reader, file), file)
    except ConflictError as error:
        return line_of(error)
    return ""


def _remember(desired: Desired, followed: Reconciliation) -> None:
    """Keep how far the branch was followed, and what came of every file; told once to those who have to act."""
    now = desired.now()
    with desired.ports.records.transaction() as tx:
        for merge in followed.merges:
            _keep(desired, tx, merge)
        for fault in followed.faults:
            _tell_fault(desired, tx, followed.commit, fault)
        tx.followed.put(Followed(forge=followed.forge, branch=followed.branch, commit=followed.commit, at=now))
        facts = {"commit": followed.commit, "before": followed.before or "", "environments": len(followed.merges)}
        tx.audit.append(
            desired.ports.clock.now(), FOLLOWER, "branch.followed", f"{followed.forge}/{followed.branch}", facts
        )


def _keep(desired: Desired, tx: Transaction, merge: Merge) -> None:
    known = tx.merges.find(merge.id)
    if known is None or known.state is not merge.state:
        tx.merges.put(merge if known is None else merge.model_copy(update={"told": known.told}))
    if merge.state is MergeState.REFUSED:
        facts = {"commit": merge.commit, "path": merge.path, "why": merge.detail}
        to = (Role.UNIT, Role.PROVIDER)
        tell(tx, "merge-refused", merge.id, merge.environment, to, facts, desired.ports.clock.now())


def _tell_fault(desired: Desired, tx: Transaction, commit: str, fault: Diagnostic) -> None:
    """Tell what stands in the folder and may not, or went from it without consequence: it may be nobody's request."""
    path = str(fault.place or "")
    facts = {"commit": commit, "path": path, "why": fault.summary}
    to = (Role.UNIT, Role.PROVIDER)
    tell(tx, "merge-refused", f"{commit}/{path}/{fault.rule}", "", to, facts, desired.ports.clock.now())
