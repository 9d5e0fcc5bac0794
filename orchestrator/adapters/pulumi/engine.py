"""One environment's stack by the Automation API, without the calls of the CLI that nobody needs.

The Automation API selects the stack before each operation and asks for outputs and history after it: four starts of
the CLI that together take more than a second. Here each call names its stack, and outputs come with the events.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path
from typing import Any

from pulumi import automation
from pulumi.automation import events
from pulumi.automation._stack import StackInitMode
from pulumi.automation.errors import StackAlreadyExistsError, StackNotFoundError
from pydantic import SecretStr

from orchestrator.adapters.pulumi.command import StoppableCommand
from orchestrator.adapters.pulumi.made import Standing
from orchestrator.adapters.pulumi.messages import Order
from orchestrator.adapters.pulumi.narration import PlanReader, name_of
from orchestrator.adapters.pulumi.rehearsal import rehearsal
from orchestrator.adapters.pulumi.state import StackState
from orchestrator.adapters.pulumi.workspace import PASSWORD_KEY, StackFile
from orchestrator.domain.errors import RefusedError
from orchestrator.domain.plan import LOSSES, Action, Plan, PlannedStep
from stacks.context import Context, Surplus
from stacks.program import program

PARALLEL = 20
RESOURCES = [f"**tenure:environment:{component}**" for component in ("Network", "Security", "Compute", "Storage")]
"""Match every component but the tenant, and everything under it, whatever the stack is called."""

SERVICE = "pulumi:providers:openstack::service::"
"""How resources name the provider that acts as the service user."""

OnEvent = Callable[[events.EngineEvent], None]


class Basis(Enum):
    """What a plan compares the program with."""

    STATE = auto()
    CLOUD = auto()
    """The state as the cloud shows it now; the state that is kept stays as it is."""


class QuickStack(automation.Stack):
    """A stack that exists: each operation is one call of the CLI."""

    def __init__(self, name: str, workspace: automation.LocalWorkspace) -> None:  # the base class would select it
        self.name = name
        self.workspace = workspace
        self._mode = StackInitMode.SELECT

    def outputs(self) -> automation.OutputMap:
        """Nothing: the events told them already."""
        return {}

    def info(self, show_secrets: bool = True) -> automation.UpdateSummary:  # noqa: FBT001, FBT002  as the base class
        """A placeholder: the events told already how it went."""
        del show_secrets
        return automation.UpdateSummary(
            kind="update", start_time=datetime.now(UTC), message="", environment={}, config={}, result="succeeded"
        )


class LastStack(QuickStack):
    """A stack that is forgotten, with its file, by the call that destroys it."""

    def _run_pulumi_cmd_sync(
        self,
        args: list[str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> automation.CommandResult:
        return super()._run_pulumi_cmd_sync([*args, "--remove"], on_output, on_error)


class Engine:
    """What Pulumi does for one order."""

    def __init__(self, order: Order, command: StoppableCommand) -> None:
        self._order = order
        self._command = command
        self._folder = Path(order.workshop.folder)
        self._file = StackFile(self._folder, order.spec.name)
        self._context = Context(cloud=order.workshop.facts, service_password=SecretStr(order.service_password))
        self._workspace = self._workspace_in(self._folder, order.workshop.environment)
        self._version: int | None = None
        self.stack = QuickStack(order.spec.name, self._workspace)

    def _workspace_in(self, folder: Path, environment: dict[str, str]) -> automation.LocalWorkspace:
        return automation.LocalWorkspace(
            work_dir=str(folder),
            pulumi_command=self._command,
            program=lambda: program(self._order.spec, self._context),
            env_vars=environment,
            secrets_provider=self._order.workshop.secrets_provider,
        )

    def reckon_with(self, grown: Mapping[str, int], surplus: Surplus) -> None:
        """Tell the program what the cloud has."""
        self._context = self._context.model_copy(update={"grown": dict(grown), "surplus": surplus})

    def preview(self, on_event: OnEvent) -> PlanReader:
        """Run the program against the state and read the plan; makes an empty stack when there is none."""
        self._prepare()
        return self._plan(self._protected_state(), on_event)

    def up(self, on_event: OnEvent) -> None:
        """Make the environment what the program says."""
        self._prepare()
        state = self._protected_state()
        if state is not None:
            self._release(state)
        self.stack.up(on_event=on_event, parallel=PARALLEL, suppress_outputs=True, color="never")

    def difference(self, on_event: OnEvent) -> PlanReader:
        """Say what it would take to make the cloud what the program says; changes neither cloud nor state."""
        self._prepare()
        return self._plan(self._protected_state(), on_event, Basis.CLOUD)

    def mend(self, on_event: OnEvent) -> None:
        """Look at the cloud and make it what the program says, unless that would cost data.

        Raises:
            RefusedError: Something that holds data would be replaced, removed, or made anew without them.
        """
        self._prepare()
        state = self._protected_state()
        steps = self._plan(state, lambda _: None, Basis.CLOUD).steps
        _refuse_losses(steps)
        going = {step.urn for step in steps if step.action in LOSSES}
        if state is not None and going:
            self.restore(state.unprotected(going).deployment)
        self.stack.up(on_event=on_event, parallel=PARALLEL, refresh=True, suppress_outputs=True, color="never")

    def standing(self) -> tuple[Standing, ...]:
        """Give the resources that the state has."""
        return tuple(
            Standing(one["type"], name_of(one["urn"]), str(one["id"]), one.get("outputs") or {})
            for one in StackState(self._exported()).resources
            if one.get("id")
        )

    def _plan(self, state: StackState | None, on_event: OnEvent, basis: Basis = Basis.STATE) -> PlanReader:
        """Read the plan, of a copy without protection when there is any: the engine would not say what goes."""
        if state is None:
            return _read_plan(self.stack, on_event, basis)
        with rehearsal(self._order, self._file, state, self._version) as (folder, environment):
            return _read_plan(QuickStack(self.stack.name, self._workspace_in(folder, environment)), on_event, basis)

    def _release(self, state: StackState) -> None:
        """Take the protection from what the plan removes or replaces, and from nothing else.

        Whatever is still there afterwards is protected again by the update that follows, or by the way back.

        Raises:
            RefusedError: Data would be lost that the signed plan does not give up.
        """
        steps = self._plan(state, lambda _: None).steps
        if self._order.signed is not None:
            _check_losses(steps, self._order.signed)
        going = {step.urn for step in steps if step.action in LOSSES}
        if going:
            self.restore(state.unprotected(going).deployment)

    def _protected_state(self) -> StackState | None:
        """Give the state of a live environment that has something to protect already."""
        if not self._order.spec.protected:
            return None
        state = StackState(self._exported())
        return state if state.protects else None

    def unprotect(self) -> None:
        """Take all protection away, in one write; harmless when there is none, or no stack.

        ``pulumi state unprotect --all`` would fail on a stack that was only planned.
        """
        with suppress(StackNotFoundError):
            state = self._protected_state()
            if state is not None:
                self.restore(state.unprotected().deployment)

    def destroy_resources(self, on_event: OnEvent) -> None:
        """Remove everything but the tenant; harmless when it is gone."""
        self._destroy(self.stack, on_event, target=RESOURCES)

    def destroy_tenant(self, on_event: OnEvent) -> None:
        """Remove what is left, and forget the stack; harmless when it is forgotten."""
        self._destroy(LastStack(self.stack.name, self._workspace), on_event, target=None)
        self._file.remove()

    def export(self) -> dict[str, Any] | None:
        """Give the state, unlocked; None when there is no stack. Only for the holder of the environment's lease."""
        try:
            self.stack.cancel()
            return self._exported()
        except StackNotFoundError:
            return None

    def _exported(self) -> dict[str, Any]:
        """Read the state; the Automation API would have its secrets in plain."""
        arguments = ["stack", "export", "--stack", self.stack.name]
        result = self._command.run(arguments, str(self._folder), self._order.workshop.environment)
        exported = json.loads(result.stdout)
        self._version = exported["version"]
        return dict(exported.get("deployment") or {})

    def restore(self, deployment: dict[str, Any]) -> None:
        """Put a state in the place of the one that was exported."""
        self.stack.import_stack(automation.Deployment(version=self._version, deployment=deployment))

    def forget_service(self) -> None:
        """Strike off what the service user made: without its project nobody can be that user any more."""
        state = StackState(self.export())
        struck = state.without_provider(SERVICE)
        if len(struck.resources) < len(state.resources):
            self.restore(struck.deployment)

    def refresh(self, urns: list[str]) -> None:
        """Read resources from the cloud into the state."""
        self.stack.refresh(target=urns, parallel=PARALLEL, suppress_outputs=True, color="never")

    def _destroy(self, stack: QuickStack, on_event: OnEvent, target: list[str] | None) -> None:
        self.unprotect()
        with suppress(StackNotFoundError):
            stack.destroy(on_event=on_event, parallel=PARALLEL, target=target, suppress_outputs=True, color="never")

    def _prepare(self) -> None:
        """Have the stack, and its configuration for people who run it by hand."""
        if not self._file.initialised:
            self._create()
        self._file.configure(self._order, self._context)

    def _create(self) -> None:
        with suppress(StackAlreadyExistsError):
            self._workspace.create_stack(self.stack.name)
        arguments = ["config", "set", "--secret", PASSWORD_KEY, "--stack", self.stack.name]
        self._command.feed(self._order.service_password, arguments, str(self._folder), self._order.workshop.environment)


def _check_losses(steps: tuple[PlannedStep, ...], signed: Plan) -> None:
    beyond = signed.model_copy(update={"steps": steps}).unsigned_losses(signed)
    if beyond:
        names = ", ".join(f"{step.action} {step.name}" for step in beyond)
        raise RefusedError(
            "data would be lost that the signed plan does not give up",
            rule="an approval is bound to what it signs",
            detail=names,
            hint="nothing was changed; make a plan anew and have it signed",
        )


def _refuse_losses(steps: tuple[PlannedStep, ...]) -> None:
    """Refuse what costs data, and what would put an empty thing where data were."""
    anew = (step for step in steps if step.stateful and step.action is Action.CREATE)
    lost = ", ".join(f"{step.action} {step.name}" for step in (*anew, *(step for step in steps if step.loses_data)))
    if lost:
        raise RefusedError(
            "a mend would cost data",
            rule="drift is mended only where no data is lost",
            detail=lost,
            hint="nothing was changed; ask for a change, or restore from a backup",
        )


def _read_plan(stack: QuickStack, on_event: OnEvent, basis: Basis) -> PlanReader:
    reader = PlanReader()

    def both(event: events.EngineEvent) -> None:
        on_event(event)
        reader(event)

    looks = True if basis is Basis.CLOUD else None
    stack.preview(on_event=both, parallel=PARALLEL, refresh=looks, suppress_outputs=True, color="never")
    return reader
