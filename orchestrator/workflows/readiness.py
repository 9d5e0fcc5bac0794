"""What an operation on hosts in care is refused for when somebody asks for it."""

from __future__ import annotations

from orchestrator.domain.errors import ConflictError
from orchestrator.domain.records import Environment, OperationKind
from orchestrator.workflows.fitting import FITTING


def refuse_unfit(environment: Environment, kind: OperationKind) -> None:
    """Raise ConflictError when an operation of a kind makes no sense in the environment's state."""
    if environment.state not in FITTING[kind]:
        fitting = " or ".join(sorted(FITTING[kind]))
        raise ConflictError(
            f"{environment.name} is {environment.state}; {kind} needs it to be {fitting}",
            rule="lifecycle",
            hint=f"tenure env show {environment.name}",
        )
