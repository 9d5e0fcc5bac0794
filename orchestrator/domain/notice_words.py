"""Notices in words: a subject in both languages for each key, and the facts below it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.domain.calendar import SHANGHAI
from orchestrator.domain.duties import TEXTS, Words, title
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.model import Model
from orchestrator.domain.records import DeadlineKind, Notice, OperationKind
from orchestrator.domain.texts import visible

LONGEST_FACT = 600
"""Characters of one fact; the command at the end of a message shows all of it."""
MISSED = "deadline-missed-"

SUBJECTS: dict[str, Words] = {
    "access-approved": Words("进入主机的申请已获一方同意", "one side approved that somebody enters hosts"),
    "access-authorisation-revoked": Words("作业授权已撤销", "an authorisation of jobs was revoked"),
    "access-authorisation-waits": Words("作业授权待另一方同意", "an authorisation of jobs waits for the other side"),
    "access-authorised": Words("作业授权已生效", "jobs are authorised"),
    "access-ended": Words("进入主机的授权已到期", "a right to enter hosts has ended"),
    "access-granted": Words("进入主机的授权已生效", "somebody may enter hosts"),
    "access-refused": Words("进入主机的申请被拒绝", "a request to enter hosts was refused"),
    "access-requested": Words("申请进入主机", "somebody asks to enter hosts"),
    "access-revoked": Words("进入主机的授权已撤销", "a right to enter hosts was revoked"),
    "backup-not-as-it-was": Words("备份恢复后与原数据不一致", "a backup did not come back as it was"),
    "backup-too-old": Words("最近的有效备份过旧", "the newest backup is too old"),
    "backups-damaged": Words("备份存储有损坏", "stored backups are damaged"),
    "branch-rewritten": Words("仓库分支历史被改写", "the history of the branch was rewritten"),
    "channel-tried": Words("通知渠道测试", "a channel is tried"),
    "change-scheduled": Words("变更已安排", "a change is scheduled"),
    "change-went-back": Words("变更失败，已恢复原状", "a change failed and was led back"),
    "change-window-missed": Words("错过变更窗口", "a change window was missed"),
    "deadline-moved": Words("期限已调整", "a date was moved"),
    "deadline-settled": Words("暂定期限已确定", "a provisional date is settled"),
    "deadline-stuck": Words("期限已到但无法办理", "a date came and nothing could be done"),
    "drift-found": Words("发现实际资源与记录不一致", "the cloud differs from the record"),
    "drift-mended": Words("不一致之处已修复", "a drift was mended"),
    "drift-proposed": Words("建议处理不一致之处", "what is to be done about a drift"),
    "drill-due-soon": Words("应急演练将到期", "a drill is due soon"),
    "drill-failed": Words("应急演练未通过", "a drill failed"),
    "drill-late": Words("应急演练未达目标时间", "a drill missed a target"),
    "drill-passed": Words("应急演练通过", "a drill passed"),
    "environment-changed": Words("环境变更已完成", "an environment was changed"),
    "environment-ended": Words("测试期满", "a test period is over"),
    "environment-ends-soon": Words("测试期即将届满", "a test period ends soon"),
    "environment-extended": Words("测试期已延长", "a test period was extended"),
    "environment-in-production": Words("已转为正式环境", "an environment is in production"),
    "environment-patched": Words("补丁安装完成", "patches were installed"),
    "environment-ready": Words("环境已就绪", "an environment is ready"),
    "environment-restored": Words("数据已恢复", "data was restored"),
    "environment-resumed": Words("环境已恢复运行", "a suspension is over"),
    "environment-retired": Words("环境已终止，资源已回收", "an environment is gone"),
    "environment-started": Words("环境已开机", "an environment was started"),
    "environment-stopped": Words("环境已停机", "an environment was stopped"),
    "environment-suspended": Words("环境已暂停", "an environment is suspended"),
    "escrow-ended": Words("最终备份托管期满", "the escrow of a final backup is over"),
    "final-backup-compared": Words("最终备份已恢复并比对", "a final backup was restored and compared"),
    "finding-found": Words("清查发现安全问题", "a survey found something"),
    "finding-gone": Words("清查发现的问题已消失", "a finding is gone"),
    "finding-not-fixed": Words("安全隐患逾期未整改", "a finding was not fixed by its day"),
    "finding-to-fix": Words("安全隐患限期整改", "a finding is to be fixed by a day"),
    "fleet-not-seen": Words("部分云服务无应答，未能比对", "the cloud did not answer, nothing was compared"),
    "hold-added": Words("暂停提供新增资源", "no further resources for a system"),
    "hold-lifted": Words("恢复提供新增资源", "a hold was lifted"),
    "merge-refused": Words("合并的内容未被受理", "what was merged was refused"),
    "old-resources-due": Words("请报送原系统闲置资源清单", "the list of the old system's resources is due"),
    "patch-excluded": Words("软件包暂不更新", "a package is left alone by patching"),
    "patch-outside-window": Words("窗口外安装补丁", "patches are installed outside the window"),
    "patch-window-missed": Words("错过补丁窗口", "a patch window was missed"),
    "patch-window-set": Words("补丁窗口已调整", "a patch window was set"),
    "plan-changed": Words("计划已变化，需重新审核", "a plan has changed and waits for its review again"),
    "request-rejected": Words("申请被退回", "a request was rejected"),
    "request-waits-for-unit": Words("申请待补充材料", "a request waits for the unit"),
    "throw-away-left": Words("临时环境未能清除", "a throw-away environment is still there"),
    "trial-may-end": Words("试运行最短期满", "the shortest trial is over"),
}

KINDS: dict[OperationKind, Words] = {
    OperationKind.PREVIEW: Words("预览", "preview"),
    OperationKind.PROVISION: Words("开通", "provisioning"),
    OperationKind.PROMOTE: Words("转为正式环境", "promotion"),
    OperationKind.CHANGE: Words("变更", "change"),
    OperationKind.STOP: Words("停机", "stop"),
    OperationKind.START: Words("开机", "start"),
    OperationKind.SUSPEND: Words("暂停", "suspension"),
    OperationKind.RESUME: Words("恢复运行", "end of a suspension"),
    OperationKind.BACKUP: Words("备份", "backup"),
    OperationKind.FINAL_BACKUP: Words("最终备份", "final backup"),
    OperationKind.CHECK: Words("备份校验", "check of backups"),
    OperationKind.RESTORE: Words("数据恢复", "restore"),
    OperationKind.VERIFY: Words("备份恢复比对", "verification of backups"),
    OperationKind.DRILL: Words("应急演练", "drill"),
    OperationKind.BOOTSTRAP: Words("主机基线", "baseline of hosts"),
    OperationKind.PATCH: Words("补丁安装", "patching"),
    OperationKind.SURVEY: Words("软件清查", "survey"),
    OperationKind.ACCESS: Words("主机出入管理", "revocations and sessions"),
    OperationKind.DIFFERENCE: Words("差异核对", "look at a drift"),
    OperationKind.MEND: Words("差异修复", "mending of a drift"),
    OperationKind.RETIRE: Words("终止回收", "retirement"),
}
ENDS: dict[OperationState, Words] = {
    OperationState.FAILED: Words("失败", "failed"),
    OperationState.PARTLY_DONE: Words("部分完成", "is partly done"),
    OperationState.CANCELLED: Words("已取消", "was cancelled"),
}


BAD_ENDS: dict[str, Words] = {
    f"{kind}-{state}": Words(f"{done.zh}{end.zh}", f"{done.en} {end.en}")
    for kind, done in KINDS.items()
    for state, end in ENDS.items()
}


class Message(Model):
    """A notice as people read it."""

    subject: str
    body: str


def subject_words(key: str) -> Words:
    """Give the subject of a key; one that nobody put into words speaks for itself."""
    if key.startswith(MISSED) and key.removeprefix(MISSED) in set(DeadlineKind):
        due = TEXTS[title(DeadlineKind(key.removeprefix(MISSED)))]
        return Words(f"逾期：{due.zh}", f"missed: {due.en}")
    plain = key.replace("-", " ")
    return SUBJECTS.get(key) or BAD_ENDS.get(key) or Words(plain, plain)


def message(notice: Notice) -> Message:
    """Give a notice in both languages: what it is, where, when, and what is known."""
    words, where = subject_words(notice.key), visible(notice.environment)
    about = f"{where}: " if where else ""
    lines = [
        words.zh,
        words.en,
        "",
        *([f"环境 / environment: {where}"] if where else []),
        f"时间 / at: {notice.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        *_facts(notice.facts),
        "",
        f"tenure notice show {notice.id}",
    ]
    return Message(subject=f"[Tenure] {about}{words.zh} / {words.en}", body="\n".join(lines))


def _facts(facts: dict[str, Any]) -> Iterator[str]:
    for name, value in facts.items():
        text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        if text:
            shown = text if len(text) <= LONGEST_FACT else f"{text[:LONGEST_FACT]}…"
            yield f"{name.replace('_', ' ')}: {visible(shown)}"
