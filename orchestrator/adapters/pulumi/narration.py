"""Turns the engine's events into ours: steps of a plan, step events of an operation, outputs and faults."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pulumi.automation import events

from orchestrator.adapters.pulumi.faults import Masker, fault, is_noise
from orchestrator.adapters.pulumi.made import Standing, things_of
from orchestrator.adapters.pulumi.state import INSTANCE, VOLUME
from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.plan import Action, PlannedStep
from orchestrator.domain.records import Outputs, StepEvent, StepStatus, Thing

STACK_TYPE = "pulumi:pulumi:Stack"
STATEFUL = frozenset(
    {
        INSTANCE,
        VOLUME,
        "openstack:objectstorage/container:Container",
        "openstack:networking/floatingIp:FloatingIp",
    }
)
ACTIONS = {
    "same": Action.SAME,
    "create": Action.CREATE,
    "import": Action.CREATE,
    "update": Action.UPDATE,
    "replace": Action.REPLACE,
    "create-replacement": Action.REPLACE,
    "delete-replaced": Action.REPLACE,
    "delete": Action.DELETE,
    "discard": Action.DELETE,
    "read": Action.READ,
    "refresh": Action.READ,
}
LOOKING = "refresh"
MAKING = frozenset({"create", "create-replacement"})
QUIET = frozenset({"same", "read", "refresh", "remove-pending-replace"})


def name_of(urn: str) -> str:
    """Give the logical name at the end of a URN."""
    return urn.rsplit("::", 1)[-1]


def is_resource(kind: str) -> bool:
    """Whether a type is a thing in the cloud: neither a component nor Pulumi's own bookkeeping."""
    return kind.startswith("openstack:")


class PlanReader:
    """Collects the steps of a preview."""

    def __init__(self) -> None:
        self._steps: dict[str, PlannedStep] = {}
        self.creates: dict[str, events.StepEventMetadata] = {}

    def __call__(self, event: events.EngineEvent) -> None:
        """Take one event of the engine."""
        if event.resource_pre_event is None or not is_resource(event.resource_pre_event.metadata.type):
            return
        metadata = event.resource_pre_event.metadata
        if metadata.op.value == LOOKING:
            return  # what the look found is told by the step that follows
        step = planned_step(metadata)
        self._steps[step.urn] = _together(self._steps.get(step.urn), step)
        if metadata.op.value in MAKING:
            self.creates[step.urn] = metadata

    @property
    def steps(self) -> tuple[PlannedStep, ...]:
        """The steps sorted by URN, so that the same plan made twice is the same."""
        return tuple(self._steps[urn] for urn in sorted(self._steps))


def _together(known: PlannedStep | None, step: PlannedStep) -> PlannedStep:
    """Make one step of the several in which the engine tells a replacement, in whatever order they come."""
    if known is None:
        return step
    told = step if step.action is Action.REPLACE else known
    return told.model_copy(
        update={
            "changed": tuple(sorted({*known.changed, *step.changed})),
            "replaces": tuple(sorted({*known.replaces, *step.replaces})),
        }
    )


def planned_step(metadata: events.StepEventMetadata) -> PlannedStep:
    """Give one step; of properties that differ only the names, since values may be secret."""
    detailed = metadata.detailed_diff or {}
    changed = _properties([*detailed, *(metadata.diffs or []), *(metadata.keys or [])])
    forcing = [path for path, difference in detailed.items() if difference.diff_kind.value.endswith("-replace")]
    action, replaces = ACTIONS[str(metadata.op.value)], _properties([*forcing, *(metadata.keys or [])])
    if action is Action.UPDATE:
        replaces = _rebuilding(metadata.type, changed)
        action = Action.REPLACE if replaces else action
    return PlannedStep(
        urn=metadata.urn,
        type=metadata.type,
        name=name_of(metadata.urn),
        action=action,
        changed=tuple(sorted(changed)),
        replaces=tuple(sorted(replaces)) if action is Action.REPLACE else (),
        stateful=metadata.type in STATEFUL,
    )


def _properties(paths: Iterable[str]) -> set[str]:
    """Cut paths to the property that they begin with."""
    return {path.split(".", 1)[0].split("[", 1)[0] for path in paths if path}


def _rebuilding(kind: str, changed: set[str]) -> set[str]:
    """Give what makes an update of the engine's cost the root disk: the provider rebuilds a server for a new image."""
    return changed & {"imageName", "imageId"} if kind == INSTANCE else set()


class Narrator:
    """Tells the steps of an operation as they happen, and keeps what went wrong and what came out."""

    def __init__(self, phase: str, watch: Callable[[StepEvent], None], mask: Masker) -> None:
        self._phase = phase
        self._watch = watch
        self._mask = mask
        self._began: dict[str, float] = {}
        self._kinds: dict[str, str] = {}
        self._standing: dict[str, Standing] = {}
        self.faults: list[Diagnostic] = []
        self.outputs: Outputs | None = None

    def __call__(self, event: events.EngineEvent) -> None:
        """Take one event of the engine."""
        if event.resource_pre_event:
            self._started(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._note(event.res_outputs_event.metadata)
            self._ended(event.res_outputs_event.metadata, StepStatus.DONE)
        elif event.res_op_failed_event:
            self._ended(event.res_op_failed_event.metadata, StepStatus.FAILED)
        elif event.diagnostic_event:
            self._diagnosed(event.diagnostic_event)

    def _started(self, metadata: events.StepEventMetadata) -> None:
        self._kinds[metadata.urn] = metadata.type
        if is_resource(metadata.type) and metadata.op.value not in QUIET:
            self._began[metadata.urn] = time.monotonic()
            self._watch(self._event(metadata, StepStatus.STARTED))

    @property
    def made(self) -> tuple[Thing, ...]:
        """What stands after the operations that were told, unchanged things included."""
        return things_of(self._standing.values())

    def _note(self, metadata: events.StepEventMetadata) -> None:
        """Keep what stands; of a replacement the new one, whichever of its two steps is told last."""
        if metadata.new is not None and is_resource(metadata.type):
            new = metadata.new
            self._standing[metadata.urn] = Standing(new.type, name_of(metadata.urn), new.id, new.outputs or {})
        elif metadata.op.value == "delete":
            self._standing.pop(metadata.urn, None)

    def _ended(self, metadata: events.StepEventMetadata, status: StepStatus) -> None:
        if metadata.type == STACK_TYPE and metadata.new is not None:
            self.outputs = outputs_of(metadata.new.outputs or {})
        if is_resource(metadata.type) and metadata.op.value not in QUIET:
            self._watch(self._event(metadata, status))

    def _event(self, metadata: events.StepEventMetadata, status: StepStatus) -> StepEvent:
        began = self._began.get(metadata.urn)
        over = began is not None and status is not StepStatus.STARTED
        return StepEvent(
            phase=self._phase,
            status=status,
            resource=name_of(metadata.urn),
            type=metadata.type,
            action=str(metadata.op.value),
            seconds=round(time.monotonic() - began, 3) if began is not None and over else None,
        )

    def diagnose(self, event: events.EngineEvent) -> None:
        """Take one event of a preview: only errors count."""
        if event.resource_pre_event:
            self._kinds[event.resource_pre_event.metadata.urn] = event.resource_pre_event.metadata.type
        elif event.diagnostic_event:
            self._diagnosed(event.diagnostic_event)

    def _diagnosed(self, event: events.DiagnosticEvent) -> None:
        message = self._mask(event.message.strip())
        if event.severity != "error" or is_noise(message):
            return
        urn = event.urn or ""
        kind = self._kinds.get(urn, "")
        resource = name_of(urn) if is_resource(kind) else ""
        found = fault(resource, kind if resource else "", message)
        if found in self.faults:
            return
        self.faults.append(found)
        self._watch(
            StepEvent(phase=self._phase, status=StepStatus.NOTE, resource=resource, type=kind, detail=found.summary)
        )


def outputs_of(outputs: Mapping[str, Any]) -> Outputs | None:
    """Give the stack's outputs when they are complete; a failed run may have exported only some of them."""
    return Outputs.model_validate(dict(outputs)) if set(outputs) == set(Outputs.model_fields) else None
