"""One order from beginning to answer: errors become diagnostics, and nothing leaves unmasked."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from keystoneauth1.exceptions import ClientException
from openstack.config import OpenStackConfig
from pulumi.automation.errors import CommandError, ConcurrentUpdateError
from requests import RequestException

from orchestrator.adapters.pulumi.cloud_api import CloudApi
from orchestrator.adapters.pulumi.command import StoppableCommand
from orchestrator.adapters.pulumi.engine import Engine
from orchestrator.adapters.pulumi.errands import Errands
from orchestrator.adapters.pulumi.faults import Masker, cli_fault, fault
from orchestrator.adapters.pulumi.made import things_of
from orchestrator.adapters.pulumi.messages import Answer, Ended, Order, Work
from orchestrator.adapters.pulumi.narration import Narrator
from orchestrator.adapters.pulumi.present import Present, look
from orchestrator.adapters.pulumi.recovery import Recovery
from orchestrator.domain.errors import Diagnostic, OperationFailedError, RefusedError, TenureError
from orchestrator.domain.records import StepEvent
from stacks.context import Surplus

PHASES = {
    Work.PREVIEW: "plan",
    Work.RECOVER: "recover",
    Work.UP: "up",
    Work.DIFFERENCE: "difference",
    Work.MEND: "mend",
    Work.DESTROY_RESOURCES: "destroy",
    Work.DESTROY_TENANT: "tenant",
}


ATTACHMENTS = "**openstack:compute/volumeAttach:VolumeAttach::**"
"""Matches every attachment: what the cloud undid must not stay on record."""


class Labour:
    """Does one order."""

    def __init__(self, order: Order, command: StoppableCommand, watch: Callable[[StepEvent], None]) -> None:
        self._order = order
        self._command = command
        self._watch = watch
        self._mask = Masker((order.service_password, *order.secrets))
        self._narrator = Narrator(PHASES[order.work], watch, self._mask)
        self._engine = Engine(order, command)

    def answer(self) -> Answer:
        """Do it and say how it ended; never raises but for faults of our own code."""
        try:
            return self._do()
        except InterruptedError:
            return Answer(ended=Ended.CANCELLED)
        except ConcurrentUpdateError as error:
            return Answer(ended=Ended.CONFLICT, diagnostics=(self._lock_fault(error),))
        except CommandError as error:
            ended = Ended.CANCELLED if self._command.interrupted else Ended.FAILED
            return Answer(ended=ended, diagnostics=self._faults(error))
        except (ClientException, RequestException) as error:
            return Answer(ended=Ended.FAILED, diagnostics=(fault("", "", self._mask(str(error))),))
        except TenureError as error:
            ended = Ended.REFUSED if isinstance(error, RefusedError) else Ended.FAILED
            return Answer(ended=ended, diagnostics=error.diagnostics)

    def _do(self) -> Answer:
        engine, narrator = self._engine, self._narrator
        match self._order.work:
            case Work.PREVIEW:
                return self._preview()
            case Work.UP:
                return self._up()
            case Work.DIFFERENCE:
                return self._difference()
            case Work.MEND:
                return self._mend()
            case Work.DESTROY_RESOURCES:
                self._destroy_resources()
            case Work.DESTROY_TENANT:
                engine.destroy_tenant(narrator)
            case Work.RECOVER:
                self._recover()
        return Answer(ended=Ended.DONE)

    def _preview(self) -> Answer:
        """Plan without a surplus: quotas are what they will be in the end."""
        present = self._look()
        self._engine.reckon_with(present.grown, Surplus())
        steps = self._engine.preview(self._narrator.diagnose).steps
        return Answer(ended=Ended.DONE, steps=steps, before=present.totals)

    def _up(self) -> Answer:
        """Make it; what has to go is still in use until then, so the quotas follow in a second run."""
        present = self._look()
        self._engine.reckon_with(present.grown, present.surplus)
        self._engine.up(self._narrator)
        if present.surplus.is_there:
            self._engine.reckon_with(present.grown, Surplus())
            self._engine.up(self._narrator)
        return self._confirmed()

    def _difference(self) -> Answer:
        """Plan by the cloud as it is, with what the state has: an environment of an older Tenure is recorded by it."""
        self._engine.reckon_with(self._look().grown, Surplus())
        steps = self._engine.difference(self._narrator.diagnose).steps
        return Answer(ended=Ended.DONE, steps=steps, made=things_of(self._engine.standing()))

    def _mend(self) -> Answer:
        """Make it again what it was."""
        self._engine.reckon_with(self._look().grown, Surplus())
        self._engine.mend(self._narrator)
        return self._confirmed()

    def _confirmed(self) -> Answer:
        outputs = self._narrator.outputs
        if outputs is not None:
            try:
                self._errands().confirm_attachments(outputs.project_id)
            except OperationFailedError:
                self._engine.refresh([ATTACHMENTS])
                raise
        return Answer(ended=Ended.DONE, outputs=outputs, made=self._narrator.made)

    def _destroy_resources(self) -> None:
        """Take the protection away first: as long as somebody else holds the state, nothing is deleted at all."""
        self._engine.unprotect()
        errands = self._errands()
        if errands.project() is None:
            self._engine.forget_service()
        finish = errands.remove_hosts()
        self._engine.destroy_resources(self._narrator)
        finish()

    def _errands(self) -> Errands:
        return Errands(self._cloud, self._order.spec, lambda: self._command.interrupted)

    def _look(self) -> Present:
        return look(self._cloud, self._order.spec)

    @cached_property
    def _cloud(self) -> CloudApi:
        return CloudApi(OpenStackConfig().get_one(cloud=self._order.workshop.cloud))

    def _recover(self) -> None:
        self._engine.reckon_with(self._look().grown, Surplus())
        Recovery(self._engine, self._cloud, self._watch, lambda: self._command.interrupted).run()

    def _faults(self, error: CommandError) -> tuple[Diagnostic, ...]:
        """Give what the engine told of resources, else what the CLI wrote before it ended."""
        return tuple(self._narrator.faults) or (cli_fault(error, self._mask),)

    def _lock_fault(self, error: CommandError) -> Diagnostic:
        return Diagnostic(
            summary="the stack's state is locked by another operation",
            detail=self._mask(" ".join(str(error).split())),
            hint="wait for it, or tenure operation retry once it is dead",
        )
