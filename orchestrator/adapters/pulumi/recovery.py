"""Mends what a killed attempt left: nothing that it made is made twice, nothing is orphaned (DESIGN.md decision 13)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.adapters.pulumi.cloud_api import CloudApi
from orchestrator.adapters.pulumi.engine import Engine
from orchestrator.adapters.pulumi.movement import Movement
from orchestrator.adapters.pulumi.narration import PlanReader, name_of
from orchestrator.adapters.pulumi.search import ProjectSearch
from orchestrator.adapters.pulumi.state import GROUP, PROJECT, USER, StackState, Wanted
from orchestrator.domain.plan import Action, PlannedStep
from orchestrator.domain.records import StepEvent, StepStatus

SETTLE_SECONDS = 6.0
"""A request that was under way when its sender was killed may take effect this much later."""

PAUSE_SECONDS = 0.5
RESIZING = frozenset({"flavorName", "size"})
"""Changes that the cloud refuses to make a second time."""

SEALED_MARK = "4dabf18193072939515e22adb298388d"
"""Pulumi's mark of a secret; what a plan tells of its value is a mask, which must not go on record."""

MASK = "[secret]"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How a plan writes a value that is not known before something else is made."""


class Recovery:
    """Recovers one stack.

    Args:
        engine: The stack.
        cloud: The administrator's view of the cloud.
        tell: Takes remarks.
        interrupted: Whether somebody asked to stop.
    """

    def __init__(
        self,
        engine: Engine,
        cloud: CloudApi,
        tell: Callable[[StepEvent], None],
        interrupted: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._cloud = cloud
        self._tell = tell
        self._interrupted = interrupted

    def run(self) -> None:
        """Unlock, adopt what exists, remove what never worked, forget the rest; harmless when all is well."""
        state = StackState(self._engine.export())
        if not state.resources and not state.pending:
            return
        plan = self._engine.preview(lambda _: None)
        wanted = _missing(plan, state) | state.pending_creates()
        adopted = self._look_for(wanted, state)
        broken = self._broken([*state.half_made(), *_as_records(adopted)])
        adopted = {urn: found for urn, found in adopted.items() if urn not in broken}
        half_made = {resource["urn"] for resource in state.half_made()}
        halfway = self._halfway(plan, state)
        if not (adopted or broken or half_made or halfway or state.pending):
            return
        self._strip_groups(adopted)
        self._engine.restore(state.settle(adopted, broken).deployment)
        changed = sorted(((half_made | halfway) - broken) | adopted.keys())
        if changed:
            self._engine.refresh(changed)

    def _halfway(self, plan: PlanReader, state: StackState) -> set[str]:
        """Let changes and removals that were under way come to rest; give the URNs of what has to be read again.

        A server cannot be resized to the size that it has, nor a volume extended; and what is gone must not stand on
        record when the way back wants it again.
        """
        standing = state.standing()
        late = [
            Movement(self._cloud, standing[one["urn"]], self._interrupted)
            for one in (*state.pending_updates(), *state.pending_deletes())
            if one["urn"] in standing
        ]
        deadline = time.monotonic() + SETTLE_SECONDS
        while not all(one.has_begun() for one in late) and time.monotonic() < deadline:
            self._pause()
        resizing = [standing[step.urn] for step in plan.steps if _resizes(step) and step.urn in standing]
        for one in (*late, *(Movement(self._cloud, record, self._interrupted) for record in resizing)):
            one.come_to_rest()
        return {one["urn"] for one in resizing} | {one.urn for one in late}

    def _look_for(self, wanted: Mapping[str, Wanted], state: StackState) -> dict[str, tuple[Wanted, str]]:
        """Look until everything uncertain is found, or until a late request would have taken effect."""
        uncertain = set(state.pending_creates())
        deadline = time.monotonic() + SETTLE_SECONDS
        found: dict[str, tuple[Wanted, str]] = {}
        while True:
            search = self._search(state, found)
            for urn in wanted.keys() - found.keys():
                identity = search.find(wanted[urn])
                if identity is not None:
                    found[urn] = (wanted[urn], identity)
                    self._note(wanted[urn], f"found {identity}, made before the interruption")
            sought = {urn for urn in uncertain - found.keys() if search.knows(wanted[urn].type)}
            if not sought or time.monotonic() > deadline:
                return {urn: found[urn] for urn in wanted if urn in found}
            self._pause()

    def _search(self, state: StackState, found: Mapping[str, tuple[Wanted, str]]) -> ProjectSearch:
        ids = {wanted.type: identity for wanted, identity in found.values()}
        return ProjectSearch(self._cloud, state.id_of(PROJECT) or ids.get(PROJECT), state.id_of(USER) or ids.get(USER))

    def _strip_groups(self, adopted: Mapping[str, tuple[Wanted, str]]) -> None:
        """Remove the rules that Neutron gives a new group: its creation may have ended before they were."""
        groups = [identity for wanted, identity in adopted.values() if wanted.type == GROUP]
        for group in groups:
            rules = self._cloud.items(
                "network", "/security-group-rules", "security_group_rules", security_group_id=group
            )
            for rule in rules:
                if not rule["description"]:
                    self._cloud.remove("network", f"/security-group-rules/{rule['id']}")

    def _broken(self, records: list[dict[str, Any]]) -> set[str]:
        """Wait for servers and volumes that are being made; remove those that never worked, and give their URNs."""
        return {record["urn"] for record in records if self._never_worked(record)}

    def _never_worked(self, record: Mapping[str, Any]) -> bool:
        """Whether a thing has to be made again; one that ever worked is left to people, whatever is wrong with it."""
        thing = Movement(self._cloud, record, self._interrupted)
        if not thing.is_watched:
            return False
        thing.come_to_rest()
        if thing.is_broken() and not thing.ever_worked():
            status = thing.status()
            thing.remove()
            self._note(Wanted(record["urn"], record["type"], {}), f"was in status {status}; removed to be made again")
        return thing.status() is None

    def _pause(self) -> None:
        if self._interrupted():
            raise InterruptedError("asked to stop while recovering")
        time.sleep(PAUSE_SECONDS)

    def _note(self, wanted: Wanted, detail: str) -> None:
        self._tell(
            StepEvent(
                phase="recover",
                status=StepStatus.NOTE,
                resource=name_of(wanted.urn),
                type=wanted.type,
                action="adopt",
                detail=detail,
            )
        )


def _missing(plan: PlanReader, state: StackState) -> dict[str, Wanted]:
    """Give what the plan would make: among it is what a failed create made without telling its id."""
    standing = state.standing()
    return {
        urn: Wanted(urn, metadata.type, known(metadata.new.inputs or {}), _record(metadata.new))
        for urn, metadata in plan.creates.items()
        if metadata.new is not None and UNKNOWN not in metadata.new.provider and urn not in standing
    }


def _resizes(step: PlannedStep) -> bool:
    return step.action is Action.UPDATE and bool(RESIZING.intersection(step.changed))


def known(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what a plan does not know yet, and secrets, which it does not tell; ``up`` sets both."""
    return {key: value for key, value in inputs.items() if value not in (UNKNOWN, MASK) and not _is_secret(value)}


def _is_secret(value: object) -> bool:
    return isinstance(value, Mapping) and SEALED_MARK in value


def _record(new: Any) -> dict[str, Any]:  # noqa: ANN401  events of the Automation API
    record = {"urn": new.urn, "type": new.type, "custom": True, "provider": new.provider}
    return record | ({"parent": new.parent} if new.parent else {})


def _as_records(adopted: Mapping[str, tuple[Wanted, str]]) -> list[dict[str, Any]]:
    return [{"urn": urn, "type": wanted.type, "id": identity} for urn, (wanted, identity) in adopted.items()]
