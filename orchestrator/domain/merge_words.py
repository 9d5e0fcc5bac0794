"""What a merged pull request is told of what came of it, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orchestrator.domain.duties import Words
from orchestrator.domain.forge import MAXIMUM_DESCRIPTION_CHARACTERS, CheckState, CommitStatus
from orchestrator.domain.markdown import cell, code, rows
from orchestrator.domain.merges import Merge, MergeState
from orchestrator.domain.plan_comment_words import Language
from orchestrator.domain.records import Request

CONTEXT = "tenure/apply"
MOST_ASKED_AGAIN = 100
"""Plans whose command stands in one comment: with the table they keep to what forges take."""

HEAD = Words("### 合并之后", "### What came of the merge")
COLUMNS = Words("| 环境 | 状态 | 申请 | 说明 |", "| environment | state | request | |")
AWAITED = "waits for an approval by the office of the commit that was checked"
AGAIN = Words(
    "计划尚未获批准，或已与批准时不同，尚未执行任何操作。管理办公室核对后评论下面的命令，即批准现计划：",
    "This plan was not approved, or another one was; nothing was done. The office approves it by a comment:",
)
MORE = Words("……另有 {} 个环境，见 `tenure reconcile --json`。", "… and {} more: `tenure reconcile --json`.")
STATES: Mapping[MergeState, Words] = {
    MergeState.WAITING: Words("等待中", "waits"),
    MergeState.ASKED: Words("已提出申请", "asked for"),
    MergeState.ASKS_AGAIN: Words("**需再次批准**", "**needs another approval**"),
    MergeState.APPROVED: Words("已批准，执行中", "approved, under way"),
    MergeState.OVER: Words("已结束", "over"),
    MergeState.NOTHING: Words("无变化", "nothing to do"),
    MergeState.REFUSED: Words("**不予受理**", "**refused**"),
}
WEIGHTS: Mapping[MergeState, CheckState] = {
    MergeState.REFUSED: CheckState.FAILURE,
    MergeState.ASKS_AGAIN: CheckState.FAILURE,
    MergeState.WAITING: CheckState.PENDING,
    MergeState.ASKED: CheckState.PENDING,
    MergeState.APPROVED: CheckState.PENDING,
}
"""The first that fits any environment is the status of all; everything else is a success."""


def comment(merges: Iterable[Merge], requests: Mapping[str, Request], language: Language) -> str:
    """Give the comment, what needs somebody first; whatever came from files and people stands as code."""
    found = sorted(merges, key=lambda merge: WEIGHTS.get(merge.state) is not CheckState.FAILURE)
    lines = [_word(HEAD, language), "", _word(COLUMNS, language), "| --- | --- | --- | --- |"]
    shown = rows(_cells(merge, language) for merge in found)
    lines += shown
    if len(found) > len(shown):
        lines += ["", _word(MORE, language).format(len(found) - len(shown))]
    again = [requests[one.request] for one in found if _wants_a_word(one) and one.request in requests]
    if again:
        shown_again = again[:MOST_ASKED_AGAIN]
        commands = (f"`tenure apply {request.plan_digest}`  ({code(request.environment)})" for request in shown_again)
        lines += ["", _word(AGAIN, language), "", *(f"- {command}" for command in commands)]
    return "\n".join(lines) + "\n"


def status(merges: Iterable[Merge], language: Language) -> CommitStatus:
    """Give the status of the merge commit over all environments."""
    found = tuple(merges)
    states = {merge.state for merge in found}
    weight = next((check for state, check in WEIGHTS.items() if state in states), CheckState.SUCCESS)
    counted = (
        f"{sum(one.state is state for one in found)} {_word(words, language).replace('*', '')}"
        for state, words in STATES.items()
        if state in states
    )
    text = ", ".join(counted)[:MAXIMUM_DESCRIPTION_CHARACTERS]
    return CommitStatus(context=CONTEXT, state=weight, description=text)


def _wants_a_word(merge: Merge) -> bool:
    return merge.state is MergeState.ASKS_AGAIN or (merge.state is MergeState.ASKED and merge.detail == AWAITED)


def _cells(merge: Merge, language: Language) -> tuple[str, ...]:
    return cell(merge.environment), _word(STATES[merge.state], language), cell(merge.request), cell(merge.detail)


def _word(words: Words, language: Language) -> str:
    return words.zh if language is Language.ZH else words.en
