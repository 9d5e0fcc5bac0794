"""The words of a plan's comment, in both languages."""

from __future__ import annotations

import re
from enum import StrEnum

from orchestrator.domain.change import Weight
from orchestrator.domain.duties import Words
from orchestrator.domain.git_plan import Standing
from orchestrator.domain.plan import Action
from orchestrator.domain.records import Kind
from orchestrator.domain.tree import FileChange


class Language(StrEnum):
    """In which language a comment is written."""

    ZH = "zh"
    EN = "en"


class Say(StrEnum):
    """Phrases of the comment; a count stands first where there is one."""

    TITLE = "title"
    NOTHING = "nothing"
    ENVIRONMENTS = "environments"
    COUNT = "count"
    DESTROYS = "destroys"
    ALL_GOOD = "all good"
    REFUSED = "refused"
    VALIDATED = "validated"
    COST = "cost"
    DATES = "dates"
    DATES_NOTE = "dates note"
    PROVISIONAL = "provisional"
    APPROVERS = "approvers"
    BY_POLICY = "by policy"
    DIGEST = "digest"
    COMMITS = "commits"
    MORE_LINES = "more lines"
    MORE = "more"
    LINK = "link"
    TERMINATION = "termination"
    RENAMED = "renamed"
    LOSES_DATA = "loses data"
    HINT = "hint"
    VCPU = "vcpu"
    MEMORY = "memory"
    VOLUMES = "volumes"
    ADDRESSES = "addresses"
    NO_DIFFERENCE = "no difference"


ARTICLES = re.compile(r"Art\. (\d{1,2}(?:, \d{1,2})*)")
POLICY = Words("本市规定", "policy")
NUMERALS = "〇一二三四五六七八九"


def article_in(text: str, language: Language) -> str:
    """Give where a rule stands (``Art. 15``) as the language of a comment writes it (第十五条)."""
    if language is Language.EN:
        return text
    written = ARTICLES.sub(lambda found: "、".join(f"第{_numeral(int(each))}条" for each in found[1].split(", ")), text)
    return written.replace(POLICY.en, POLICY.zh)


def _numeral(number: int) -> str:
    """Write a number from 1 to 99 in Chinese."""
    tens, ones = divmod(number, 10)
    before = "" if tens == 0 else "十" if tens == 1 else NUMERALS[tens] + "十"
    return before + (NUMERALS[ones] if ones else "")


PHRASES: dict[Say, Words] = {
    Say.TITLE: Words("Tenure 计划", "Tenure plan"),
    Say.NOTHING: Words("没有环境发生变化", "no environment changes"),
    Say.ENVIRONMENTS: Words("个环境", "environments"),
    Say.COUNT: Words("环境", "environments"),
    Say.DESTROYS: Words("连同数据销毁的资源", "destroyed with their data"),
    Say.ALL_GOOD: Words("检查通过", "every check passed"),
    Say.REFUSED: Words("检查未通过，合并不会产生任何变更", "refused: nothing would be changed by a merge"),
    Say.VALIDATED: Words("仅校验规则，未生成预览", "rules alone were checked, there is no preview"),
    Say.COST: Words("资源增减", "cost"),
    Say.DATES: Words("后续时限", "dates that follow"),
    Say.DATES_NOTE: Words("最迟时间，按今日合并推算", "at the latest, if merged today"),
    Say.PROVISIONAL: Words("暂定", "provisional"),
    Say.APPROVERS: Words("须由其批准", "must be approved by"),
    Say.BY_POLICY: Words("按规则办理，无须批准", "by policy, nobody needs to approve"),
    Say.DIGEST: Words("摘要", "digest"),
    Say.COMMITS: Words("提交", "commits"),
    Say.MORE_LINES: Words("行未显示", "more lines"),
    Say.MORE: Words("项未显示", "more"),
    Say.LINK: Words("完整计划", "the whole plan"),
    Say.TERMINATION: Words(
        "删除文件即提出终止申请，资源不会因此被直接删除（第十六条）",
        "a removed file asks for the environment's end; it deletes nothing by itself (Art. 16)",
    ),
    Say.RENAMED: Words("原路径", "was"),
    Say.LOSES_DATA: Words("数据丢失", "loses its data"),
    Say.HINT: Words("建议", "hint"),
    Say.VCPU: Words("{:+} vCPU", "{:+} vCPU"),
    Say.MEMORY: Words("内存 {:+g} GiB", "{:+g} GiB memory"),
    Say.VOLUMES: Words("云硬盘 {:+} GiB", "{:+} GiB volumes"),
    Say.ADDRESSES: Words("公网地址 {:+}", "{:+} addresses"),
    Say.NO_DIFFERENCE: Words("不变", "no difference"),
}
STANDINGS: dict[Standing, Words] = {
    Standing.PLANNED: Words("已生成计划", "planned"),
    Standing.VALID: Words("规则校验通过", "valid"),
    Standing.SAME: Words("无变化", "nothing to do"),
    Standing.REFUSED: Words("未通过", "refused"),
    Standing.FAILED: Words("未能生成计划", "no plan could be made"),
}
KINDS: dict[Kind, Words] = {
    Kind.TEST: Words("测试环境申请", "test request"),
    Kind.TRIAL: Words("试运行申请", "trial request"),
    Kind.PRODUCTION: Words("正式运行申请", "production request"),
    Kind.CHANGE: Words("变更申请", "change request"),
    Kind.TERMINATE: Words("终止申请", "termination request"),
}
WEIGHTS: dict[Weight, Words] = {
    Weight.MINOR: Words("一般变更", "minor"),
    Weight.MAJOR: Words("重大变更", "major"),
}
CHANGES: dict[FileChange, Words] = {
    FileChange.ADDED: Words("新增", "added"),
    FileChange.CHANGED: Words("修改", "changed"),
    FileChange.REMOVED: Words("删除", "removed"),
    FileChange.RENAMED: Words("移动", "moved"),
}
ACTIONS: dict[Action, Words] = {
    Action.CREATE: Words("新建", "to create"),
    Action.UPDATE: Words("修改", "to change"),
    Action.REPLACE: Words("替换", "to replace"),
    Action.DELETE: Words("删除", "to delete"),
}
"""In the order of a summary; what stays and what is only read is not counted."""
