"""The lives as Mermaid state diagrams."""

from __future__ import annotations

from enum import StrEnum

from orchestrator.domain.lifecycle import ENVIRONMENT, GRANT, OPERATION, REQUEST, Table
from tools.docs.markdown import page

INTRODUCTION = (
    "A request, an environment, an operation and a grant each live by a table of states in "
    "`orchestrator/domain/lifecycle.py`. What is not in a table cannot happen: the command ends with exit code 4 and "
    "says what is possible."
)
TEXTS = {
    REQUEST.name: "A rejection states its reasons, and the unit may submit again (Art. 12).",
    ENVIRONMENT.name: "Trial and production are one environment, promoted in place. A broken one is mended by "
    "`tenure operation retry`, or retired.",
    OPERATION.name: "`running → running` is a takeover after the death of a worker.",
    GRANT.name: "A person's right to enter hosts (Art. 36): `approve` is the first of the two approvals, of unit and "
    "office; the second one grants.",
}


def lifecycle_page() -> str:
    """Give docs/lifecycle.md."""
    parts = ["# Lifecycles", INTRODUCTION]
    parts += [_section(REQUEST), _section(ENVIRONMENT), _section(OPERATION), _section(GRANT)]
    return page(*parts)


def _section[S: StrEnum, E: StrEnum](life: Table[S, E]) -> str:
    return f"## {life.name.capitalize()}\n\n{TEXTS[life.name]}\n\n{state_diagram(life)}"


def state_diagram[S: StrEnum, E: StrEnum](life: Table[S, E]) -> str:
    """Give one table as a fenced Mermaid diagram, in the table's order."""
    moves = [f"    {_id(source)} --> {_id(target)}: {event}" for (source, event), target in life.moves.items()]
    ends = [f"    {_id(state)} --> [*]" for state in sorted(life.last)]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {_id(life.first)}", *moves, *ends, "```"])


def _id(state: StrEnum) -> str:
    return state.value.replace("-", "_")
