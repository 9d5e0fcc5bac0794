"""The words of certificates in the two languages of their page, Chinese first."""

from __future__ import annotations

from typing import Final, NamedTuple

from orchestrator.domain.gates import GateName
from orchestrator.domain.names import Stage
from orchestrator.domain.records import EvidenceKind, Role


class Word(NamedTuple):
    """One word in Chinese and in English."""

    zh: str
    en: str


STAGES: Final = {
    Stage.TEST: Word("测试环境", "test environment"),
    Stage.TRIAL: Word("试运行环境", "trial environment"),
    Stage.PRODUCTION: Word("正式环境", "production environment"),
    Stage.DRILL: Word("演练环境", "drill environment"),
}
CAUSES: Final = {
    "request": Word("经审核的终止申请", "a reviewed request for termination"),
    "period-end": Word("测试期满", "the end of its test period"),
}
ROLES: Final = {
    Role.UNIT: Word("应用单位", "unit"),
    Role.OFFICE: Word("市电子政务办", "office"),
    Role.PROVIDER: Word("政务云服务提供商", "provider"),
    Role.BUREAU: Word("市数据资源行政主管部门", "bureau"),
    Role.AUDITOR: Word("监督考核", "auditor"),
    Role.SYSTEM: Word("平台", "platform"),
}
VERDICTS: Final = {
    "accept": Word("受理", "accepted"),
    "reject": Word("不予受理", "rejected"),
    "approve": Word("审核同意", "approved"),
}
EVIDENCE: Final = {
    EvidenceKind.OFFLINE: Word("系统已下线，数据已迁移并备份", "system offline, data migrated and backed up"),
    EvidenceKind.FINAL_BACKUP: Word("最终备份已移交托管", "final backup in escrow"),
    EvidenceKind.RESTORE_COMPARED: Word("恢复最终备份并逐文件比对一致", "final backup restored and compared"),
    EvidenceKind.TESTS_PASSED: Word("性能和安全测试通过", "performance and security tests passed"),
}
GATES: Final = {
    GateName.OFFLINE: Word("系统下线确认", "offline confirmation"),
    GateName.FINAL_BACKUP: Word("最终备份", "final backup"),
    GateName.RESTORE_COMPARED: Word("备份恢复比对", "restore comparison"),
}
ORIGINS: Final = {
    "plan": Word("计划内", "by plan"),
    "sweep": Word("清查发现", "found by sweep"),
}
TYPES: Final = {
    "project": Word("项目", "project"),
    "user": Word("用户", "user"),
    "server": Word("云主机", "server"),
    "volume": Word("云硬盘", "volume"),
    "snapshot": Word("快照", "snapshot"),
    "backup": Word("备份", "backup"),
    "image": Word("镜像", "image"),
    "port": Word("端口", "port"),
    "network": Word("网络", "network"),
    "subnet": Word("子网", "subnet"),
    "router": Word("路由器", "router"),
    "floating_ip": Word("公网地址", "floating IP"),
    "security_group": Word("安全组", "security group"),
    "keypair": Word("密钥对", "key pair"),
    "server_group": Word("主机组", "server group"),
    "load_balancer": Word("负载均衡", "load balancer"),
    "container": Word("对象存储桶", "container"),
    "secret": Word("密钥", "secret"),
    "zone": Word("域名区", "DNS zone"),
    "stack": Word("编排栈", "stack"),
    "application_credential": Word("应用凭据", "application credential"),
    "role_assignment": Word("角色授权", "role assignment"),
}


def type_word(kind: str) -> Word:
    """Give the word for a kind of resource; one that has none stands for itself."""
    return TYPES.get(kind, Word("", kind.replace("_", " ")))
