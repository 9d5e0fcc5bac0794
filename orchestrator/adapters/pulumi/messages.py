"""What parent and child say to each other: one JSON object a line, orders on stdin, answers on stdout.

Secrets travel on stdin only; an answer is masked before it is written.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.model import Model
from orchestrator.domain.plan import Plan, PlannedStep
from orchestrator.domain.records import Outputs, StepEvent, Thing
from orchestrator.domain.spec import EnvironmentSpec, Totals
from stacks.context import CloudFacts


class Work(StrEnum):
    """What a child can do for one environment."""

    PREVIEW = "preview"
    RECOVER = "recover"
    UP = "up"
    DIFFERENCE = "difference"
    MEND = "mend"
    DESTROY_RESOURCES = "destroy-resources"
    DESTROY_TENANT = "destroy-tenant"


class Workshop(Model):
    """Where a child works and with which tools.

    Attributes:
        folder: Pulumi's work folder: Pulumi.yaml and the stacks' configuration files.
        pulumi: The CLI's binary.
        pulumi_version: Its version, so that nobody has to ask it.
        environment: Variables of the CLI and its plugins: tools, state, cloud, passphrase and the operation's mark.
        secrets_provider: How a new stack's secrets are encrypted.
        cloud: Entry of clouds.yaml of the provider's administrator.
        facts: What programs must know of the cloud.
    """

    folder: str
    pulumi: str
    pulumi_version: str
    environment: dict[str, str]
    secrets_provider: str
    cloud: str
    facts: CloudFacts


class Order(Model):
    """Do this now.

    Attributes:
        service_password: Password of the service user; never leaves the child but encrypted.
        secrets: Texts that must not stand in any answer.
        lease_seconds: How long the child may work from now on unless it hears otherwise.
        signed: The plan beyond which no data may be lost.
    """

    is_a: Literal["order"] = "order"
    work: Work
    operation: str
    spec: EnvironmentSpec
    workshop: Workshop
    service_password: str
    secrets: tuple[str, ...] = ()
    lease_seconds: float
    signed: Plan | None = None


class LeaseBeat(Model):
    """The lease is good for so many seconds from now on."""

    is_a: Literal["lease"] = "lease"
    seconds: float


class CancelOrder(Model):
    """Stop politely: what is under way ends, nothing new begins, the state stays clean."""

    is_a: Literal["cancel"] = "cancel"


class Ready(Model):
    """The child has its imports done and waits for an order."""

    is_a: Literal["ready"] = "ready"


class Happened(Model):
    """Something happened inside the work."""

    is_a: Literal["event"] = "event"
    event: StepEvent


class Ended(StrEnum):
    """How an order ended."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    CONFLICT = "conflict"
    REFUSED = "refused"


class Answer(Model):
    """The order is over.

    Attributes:
        steps: Answer a preview and a difference.
        before: The cost of what is there; answers a preview.
        outputs: Answer an up and a mend.
        made: What stands after an up or a mend, and what the state has for a difference.
    """

    is_a: Literal["answer"] = "answer"
    ended: Ended
    steps: tuple[PlannedStep, ...] = ()
    before: Totals | None = None
    outputs: Outputs | None = None
    made: tuple[Thing, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


ToChild = Annotated[Order | LeaseBeat | CancelOrder, Field(discriminator="is_a")]
ToParent = Annotated[Ready | Happened | Answer, Field(discriminator="is_a")]

TO_CHILD: TypeAdapter[Order | LeaseBeat | CancelOrder] = TypeAdapter(ToChild)
TO_PARENT: TypeAdapter[Ready | Happened | Answer] = TypeAdapter(ToParent)
