"""What a merged pull request is told of what came of it, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orchestrator.domain.duties import Words
from orchestrator.domain.forge import MAXIMUM_DESCRIPTION_CHARACTERS, CheckState, CommitStatus
from orchestrator.domain.markdown import code
from orchestrator.domain.merges import Merge, MergeState
from orchestrator.domain.plan_comment_words import Language
from orchestrator.domain.records import Request

CONTEXT = "tenure/apply"
MOST_SHOWN = 200
"""Environments with a line of their own; a comment has a bound."""

HEAD = Words("### 合并之后", "### What came of the merge")
COLUMNS = Words("| 环境 | 状态 | 申请 | 说明 |", "| environment | state | request | |")
AGAIN = Words(
    "计划已与批准时不同，尚未执行任何操作。管理办公室核对后评论下面的命令，即批准新计划：",
    "The plan is no longer the one that was approved; nothing was done. The office approves the new one by a comment:",
)
MORE = Words("……另有 {} 个环境，见 `tenure reconcile --json`。", "… and {} more: `tenure reconcile --json`.")
ADDITION = (
    Words("补录环境 {}", "{}: the file of an environment that is there"),
    Words(
        "环境 {} 经其他渠道建立，仓库中尚无其文件。合并本请求不会改变该环境，"
        "此后以文件为准（`managed_by: hook` 的除外）。",
        "{} came by another door and has no file here. The merge changes nothing of it; from then on the file counts, "
        "unless it says `managed_by: hook`.",
    ),
)
REMOVAL = (
    Words("删除已终止环境 {} 的文件", "{}: its file goes, the environment has ended"),
    Words(
        "环境 {} 已经其他渠道终止，其文件仍在仓库中。合并本请求不会引发任何操作。",
        "{} was ended by another door, and its file is still here. The merge asks for nothing.",
    ),
)
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
    """Give the comment; whatever came from files and people stands as code."""
    found = tuple(merges)
    lines = [_word(HEAD, language), "", _word(COLUMNS, language), "| --- | --- | --- | --- |"]
    lines += [_row(merge, language) for merge in found[:MOST_SHOWN]]
    if len(found) > MOST_SHOWN:
        lines += ["", _word(MORE, language).format(len(found) - MOST_SHOWN)]
    again = [requests[one.request] for one in found if one.state is MergeState.ASKS_AGAIN and one.request in requests]
    if again:
        commands = (f"`tenure apply {request.plan_digest}`  ({code(request.environment)})" for request in again)
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


def _row(merge: Merge, language: Language) -> str:
    cells = (code(merge.environment), _word(STATES[merge.state], language), _code(merge.request), _code(merge.detail))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(text: str) -> str:
    return code(text) if text else ""


def _word(words: Words, language: Language) -> str:
    return words.zh if language is Language.ZH else words.en


def proposal(environment: str, language: Language, *, goes: bool) -> tuple[str, str]:
    """Give title and text of the service user's pull request; ``goes`` when it takes a file away."""
    title, text = REMOVAL if goes else ADDITION
    return _word(title, language).format(environment), _word(text, language).format(code(environment))
