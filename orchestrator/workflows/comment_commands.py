"""Commands in comments, each acted on once, by those who may, and answered in one comment."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from orchestrator.domain.comment_commands import (
    CommandAnswer,
    CommentCommand,
    Verb,
    answer_id,
    answers_comment,
    read_command,
    request_id_of,
)
from orchestrator.domain.errors import BadInputError, BusyError, ConflictError, RefusedError, TenureError
from orchestrator.domain.forge import Comment
from orchestrator.domain.lifecycle import RequestState
from orchestrator.domain.merges import APPLICANTS, OPEN_STATES, MergeState
from orchestrator.domain.records import Actor, Kind, Role
from orchestrator.domain.submission import Submission
from orchestrator.ports import Transaction
from orchestrator.workflows.decisions import withdraw
from orchestrator.workflows.desired import Desired, line_of
from orchestrator.workflows.one_by_one import one_by_one
from orchestrator.workflows.permissions import four_eyes
from orchestrator.workflows.reconcile import BEGINNING
from orchestrator.workflows.submissions import submit

COMMENT: Final = "tenure:commands"
LOOK_BACK: Final = timedelta(days=1)
"""How long ago a pull request may have changed to be looked at again: longer than forges are away."""

ACCOUNTS: Final = "accounts: TENURE_FORGE_ACCOUNTS"
UNDECIDED: Final = frozenset({RequestState.SUBMITTED, RequestState.WAITING, RequestState.ACCEPTED})


def answer_commands(desired: Desired) -> int:
    """Act on every command that nobody has acted on yet; gives how many. BusyError when the forge is away."""
    changed = desired.forge.changed_pull_requests(desired.now() - LOOK_BACK)
    answered: list[int] = []
    one_by_one([partial(_answer_all, desired, pull.number, answered) for pull in changed])
    return sum(answered)


def _answer_all(desired: Desired, pull: int, answered: list[int]) -> None:
    answered.append(_answered(desired, pull))


def _answered(desired: Desired, pull: int) -> int:
    """Act on the new commands of one pull request; what was edited may have said something else before."""
    said = [one for one in desired.forge.comments(pull, BEGINNING) if not one.edited and _is_command(one.text)]
    with desired.ports.records.read() as tx:
        known = {one.id for one in tx.answers.of_pull(desired.forge.name, pull)}
    new_ones = [one for one in said if answer_id(desired.forge.name, one.id) not in known]
    for comment in new_ones:
        _answer(desired, pull, comment)
    if new_ones:
        with desired.ports.records.read() as tx:
            answers = tx.answers.of_pull(desired.forge.name, pull)
        desired.forge.put_comment(pull, COMMENT, answers_comment(answers, desired.language))
    return len(new_ones)


def _is_command(text: str) -> bool:
    try:
        return read_command(text) is not None
    except BadInputError:
        return True


def _answer(desired: Desired, pull: int, comment: Comment) -> None:
    """Do what a comment says, and keep what came of it, in one stroke: a crash leaves both or neither."""
    answer = CommandAnswer(
        id=answer_id(desired.forge.name, comment.id),
        forge=desired.forge.name,
        pull=pull,
        by=comment.author,
        text=comment.text.strip(),
        outcome="",
        at=desired.now(),
    )
    try:
        with desired.ports.records.transaction() as tx:
            outcome = _done(desired, tx, answer)
            tx.answers.put(answer.model_copy(update={"outcome": outcome}))
    except BusyError:
        raise  # the next look asks again; what is kept as refused is never acted on
    except (BadInputError, RefusedError, ConflictError) as error:
        _refused(desired, answer, error)


def _refused(desired: Desired, answer: CommandAnswer, error: TenureError) -> None:
    with desired.ports.records.transaction() as tx:
        tx.answers.put(answer.model_copy(update={"outcome": f"refused: {line_of(error)}"}))


def _done(desired: Desired, tx: Transaction, answer: CommandAnswer) -> str:
    command = read_command(answer.text)
    assert command is not None  # noqa: S101  whoever calls has looked
    if command.verb is Verb.APPLY:
        return _applied(desired, tx, answer, command)
    actor = _who(desired, answer.by)
    if command.verb is Verb.EXTEND:
        return _extended(desired, tx, answer, command, actor)
    return _unlocked(desired, tx, answer, command, actor)


def _who(desired: Desired, account: str) -> Actor:
    """Give who wrote it in a role of the unit's side; RefusedError for everybody else."""
    known = desired.accounts.find(account)
    role = None if known is None else next((one for one in known.roles if one in APPLICANTS), None)
    if known is None or role is None:
        raise RefusedError(f"{account} is no account of unit or office", rule="git/applicant", hint=ACCOUNTS)
    return known.acting(role)


def _applied(desired: Desired, tx: Transaction, answer: CommandAnswer, command: CommentCommand) -> str:
    """Say whether a word for a plan counts; that it does is found where the merge is led on."""
    known = desired.accounts.find(answer.by)
    if known is None or Role.OFFICE not in known.roles:
        raise RefusedError(f"{answer.by} is no account of the office", rule="Art. 12", hint=ACCOUNTS)
    asked_for = [
        tx.requests.get(merge.request) for merge in tx.merges.of_pull(answer.forge, answer.pull) if merge.request
    ]
    meant = [request for request in asked_for if request.plan_digest == command.digest]
    if not meant:
        raise RefusedError("no request of this pull request has this plan now", rule="git/command")
    four_eyes(meant[0], known.acting(Role.OFFICE))
    return f"approves the plan of {meant[0].environment}"


def _extended(desired: Desired, tx: Transaction, answer: CommandAnswer, command: CommentCommand, actor: Actor) -> str:
    """Ask for a longer test period (Art. 13); the office decides as on every request."""
    environment = tx.environments.get(command.environment or _only_one(tx, answer))
    submission = Submission(
        kind=Kind.EXTEND,
        unit=environment.spec.unit,
        system=environment.spec.system,
        stage=environment.stage,
        days=command.days,
        reason=command.reason,
    )
    request = submit(desired.ports, tx, submission, actor, request_id_of(answer.id))
    return f"asked for: {request.id}"


def _only_one(tx: Transaction, answer: CommandAnswer) -> str:
    names = sorted({merge.environment for merge in tx.merges.of_pull(answer.forge, answer.pull)})
    if len(names) != 1:
        raise BadInputError(
            f"this pull request brought {len(names)} environments; name the one that is meant",
            detail=", ".join(names[:10]),
            field="environment",
            rule="git/command",
        )
    return names[0]


def _unlocked(desired: Desired, tx: Transaction, answer: CommandAnswer, command: CommentCommand, actor: Actor) -> str:
    """Give up what this pull request asked for and nobody has decided yet, so that another one has room."""
    given_up = []
    for merge in tx.merges.of_pull(answer.forge, answer.pull):
        if merge.state not in OPEN_STATES:
            continue
        if merge.request:
            if tx.requests.get(merge.request).state not in UNDECIDED:
                continue
            withdraw(desired.ports, tx, merge.request, actor, command.reason or "given up by a comment")
        else:
            said = f"given up by {actor.name}"
            tx.merges.put(merge.model_copy(update={"state": MergeState.OVER, "detail": said, "told": ""}))
        given_up.append(merge.environment)
    return f"given up: {', '.join(given_up)}" if given_up else "there was nothing to give up"
