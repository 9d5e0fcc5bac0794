"""Writing back: what came by another door is proposed to the repository, so that git tells the whole truth.

The service user opens a pull request for each environment that has no file, and for each file whose environment was
ended by another door. People decide: what was proposed once is not proposed again while it would say the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from orchestrator.domain import merge_words
from orchestrator.domain.declaration import Declaration, declared
from orchestrator.domain.errors import TenureError
from orchestrator.domain.forge import Proposal, ProposedFile
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.merges import GIT_DOOR, MergeState, WrittenBack
from orchestrator.domain.names import ManagedBy
from orchestrator.domain.records import Environment, Kind, Request
from orchestrator.domain.submission import KINDS_WITH_WISH
from orchestrator.domain.tree import FOLDER, SUFFIX, stem
from orchestrator.ports import Transaction
from orchestrator.workflows.desired import Desired
from orchestrator.workflows.git_intent import intended

STANDING: Final = frozenset({EnvironmentState.READY, EnvironmentState.EXPIRING})
AT_REST: Final = frozenset({MergeState.OVER, MergeState.NOTHING})
HOOK: Final = "hook:"
MOST_AT_ONCE: Final = 20
"""Pull requests that one round opens: more would bury what people have to read; the next rounds open the others."""


@dataclass(frozen=True)
class _Draft:
    """A file that is to be proposed; without content its removal."""

    environment: Environment
    path: str
    content: str | None

    @property
    def digest(self) -> str:
        """What the proposal says: a later life of the same name is another one."""
        life = self.environment.request
        return hashlib.sha256(f"{life} {self.path} {self.content}".encode()).hexdigest()


def write_back(desired: Desired) -> tuple[WrittenBack, ...]:
    """Propose what git lacks; gives what was proposed just now. BusyError when the forge is away."""
    with desired.ports.records.read() as tx:
        followed = tx.followed.find(desired.forge.name, desired.branch)
        known = {one.environment: one.digest for one in tx.proposals.list(desired.forge.name)}
        everything = tx.environments.list(limit=100_000)
    if followed is None:
        return ()
    files = {stem(path): path for path in desired.repository.paths(followed.commit) if path.endswith(SUFFIX)}
    drafts = (draft for one in everything if (draft := _draft(desired, one, files)) is not None)
    new_ones = [draft for draft in drafts if known.get(draft.environment.name) != draft.digest]
    return tuple(_proposed(desired, draft) for draft in new_ones[:MOST_AT_ONCE])


def _draft(desired: Desired, environment: Environment, files: dict[str, str]) -> _Draft | None:
    path = files.get(environment.name)
    if path is None and environment.state in STANDING:
        return _added(desired, environment)
    if path is not None and environment.state is EnvironmentState.RETIRED and _ended_elsewhere(desired, environment):
        return _Draft(environment, path, None)
    return None


def _added(desired: Desired, environment: Environment) -> _Draft | None:
    """Draft the file of an environment; None when no file says just what the environment is."""
    with desired.ports.records.read() as tx:
        found = _declaration(tx, environment)
    if found is None or not _says_what_is(desired, found):
        return None
    return _Draft(environment, f"{FOLDER}/{environment.name}{SUFFIX}", desired.reader.write(found))


def _declaration(tx: Transaction, environment: Environment) -> Declaration | None:
    """Give what the newest request with a wish said; who manages it is the door that it was founded by."""
    requests = tx.requests.list(environment=environment.name)
    wishes = (one for one in requests if one.kind in KINDS_WITH_WISH and _brought_about(one, environment))
    newest = next(wishes, None)
    if newest is None:
        return None
    founded_by = tx.requests.get(environment.request).submitted_by.door
    return declared(newest.content, environment.stage, ManagedBy.HOOK if founded_by.startswith(HOOK) else ManagedBy.GIT)


def _brought_about(request: Request, environment: Environment) -> bool:
    """Whether an environment is what a request wanted; a promotion changes nothing but the stage."""
    return request.spec is not None and request.spec.model_copy(update={"stage": environment.stage}) == environment.spec


def _says_what_is(desired: Desired, declaration: Declaration) -> bool:
    try:
        return intended(desired.ports, declaration, "").submission is None
    except TenureError:
        return False


def _ended_elsewhere(desired: Desired, environment: Environment) -> bool:
    """Whether an end by another door has left the file behind; a merge that is still open is somebody's newer wish."""
    with desired.ports.records.read() as tx:
        requests = tx.requests.list(environment=environment.name)
        merges = tx.merges.list(desired.forge.name, limit=1000)
    last_end = next((one for one in requests if one.kind is Kind.TERMINATE), None)
    newest = next((one for one in merges if one.environment == environment.name), None)
    left_behind = last_end is None or last_end.submitted_by.door != GIT_DOOR
    return left_behind and (newest is None or newest.state in AT_REST)


def _proposed(desired: Desired, draft: _Draft) -> WrittenBack:
    """Open the pull request, or bring the open one to this; then keep it: a crash between the two does it again."""
    name = draft.environment.name
    title, text = merge_words.proposal(name, desired.language, goes=draft.content is None)
    proposal = Proposal(
        branch=f"tenure/{name}",
        base_branch=desired.branch,
        title=title,
        text=text,
        files=(ProposedFile(path=draft.path, content=draft.content),),
    )
    pull = desired.forge.propose(proposal)
    kept = WrittenBack(
        id=f"{desired.forge.name}/{name}",
        forge=desired.forge.name,
        environment=name,
        digest=draft.digest,
        pull=pull.number,
        at=desired.now(),
    )
    with desired.ports.records.transaction() as tx:
        tx.proposals.put(kept)
    return kept
