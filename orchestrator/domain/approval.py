"""What the office's approval system may tell us: CloudEvents 1.0 of five types (DESIGN.md decision 12).

The hook checks signature and form; :func:`orchestrator.workflows.deliver.deliver` acts on the event.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from orchestrator.domain.errors import BadInputError
from orchestrator.domain.faults import Fault, SchemaRule, faults_of, refuse
from orchestrator.domain.model import Model
from orchestrator.domain.names import EnvironmentName
from orchestrator.domain.records import MESSAGE_ID_PATTERN, Actor, Sender
from orchestrator.domain.submission import Submission

MEDIA_TYPE = "application/cloudevents+json"
DIGEST_PATTERN = r"^(sha256:[0-9a-f]{64})?$"

EventId = Annotated[str, StringConstraints(pattern=MESSAGE_ID_PATTERN)]
ExtensionName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,20}$")]
RequestId = Annotated[str, StringConstraints(pattern=r"^req-[a-z0-9-]{1,60}$")]
PersonName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Reasons = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class EventType(StrEnum):
    """Types of events; each tells a step of a request's life (Art. 10, 12, 16)."""

    SUBMITTED = "tenure.request.submitted.v1"
    ACCEPTED = "tenure.request.accepted.v1"
    REJECTED = "tenure.request.rejected.v1"
    REVIEWED = "tenure.request.reviewed.v1"
    TERMINATED = "tenure.request.terminated.v1"


class Submitted(Model):
    """A unit handed in a request.

    Attributes:
        by: The person who handed it in, as the approval system names him.
        submission: The request's content, as in templates/examples.
    """

    by: PersonName
    submission: Submission


class Accepted(Model):
    """The office accepted a request as complete and reasonable (Art. 12).

    Attributes:
        reasons: Why it goes on without material that is missing (Art. 11); empty when nothing is.
    """

    by: PersonName
    request: RequestId
    reasons: Annotated[str, StringConstraints(max_length=2000)] = ""


class Rejected(Model):
    """The office rejected a request and says why (Art. 12)."""

    by: PersonName
    request: RequestId
    reasons: Reasons


class Reviewed(Model):
    """The office gave a favourable review opinion (Art. 12).

    It names a request that is on record, or carries the whole request that the office accepted and approved on its
    side; such an opinion is bound to the content that it carries.

    Attributes:
        request: The request on record.
        submission: Or the request itself; exactly one of the two is there.
        bound_to: What the opinion signs: the digest of the request's content or of a plan; empty means the content.
        applicant: Of a request that the event carries: the person who asked for it; the sender's system when empty.
        reasons: Why it goes on without material that is missing (Art. 11); empty when nothing is.
    """

    by: PersonName
    applicant: Annotated[str, StringConstraints(max_length=100)] = ""
    reasons: Annotated[str, StringConstraints(max_length=2000)] = ""
    request: RequestId | None = None
    submission: Submission | None = None
    bound_to: Annotated[str, StringConstraints(pattern=DIGEST_PATTERN)] = ""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.request is None) == (self.submission is None):
            summary = "a review names either 'request' or carries 'submission'"
            refuse(Fault(SchemaRule.MISSING if self.request is None else SchemaRule.NOT_HERE, ("request",), summary))
        return self


class Terminated(Model):
    """The office consents to the end of an environment (Art. 16)."""

    by: PersonName
    environment: EnvironmentName
    reason: Reasons


class Envelope(BaseModel):
    """The attributes of CloudEvents 1.0 in structured mode; extension attributes are allowed and not looked at.

    Attributes:
        id: Equal to the header ``webhook-id``; with the sender it is the idempotency key.
        source: URI reference of the system that tells.
        time: When it happened there.
    """

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[ExtensionName, Any]

    specversion: Literal["1.0"]
    id: EventId
    source: ShortText
    subject: ShortText | None = None
    time: datetime | None = None
    datacontenttype: Literal["application/json"] | None = None
    dataschema: ShortText | None = None


class SubmittedEvent(Envelope):
    """Envelope of :class:`Submitted`."""

    type: Literal[EventType.SUBMITTED]
    data: Submitted


class AcceptedEvent(Envelope):
    """Envelope of :class:`Accepted`."""

    type: Literal[EventType.ACCEPTED]
    data: Accepted


class RejectedEvent(Envelope):
    """Envelope of :class:`Rejected`."""

    type: Literal[EventType.REJECTED]
    data: Rejected


class ReviewedEvent(Envelope):
    """Envelope of :class:`Reviewed`."""

    type: Literal[EventType.REVIEWED]
    data: Reviewed


class TerminatedEvent(Envelope):
    """Envelope of :class:`Terminated`."""

    type: Literal[EventType.TERMINATED]
    data: Terminated


ApprovalEvent = Annotated[
    SubmittedEvent | AcceptedEvent | RejectedEvent | ReviewedEvent | TerminatedEvent, Field(discriminator="type")
]
APPROVAL_EVENT: TypeAdapter[ApprovalEvent] = TypeAdapter(ApprovalEvent)
MODELS: dict[str, type[ApprovalEvent]] = {
    EventType.SUBMITTED: SubmittedEvent,
    EventType.ACCEPTED: AcceptedEvent,
    EventType.REJECTED: RejectedEvent,
    EventType.REVIEWED: ReviewedEvent,
    EventType.TERMINATED: TerminatedEvent,
}


def event_from_data(data: object) -> ApprovalEvent:
    """Read an event from parsed JSON; BadInputError names field and rule of every fault."""
    if not isinstance(data, dict):
        raise BadInputError("an event is a JSON object", field="body", rule=SchemaRule.TYPE)
    kind = data.get("type")
    model = MODELS.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise BadInputError(
            "unknown type of event" if "type" in data else "field 'type' is missing",
            field="type",
            rule=SchemaRule.VALUE if "type" in data else SchemaRule.MISSING,
            detail=f"known: {', '.join(EventType)}",
        )
    try:
        return model.model_validate(data)
    except ValidationError as error:
        diagnostics = tuple(fault.diagnostic for fault in faults_of(error, model))
        raise BadInputError(diagnostics[0].summary, diagnostics=diagnostics) from None


class SignedEvent(Model):
    """An event whose sender is known, with the SHA-256 (hex) of the raw body that was signed."""

    event: ApprovalEvent
    body_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

    @property
    def submission(self) -> Submission | None:
        """The request that the event carries, if it does."""
        match self.event.data:
            case Submitted() | Reviewed() as what:
                return what.submission
            case _:
                return None

    def actor(self, sender: Sender) -> Actor:
        """Give who acts: the person named in the event, in the sender's role, through the sender's door."""
        return Actor(name=self.event.data.by, role=sender.role, door=sender.door)

    def applicant(self, sender: Sender) -> Actor:
        """Give who asked for a request that a review carries: the person named, else the sender's system."""
        named = self.event.data.applicant if isinstance(self.event.data, Reviewed) else ""
        return Actor(name=named or sender.door, role=sender.role, door=sender.door)
