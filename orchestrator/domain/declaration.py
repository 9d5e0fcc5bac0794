"""An environment's file in git: what the environment shall be, as long as the file stands there.

The wish inside is that of a request (:mod:`orchestrator.domain.submission`); :meth:`Declaration.submission` gives the
request that brings the environment to it. A removed file asks for the environment's end and never removes anything by
itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from orchestrator.domain.faults import Fault, SchemaRule, refuse
from orchestrator.domain.names import ManagedBy, Stage, environment_name
from orchestrator.domain.records import Kind
from orchestrator.domain.submission import KINDS_WITH_WISH, Application, Classified, MlpsLevel, Submission, Wish

NAME_RULE = "git/file-name"


class Declaration(Application):
    """One environment as it shall be."""

    model_config = ConfigDict(use_attribute_docstrings=True, title="Tenure environment")

    stage: Annotated[Stage, Field(json_schema_extra={"enum": ["test", "trial", "production"]})]
    """How far the system is: `test`, `trial` or `production`. Trial and production are one environment, `…-live`."""

    managed_by: ManagedBy = ManagedBy.GIT
    """Whose word counts: this file's (`git`), or the approval system's (`hook`), which this file then only shows."""

    classified: Classified
    """Whether the system handles classified information (涉密); such systems stay outside (Art. 2, 4)."""

    mlps: MlpsLevel
    """Self-graded level of the multi-level protection scheme (等级保护), 1 to 5."""

    environment: Wish
    """What is wanted; what is left out stays as the blueprint has it."""

    @model_validator(mode="after")
    def _nobody_declares_a_drill(self) -> Self:
        if self.stage is Stage.DRILL:
            summary = "nobody asks for a drill's environment: drills make and remove it themselves"
            refuse(Fault(SchemaRule.VALUE, ("stage",), summary))
        return self

    @property
    def environment_name(self) -> str:
        """Name of the environment, and of its file."""
        return environment_name(self.unit, self.system, self.stage)

    def submission(self, kind: Kind) -> Submission:
        """Give the request of a kind that this file stands for."""
        data = {name: getattr(self, name) for name in Application.model_fields if name in self.model_fields_set}
        data |= {"kind": kind, "stage": self.stage}
        if kind in KINDS_WITH_WISH:
            data |= {"classified": self.classified, "mlps": self.mlps, "environment": self.environment}
        else:
            data.pop("oversize_reason", None)
        return Submission.model_validate(data)


def declared(content: Mapping[str, Any], stage: Stage, managed_by: ManagedBy) -> Declaration:
    """Give the file that says what a request's content on record has brought about.

    Args:
        content: Of a request with a wish, as it went on record.
        stage: The environment's now: a promotion changes nothing else.
        managed_by: Whose word counts from now on.
    """
    data = {name: content[name] for name in Declaration.model_fields if name in content}
    return Declaration.model_validate(data | {"stage": stage, "managed_by": managed_by})
