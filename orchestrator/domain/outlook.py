"""How a request stands, for people: what is missing, who has to act, by when, and what happens if nobody does."""

from __future__ import annotations

from datetime import datetime

from orchestrator.domain.duties import DUTIES, Forecast, forecast
from orchestrator.domain.gates import Gate, Step
from orchestrator.domain.lifecycle import RequestState
from orchestrator.domain.model import Model
from orchestrator.domain.records import Deadline, Request, Role

NEXT: dict[RequestState, tuple[Role | None, Step | None]] = {
    RequestState.SUBMITTED: (Role.OFFICE, Step.ACCEPT),
    RequestState.WAITING: (Role.UNIT, None),
    RequestState.ACCEPTED: (Role.OFFICE, Step.REVIEW),
    RequestState.REJECTED: (Role.UNIT, None),
    RequestState.REVIEWED: (Role.PROVIDER, None),
    RequestState.EXECUTING: (Role.PROVIDER, None),
    RequestState.CLOSED: (None, None),
}
"""Whose turn it is in a state, and the decision that comes next."""

WITHOUT_DATE = {
    RequestState.WAITING: ("时限暂停，直至应用单位补充材料", "the clock stands still until the unit answers"),
    RequestState.REJECTED: ("应用单位可修改后重新提交", "nothing happens; the unit may submit it again (Art. 12)"),
}


class Outlook(Model):
    """How a request stands.

    Attributes:
        acts: Whose turn it is; ``None`` when it is over.
        missing: What keeps the next decision from being taken, one thing each.
        gates: Every gate, passed or not.
        by: The instant at which the time is over, exclusive; ``None`` when no clock runs.
        forecast: How that date stands.
        otherwise_zh: What happens if nobody acts.
        otherwise_en: The same.
    """

    request: str
    state: RequestState
    acts: Role | None
    missing: tuple[str, ...]
    gates: tuple[Gate, ...]
    by: datetime | None = None
    forecast: Forecast | None = None
    provisional: bool = False
    otherwise_zh: str = ""
    otherwise_en: str = ""


def outlook_of(request: Request, gates: tuple[Gate, ...], dates: tuple[Deadline, ...], now: datetime) -> Outlook:
    """Put together how a request stands at an instant."""
    acts, step = NEXT[request.state]
    missing = tuple(lack for gate in gates if gate.step is step and not gate.open for lack in gate.missing)
    if request.waiting_for:
        missing = (request.waiting_for,)
    running = sorted((one for one in dates if one.met_at is None and one.paused_at is None), key=lambda one: one.due_at)
    known: dict[str, object] = {}
    if running and acts is not None:
        words = DUTIES[running[0].kind].consequence
        known = {
            "by": running[0].due_at,
            "forecast": forecast(running[0], now),
            "provisional": running[0].provisional,
            "otherwise_zh": words.zh,
            "otherwise_en": words.en,
        }
    elif request.state in WITHOUT_DATE:
        zh, en = WITHOUT_DATE[request.state]
        known = {"otherwise_zh": zh, "otherwise_en": en}
    return Outlook.model_validate(
        {"request": request.id, "state": request.state, "acts": acts, "missing": missing, "gates": gates, **known}
    )
