"""What each kind of date means for people: who has to act, what happens if nobody does, and how it stands now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto

from orchestrator.domain.records import Deadline, DeadlineKind, Role


class AtDue(Enum):
    """What happens when a date comes and nobody was faster."""

    RECORDED = auto()
    """A breach is recorded and told; the work goes on."""
    DONE = auto()
    """Tenure acts, and that is what the date was for."""
    STILL_OWED = auto()
    """Tenure acts, and somebody still owes what the date was for."""


@dataclass(frozen=True)
class Words:
    """One text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Duty:
    """One kind of date.

    Attributes:
        responsible: Who has to act by then.
        at_due: What happens at the date.
        title: What is due.
        consequence: What happens if nobody acts.
    """

    responsible: Role
    at_due: AtDue
    title: Words
    consequence: Words


ROLES: dict[Role, Words] = {
    Role.UNIT: Words("应用单位", "unit"),
    Role.OFFICE: Words("市电子政务办", "office"),
    Role.PROVIDER: Words("服务提供商", "provider"),
    Role.BUREAU: Words("主管部门", "bureau"),
    Role.AUDITOR: Words("监督考核", "auditor"),
    Role.SYSTEM: Words("系统", "system"),
}
BREACH = Words(
    "逾期将记录在案并告知市电子政务办和服务提供商，办理继续进行",
    "the breach is recorded and told to office and provider; the work goes on",
)

DUTIES: dict[DeadlineKind, Duty] = {
    DeadlineKind.ACCEPTANCE: Duty(Role.OFFICE, AtDue.RECORDED, Words("受理决定", "decision on acceptance"), BREACH),
    DeadlineKind.REVIEW: Duty(Role.OFFICE, AtDue.RECORDED, Words("审核意见", "review opinion"), BREACH),
    DeadlineKind.PROVISION: Duty(Role.PROVIDER, AtDue.RECORDED, Words("提供环境", "environment provided"), BREACH),
    DeadlineKind.EXECUTION: Duty(Role.PROVIDER, AtDue.RECORDED, Words("变更实施", "change carried out"), BREACH),
    DeadlineKind.RECLAIM: Duty(Role.PROVIDER, AtDue.RECORDED, Words("资源回收完毕", "everything reclaimed"), BREACH),
    DeadlineKind.END_NOTICE: Duty(
        Role.SYSTEM,
        AtDue.DONE,
        Words("测试期满提醒", "notice of the end of a test period"),
        Words("系统提醒应用单位和市电子政务办", "Tenure tells the unit and the office"),
    ),
    DeadlineKind.PERIOD_END: Duty(
        Role.UNIT,
        AtDue.DONE,
        Words("测试期满", "end of the test period"),
        Words("环境停机，随后回收资源", "the environment is stopped, and reclaimed after the grace"),
    ),
    DeadlineKind.RECLAIM_START: Duty(
        Role.UNIT,
        AtDue.DONE,
        Words("开始回收资源", "start of reclaiming"),
        Words("系统开始回收全部资源", "Tenure begins to reclaim every resource"),
    ),
    DeadlineKind.RECLAIM_RETRY: Duty(
        Role.PROVIDER,
        AtDue.DONE,
        Words("再次尝试回收资源", "reclaim tried again"),
        Words("系统再次尝试回收全部资源", "Tenure tries again to reclaim every resource"),
    ),
    DeadlineKind.CHANGE_START: Duty(
        Role.PROVIDER,
        AtDue.DONE,
        Words("变更窗口开始", "start of a change in its window"),
        Words("系统开始实施已批准的变更", "Tenure begins to carry out the approved change"),
    ),
    DeadlineKind.TRIAL_MINIMUM: Duty(
        Role.UNIT,
        AtDue.DONE,
        Words("试运行最短期满", "end of the shortest trial"),
        Words(
            "系统告知应用单位可以申请正式环境，试运行继续",
            "the unit is told that it may apply for production; the trial goes on",
        ),
    ),
    DeadlineKind.BACKUP: Duty(
        Role.PROVIDER,
        AtDue.DONE,
        Words("数据备份", "backup"),
        Words("系统开始备份", "Tenure begins the backup"),
    ),
    DeadlineKind.PATCH: Duty(
        Role.PROVIDER,
        AtDue.DONE,
        Words("补丁窗口开始", "start of a patch window"),
        Words("系统开始安装补丁", "Tenure begins to install patches"),
    ),
    DeadlineKind.CHECK: Duty(
        Role.PROVIDER,
        AtDue.DONE,
        Words("备份存储校验", "check of the stored backups"),
        Words("系统逐字节校验备份", "Tenure reads every byte of the backups"),
    ),
    DeadlineKind.VERIFY: Duty(
        Role.PROVIDER,
        AtDue.DONE,
        Words("备份恢复比对", "backup restored and compared"),
        Words("系统恢复备份并比对", "Tenure restores backups beside the system and compares them"),
    ),
    DeadlineKind.SURVEY: Duty(
        Role.PROVIDER,
        AtDue.DONE,
        Words("软件清查", "survey of software"),
        Words("系统清查软件、服务和端口", "Tenure looks over software, services and ports"),
    ),
    DeadlineKind.DRILL_NOTICE: Duty(
        Role.PROVIDER,
        AtDue.DONE,
        Words("应急演练提醒", "reminder of a drill"),
        Words("系统提醒服务提供商和市电子政务办", "Tenure reminds the provider and the office"),
    ),
    DeadlineKind.DRILL: Duty(Role.PROVIDER, AtDue.RECORDED, Words("应急演练", "emergency drill"), BREACH),
    DeadlineKind.RECOVERY_POINT: Duty(
        Role.PROVIDER,
        AtDue.STILL_OWED,
        Words("有效备份过旧", "newest backup too old"),
        Words("告知服务提供商和市电子政务办", "provider and office are told"),
    ),
    DeadlineKind.OLD_RESOURCES: Duty(
        Role.UNIT,
        AtDue.STILL_OWED,
        Words("报送原系统闲置资源清单", "list of the old system's resources"),
        Words("提醒应用单位并告知市电子政务办", "the unit is reminded, and the office is told"),
    ),
    DeadlineKind.FIX: Duty(
        Role.UNIT,
        AtDue.STILL_OWED,
        Words("安全隐患整改", "security finding fixed"),
        Words("告知市电子政务办，由其决定强制处置", "the office is told and decides on forced handling"),
    ),
    DeadlineKind.ESCROW_END: Duty(
        Role.OFFICE,
        AtDue.STILL_OWED,
        Words("最终备份托管期满", "end of the final backup's escrow"),
        Words("告知市电子政务办，由其决定备份的去留", "the office is told and decides what becomes of the backup"),
    ),
}
"""Every kind, with who acts by Art. 12 to 16, 22, 30 and 37."""

ACTING = frozenset(kind for kind, duty in DUTIES.items() if duty.at_due is not AtDue.RECORDED)
"""Kinds on which the sweep acts; the others only record a breach."""

CONSEQUENCE, TITLE = "deadline.consequence", "deadline.title"
TEXTS: dict[str, Words] = {
    **{f"{CONSEQUENCE}.{kind}": duty.consequence for kind, duty in DUTIES.items()},
    **{f"{TITLE}.{kind}": duty.title for kind, duty in DUTIES.items()},
}
"""The texts of all kinds, by key."""


def responsible(kind: DeadlineKind) -> Role:
    """Give who has to act; the system itself where people have nothing to do."""
    return DUTIES[kind].responsible


def consequence(kind: DeadlineKind) -> str:
    """Give the key in :data:`TEXTS` of what happens if nobody acts."""
    return f"{CONSEQUENCE}.{kind}"


def title(kind: DeadlineKind) -> str:
    """Give the key in :data:`TEXTS` of what is due."""
    return f"{TITLE}.{kind}"


class Forecast(StrEnum):
    """How a date stands."""

    ON_TIME = "on-time"
    AT_RISK = "at-risk"
    MISSED = "missed"
    PAUSED = "paused"
    MET = "met"


FORECASTS: dict[Forecast, Words] = {
    Forecast.ON_TIME: Words("正常", "on time"),
    Forecast.AT_RISK: Words("临期", "at risk"),
    Forecast.MISSED: Words("逾期", "missed"),
    Forecast.PAUSED: Words("暂停计时", "paused"),
    Forecast.MET: Words("已完成", "met"),
}


def forecast(deadline: Deadline, now: datetime) -> Forecast:
    """Say how a date stands at an instant.

    It is at risk from two thirds of the time between the event and its end (policy). A date at which Tenure itself
    acts is never at risk, and met once it fired: nobody can be late for it. One without an event is on time until it
    is missed. A clock that stands still misses nothing.
    """
    done = DUTIES[deadline.kind].at_due is AtDue.DONE
    if deadline.met_at is not None or (done and deadline.fired_at is not None):
        return Forecast.MET
    if deadline.paused_at is not None:
        return Forecast.PAUSED
    if now >= deadline.due_at or deadline.fired_at is not None:
        return Forecast.MISSED
    if done or deadline.since is None or now < risky_from(deadline.since, deadline.due_at):
        return Forecast.ON_TIME
    return Forecast.AT_RISK


def fired(deadline: Deadline, at: datetime) -> Deadline:
    """Mark a date as acted on; where the act is what it was for, it is met by that and leaves the list."""
    met_at = at if DUTIES[deadline.kind].at_due is AtDue.DONE else None
    return deadline.model_copy(update={"fired_at": at, "met_at": met_at})


def risky_from(since: datetime, due_at: datetime) -> datetime:
    """Give the instant at which two thirds of the time are over."""
    return since + (due_at - since) * 2 / 3


@dataclass(frozen=True)
class Pending:
    """One date that is not met yet, as it stands at an instant."""

    deadline: Deadline
    forecast: Forecast

    @property
    def responsible(self) -> Role:
        """Who has to act."""
        return responsible(self.deadline.kind)

    @property
    def title(self) -> Words:
        """What is due."""
        return TEXTS[title(self.deadline.kind)]

    @property
    def consequence(self) -> Words:
        """What happens if nobody acts."""
        return TEXTS[consequence(self.deadline.kind)]


def pending(deadline: Deadline, now: datetime) -> Pending:
    """Say how a date stands at an instant."""
    return Pending(deadline, forecast(deadline, now))
