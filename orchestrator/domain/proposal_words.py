"""What the service user writes into pull requests of its own, in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orchestrator.domain.duties import Words
from orchestrator.domain.file_fields import FileField
from orchestrator.domain.markdown import code
from orchestrator.domain.plan_comment_words import Language
from orchestrator.domain.records import Drift

MOST_NAMED = 50
"""Fields or drifts that are named; more are counted."""


@dataclass(frozen=True)
class Form:
    """A kind of pull request: its title, and what a merge of it means; both name the environment."""

    title: Words
    text: Words


ADDITION = Form(
    Words("补录环境 {}", "{}: the file of an environment that is there"),
    Words(
        "环境 {} 经其他渠道建立，仓库中尚无其文件。合并本请求不会改变该环境，"
        "此后以文件为准（`managed_by: hook` 的除外）。",
        "{} came by another door and has no file here. The merge changes nothing of it; from then on the file counts, "
        "unless it says `managed_by: hook`.",
    ),
)
REMOVAL = Form(
    Words("删除已终止环境 {} 的文件", "{}: its file goes, the environment has ended"),
    Words(
        "环境 {} 已经其他渠道终止，其文件仍在仓库中。合并本请求不会引发任何操作。",
        "{} was ended by another door, and its file is still here. The merge asks for nothing.",
    ),
)
CHANGE = Form(
    Words("更新环境 {} 的文件", "{}: the file follows what another door changed"),
    Words(
        "环境 {} 已经其他渠道变更，其文件尚未反映。合并本请求不会引发任何操作。",
        "{} was changed by another door, and its file does not say so yet. The merge asks for nothing.",
    ),
)
FOUND = Form(
    Words("环境 {} 的实际状态与批准内容不同", "{}: as it was found, not as it was approved"),
    Words(
        "有人绕过审批直接改动了环境 {0}。合并本请求即提出变更申请，使现状成为批准内容：由应用单位批准本请求视为提出，"
        "由管理办公室审批。如要恢复为批准内容，请执行 `tenure drift mend {1}`，本请求随后自行关闭。",
        "Somebody changed {0} in the cloud, past every approval. The merge asks for a change by which what was found "
        "is approved: somebody of the unit asks for it by approving this, and the office decides. `tenure drift mend "
        "{1}` makes it again what was approved instead; this then closes by itself.",
    ),
)
REST = Words(
    "文件无法表达以下差异；变更或修复会将其恢复为批准内容：",
    "No file can say the following; the change, or a mend, makes it again what was approved:",
)
MORE = Words("……另有 {} 项", "… and {} more")
AGREES = Words(
    "仓库与环境已一致，或仓库中已有更新的内容；本请求自行关闭。",
    "Nothing is left to propose: git and the environment agree, or git has a newer word. This closes by itself.",
)
RENEWED = Words(
    "文件在此期间已有变更，另开新请求代替本请求。",
    "The file has changed meanwhile: another pull request takes the place of this one.",
)


def title(form: Form, environment: str, language: Language) -> str:
    """Give the title of a pull request."""
    return word(form.title, language).format(environment)


def text(
    form: Form, environment: str, language: Language, fields: Iterable[FileField] = (), rest: Iterable[Drift] = ()
) -> str:
    """Give the text of a pull request, with the fields that it changes and the drifts that no file can say."""
    told = [word(form.text, language).format(code(environment), environment)]
    told += _named((field.sentence for field in fields), language)
    cannot = _named((_sentence(drift) for drift in rest), language)
    if cannot:
        told += ["", word(REST, language), *cannot]
    return "\n".join(told)


def word(words: Words, language: Language) -> str:
    """Give a text in one language."""
    return words.zh if language is Language.ZH else words.en


def _named(sentences: Iterable[str], language: Language) -> list[str]:
    lines = [f"- {code(sentence)}" for sentence in sentences]
    more = len(lines) - MOST_NAMED
    cut = [*lines[:MOST_NAMED], f"- {word(MORE, language).format(more)}"] if more > 0 else lines
    return ["", *cut] if cut else []


def _sentence(drift: Drift) -> str:
    differences = ", ".join(f"{one.name}: {one.expected or '–'} -> {one.found or '–'}" for one in drift.properties)
    return f"{drift.drift}: {drift.kind} {drift.name}{f' ({differences})' if differences else ''}"
