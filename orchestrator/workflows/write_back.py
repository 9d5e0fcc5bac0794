"""Writing back: what came by another door is proposed to the repository, so that git tells the whole truth.

The service user has one pull request for each environment whose file is missing, left behind, or behind. It is edited
in place while it is open, and closed when git and the environment agree. People decide: what they closed is not
proposed again while it would say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.duties import Words
from orchestrator.domain.forge import Proposal, ProposedFile
from orchestrator.domain.merges import WrittenBack
from orchestrator.domain.proposal_words import AGREES, RENEWED, word
from orchestrator.domain.records import Drift, Environment
from orchestrator.domain.tree import ChangedFile, sort_changes
from orchestrator.workflows.desired import Desired
from orchestrator.workflows.drafts import Draft, Silence, draft_of
from orchestrator.workflows.reconcile import ALL, EMPTY_TREES

COMMENT: Final = "tenure:write-back"
MOST: Final = 100_000
"""More environments or drifts than an installation ever has."""

MOST_AT_ONCE: Final = 20
"""Pull requests that one round opens: more would bury what people have to read; the next rounds open the others."""

type Settled = dict[str, str]
"""By environment, how it stood when a round found nothing to do for it: until it moves no round looks closer.

Kept in memory alone: the first round of a process looks at everything."""


@dataclass(frozen=True)
class _Look:
    """What git and the records have at one moment.

    Attributes:
        files: By environment.
        drifts: Where the cloud differs, by life of an environment.
        known: What was proposed and is not over, by environment.
        now: Of the business clock, by which somebody's word on a drift ends.
    """

    environments: tuple[Environment, ...]
    files: Mapping[str, ChangedFile]
    drifts: Mapping[str, tuple[Drift, ...]]
    known: Mapping[str, WrittenBack]
    now: datetime

    def standing(self, environment: Environment) -> str:
        """Give in one text what a draft follows from."""
        file = self.files.get(environment.name)
        blob = file.after.blob if file is not None and file.after is not None else ""
        drifts = self.drifts.get(subject_of(environment), ())
        words = (f"{one.id}{one.exact}{one.told_at}{one.suppressed(self.now)}" for one in drifts)
        return " ".join((environment.request, str(environment.version), blob, *words))


def write_back(desired: Desired, settled: Settled | None = None) -> tuple[WrittenBack, ...]:
    """Propose what git lacks, and close what it does not lack any more; gives what was proposed just now.

    Args:
        desired: The branch.
        settled: What earlier rounds of this process have seen; brought up to date.

    Raises:
        BusyError: The forge is away; the next round does it.
    """
    look = _look(desired)
    settled = {} if settled is None else settled
    if look is None:
        return ()
    moved = [one for one in look.environments if settled.get(one.name) != look.standing(one)]
    found = {one.name: draft_of(desired, one, look.files.get(one.name), look.drifts) for one in moved}
    drafts = [draft for draft in found.values() if isinstance(draft, Draft)]
    over = [look.known[name] for name, draft in found.items() if draft is Silence.AGREES and name in look.known]
    turn = _Turn(desired, look, _open_ones(desired) if drafts or over else frozenset())
    for known in over:
        turn.close(known, AGREES)
    due = [draft for draft in drafts if turn.is_due(draft)]
    proposed = tuple(turn.propose(draft) for draft in due[:MOST_AT_ONCE])
    for one in moved:
        draft = found[one.name]
        if draft is Silence.AGREES or (isinstance(draft, Draft) and turn.is_decided(draft)):
            settled[one.name] = look.standing(one)
        else:  # it may come back to how it stood, and what is open has to be closed then
            settled.pop(one.name, None)
    return proposed


def _look(desired: Desired) -> _Look | None:
    with desired.ports.records.read() as tx:
        followed = tx.followed.find(desired.forge.name, desired.branch)
        known = tx.proposals.list(desired.forge.name)
        environments = tx.environments.list(limit=MOST)
        drifts = tx.drifts.open(limit=MOST)
    if followed is None:
        return None
    nothing = EMPTY_TREES[len(followed.commit)]
    found = sort_changes(desired.repository.changes(nothing, followed.commit), (), most=ALL)
    by_life: dict[str, tuple[Drift, ...]] = {}
    for drift in drifts:
        by_life[drift.subject] = (*by_life.get(drift.subject, ()), drift)
    return _Look(
        environments=environments,
        files={file.environment: file for file in found.files},
        drifts=by_life,
        known={one.environment: one for one in known if one.digest},
        now=desired.ports.clock.now(),
    )


def _open_ones(desired: Desired) -> frozenset[int]:
    return frozenset(pull.number for pull in desired.forge.open_pull_requests())


@dataclass(frozen=True)
class _Turn:
    """What is done about one look.

    Attributes:
        open_ones: Numbers of the pull requests that are open.
    """

    desired: Desired
    look: _Look
    open_ones: frozenset[int]

    def is_due(self, draft: Draft) -> bool:
        """Whether a draft says something new, or would no longer fit where its open pull request began."""
        known = self.look.known.get(draft.environment)
        if known is None or known.digest != draft.digest:
            return True
        return known.pull in self.open_ones and self._has_moved(known)

    def is_decided(self, draft: Draft) -> bool:
        """Whether people have closed just this."""
        known = self.look.known.get(draft.environment)
        return known is not None and known.digest == draft.digest and known.pull not in self.open_ones

    def propose(self, draft: Draft) -> WrittenBack:
        """Open the pull request, or bring the open one to this; then keep it: a crash between the two does it again."""
        known = self.look.known.get(draft.environment)
        if known is not None and known.pull in self.open_ones and self._has_moved(known):
            self.close(known, RENEWED)
        pull = self.desired.forge.propose(
            Proposal(
                branch=f"tenure/{draft.environment}",
                base_branch=self.desired.branch,
                title=draft.title,
                text=draft.text,
                files=(ProposedFile(path=draft.path, content=draft.content),),
            )
        )
        made = WrittenBack(
            id=f"{self.desired.forge.name}/{draft.environment}",
            forge=self.desired.forge.name,
            environment=draft.environment,
            digest=draft.digest,
            pull=pull.number,
            at=self.desired.now(),
        )
        self._keep(made)
        return made

    def close(self, known: WrittenBack, why: Words) -> None:
        """Close a pull request of ours, and forget what it said: nobody has decided against it."""
        if known.pull in self.open_ones:
            self.desired.forge.put_comment(known.pull, COMMENT, word(why, self.desired.language))
            self.desired.forge.withdraw(known.pull)
        self._keep(known.model_copy(update={"digest": ""}))

    def _has_moved(self, known: WrittenBack) -> bool:
        """Whether the file was changed in the branch since: a pull request from before might not fit any more."""
        with self.desired.ports.records.read() as tx:
            newest = next(iter(tx.merges.of_environment(known.forge, known.environment)), None)
        return newest is not None and newest.at > known.at

    def _keep(self, proposal: WrittenBack) -> None:
        with self.desired.ports.records.transaction() as tx:
            tx.proposals.put(proposal)
