"""The words of drill reports in the two languages of their page, Chinese first."""

from __future__ import annotations

from typing import Final

from orchestrator.domain.drill import Control, Verdict
from orchestrator.domain.duties import ROLES, Words
from orchestrator.domain.names import Stage

__all__ = ["CONTROLS", "NOT_RUN", "POINT", "RECOVERY", "REFUSED", "ROLES", "STAGES", "VERDICTS", "WENT_THROUGH"]

VERDICTS: Final = {
    Verdict.PASSED: Words("通过", "passed"),
    Verdict.LATE: Words("完成，未达目标", "held, a target was missed"),
    Verdict.FAILED: Words("未通过", "failed"),
}
CONTROLS: Final = {
    Control.WRONG_KEY: Words("错误的密钥", "a wrong key"),
    Control.FLIPPED_BIT: Words("备份中一位被改动", "a flipped bit in the backup"),
    Control.ISOLATION: Words("从临时环境访问业务环境", "a call to the live environment"),
}
STAGES: Final = {
    Stage.TEST: Words("测试环境", "test environment"),
    Stage.TRIAL: Words("试运行环境", "trial environment"),
    Stage.PRODUCTION: Words("正式环境", "production environment"),
    Stage.DRILL: Words("演练环境", "drill environment"),
}
REFUSED: Final = Words("如期失败", "failed as it has to")
WENT_THROUGH: Final = Words("未失败", "did not fail")
NOT_RUN: Final = Words("未能进行", "none was run")
RECOVERY: Final = Words("恢复时间", "time to recover")
POINT: Final = Words("数据丢失窗口", "age of the restored data")
