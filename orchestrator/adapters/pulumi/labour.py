"""One order from beginning to answer: errors become diagnostics, and nothing leaves unmasked."""

from __future__ import annotations

from collections.abc import Callable

from keystoneauth1.exceptions import ClientException
from openstack.config import OpenStackConfig
from pulumi.automation.errors import CommandError, ConcurrentUpdateError
from requests import RequestException

from orchestrator.adapters.pulumi.cloud_api import CloudApi
from orchestrator.adapters.pulumi.command import StoppableCommand
from orchestrator.adapters.pulumi.engine import Engine
from orchestrator.adapters.pulumi.errands import Errands
from orchestrator.adapters.pulumi.faults import Masker, cli_fault, fault
from orchestrator.adapters.pulumi.messages import Answer, Ended, Order, Work
from orchestrator.adapters.pulumi.narration import Narrator
from orchestrator.adapters.pulumi.recovery import Recovery
from orchestrator.domain.errors import Diagnostic, OperationFailedError, TenureError
from orchestrator.domain.records import StepEvent

PHASES = {
    Work.PREVIEW: "plan",
    Work.RECOVER: "recover",
    Work.UP: "up",
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
            return Answer(ended=Ended.FAILED, diagnostics=error.diagnostics)

    def _do(self) -> Answer:
        engine, narrator = self._engine, self._narrator
        match self._order.work:
            case Work.PREVIEW:
                return Answer(ended=Ended.DONE, steps=engine.preview(narrator.diagnose).steps)
            case Work.UP:
                return self._up()
            case Work.DESTROY_RESOURCES:
                self._destroy_resources()
            case Work.DESTROY_TENANT:
                engine.destroy_tenant(narrator)
            case Work.RECOVER:
                self._recover()
        return Answer(ended=Ended.DONE)

    def _up(self) -> Answer:
        self._engine.up(self._narrator)
        outputs = self._narrator.outputs
        if outputs is not None:
            try:
                self._errands().confirm_attachments(outputs.project_id)
            except OperationFailedError:
                self._engine.refresh([ATTACHMENTS])
                raise
        return Answer(ended=Ended.DONE, outputs=outputs)

    def _destroy_resources(self) -> None:
        errands = self._errands()
        if errands.project() is None:
            self._engine.forget_service()
        finish = errands.remove_hosts()
        self._engine.destroy_resources(self._narrator)
        finish()

    def _errands(self) -> Errands:
        return Errands(self._cloud(), self._order.spec, lambda: self._command.interrupted)

    def _cloud(self) -> CloudApi:
        return CloudApi(OpenStackConfig().get_one(cloud=self._order.workshop.cloud))

    def _recover(self) -> None:
        Recovery(self._engine, self._cloud(), self._watch, lambda: self._command.interrupted).run()

    def _faults(self, error: CommandError) -> tuple[Diagnostic, ...]:
        """Give what the engine told of resources, else what the CLI wrote before it ended."""
        return tuple(self._narrator.faults) or (cli_fault(error, self._mask),)

    def _lock_fault(self, error: CommandError) -> Diagnostic:
        return Diagnostic(
            summary="the stack's state is locked by another operation",
            detail=self._mask(" ".join(str(error).split())),
            hint="wait for it, or tenure operation retry once it is dead",
        )
