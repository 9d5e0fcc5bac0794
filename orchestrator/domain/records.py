"""What Tenure keeps on record. The records are values: to change one, store a copy with other fields.

Instants are aware datetimes in UTC; dates that people read are shown in Asia/Shanghai.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.lifecycle import EnvironmentState, OperationState, RequestState
from orchestrator.domain.model import Model
from orchestrator.domain.names import EnvironmentName, Stage
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.domain.texts import Line


class Kind(StrEnum):
    """Kinds of requests."""

    TEST = "test"
    EXTEND = "extend"
    TRIAL = "trial"
    PRODUCTION = "production"
    CHANGE = "change"
    SUSPEND = "suspend"
    RESUME = "resume"
    TERMINATE = "terminate"


class OperationKind(StrEnum):
    """Kinds of operations: units of execution on one environment."""

    PREVIEW = "preview"
    PROVISION = "provision"
    PROMOTE = "promote"
    CHANGE = "change"
    STOP = "stop"
    START = "start"
    SUSPEND = "suspend"
    RESUME = "resume"
    BACKUP = "backup"
    FINAL_BACKUP = "final-backup"
    RETIRE = "retire"


class Role(StrEnum):
    """Roles of RULES.md."""

    UNIT = "unit"
    OFFICE = "office"
    PROVIDER = "provider"
    BUREAU = "bureau"
    AUDITOR = "auditor"
    SYSTEM = "system"


class Actor(Model):
    """Who did something: a name, a role, and the door that he came through (``cli``, ``hook:<sender>``, ``clock``)."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    role: Role
    door: Annotated[str, Field(min_length=1, max_length=80)]


class Decision(Model):
    """A decision on a request.

    Attributes:
        by: Who decided.
        verdict: ``accept``, ``reject`` or ``approve``.
        reasons: Needed for a rejection (Art. 12).
        bound_to: What the decision signs: a plan's digest, or the request content's digest.
        at: When.
    """

    by: Actor
    verdict: str
    reasons: str = ""
    bound_to: str = ""
    at: datetime


class Material(Model):
    """A document that an application carries (Art. 11, 40), by reference and digest."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
    """What it is, in the rulebook's words, for instance `construction-plan`."""

    name: Annotated[Line, Field(min_length=1, max_length=200)]
    """Its file's name."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Of its content (hex); only a file that has it may then be handed in."""

    size: Annotated[int, Field(strict=True, ge=0)] | None = None
    """Bytes."""

    type: Annotated[Line, Field(pattern=r"^[a-z]+/[A-Za-z0-9.+-]{1,100}$")] | None = None
    """Media type."""

    issuer: Annotated[Line, Field(min_length=1, max_length=200)] | None = None
    """Who wrote or certified it."""

    accreditation: Annotated[Line, Field(min_length=1, max_length=100)] | None = None
    """By whom the issuer is accredited, for instance `CNAS` (Art. 40)."""

    issued_on: date | None = None
    """Its date."""

    valid_until: date | None = None
    """The last day on which it counts; nothing when it has no end."""


class Waiver(Model):
    """A gate that the office passed without its evidence, by name and with a reason.

    Attributes:
        gate: Name of the gate (:class:`orchestrator.domain.gates.GateName`).
    """

    gate: str
    by: Actor
    reason: str
    at: datetime


class EvidenceKind(StrEnum):
    """What a request can have shown."""

    OFFLINE = "offline"
    """The unit has taken its system offline and migrated and backed up its data (Art. 16)."""
    FINAL_BACKUP = "final-backup"
    """The last state of the data is in the office's escrow (Art. 16)."""
    RESTORE_COMPARED = "restore-compared"
    """That backup was restored and its content compared, file by file (Art. 16, 30)."""
    TESTS_PASSED = "tests-passed"
    """Performance and security tests of a major change were passed (Art. 15)."""


class Evidence(Model):
    """One thing that was shown for a request: by whom, when, and the facts of it."""

    kind: EvidenceKind
    by: Actor
    at: datetime
    facts: dict[str, Any] = Field(default_factory=dict)


class Request(Model):
    """A request: who wants what, for which system, why, and how far it has come.

    Attributes:
        id: ``req-`` and a sortable unique part.
        content_digest: SHA-256 of the canonical content; a hook's approval binds to it.
        spec: The resolved specification; set for kinds that make or change an environment.
        rulebook: Name and version of the rulebook under which it was submitted.
        plan_digest: Digest of the newest preview that was made for it.
        waivers: Gates that the office passed without their evidence.
        evidence: What was shown for it so far.
        waiting_for: What the office asked the unit for; empty unless the request waits for the unit.
        weight: Of a change: ``minor`` or ``major`` (Art. 15).
    """

    id: str
    kind: Kind
    environment: EnvironmentName
    stage: Stage
    state: RequestState
    submitted_by: Actor
    submitted_at: datetime
    reason: str
    content: dict[str, Any]
    content_digest: str
    spec: EnvironmentSpec | None = None
    material: tuple[Material, ...] = ()
    rulebook: str
    decisions: tuple[Decision, ...] = ()
    closed_at: datetime | None = None
    outcome: str = ""
    plan_digest: str = ""
    waivers: tuple[Waiver, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    waiting_for: str = ""
    weight: str = ""


class Host(Model):
    """One server of a ready environment."""

    name: str
    role: str
    address: str
    server_id: str


class Outputs(Model):
    """What a finished stack tells: the project, the bastion's floating address, the hosts."""

    project_id: str = ""
    network_id: str = ""
    bastion_address: str = ""
    bastion_host: str = ""
    hosts: tuple[Host, ...] = ()


class Evaluation(Model):
    """How a test of the system went (Art. 21): passed, or to be adjusted and tested again."""

    passed: bool
    by: Actor
    reason: str
    at: datetime


class Environment(Model):
    """One environment.

    Attributes:
        spec: What it should be; the last specification that was approved.
        plan_digest: Digest of the newest preview.
        outputs: What the stack told after the last successful operation.
        ready_at: When it became ready first.
        ends_at: End of a test period, exclusive; ``None`` when it has none.
        evaluations: How tests in it went, oldest first (Art. 21).
        promoted_at: When the trial became production.
        suspended_at: When it was suspended; ``None`` while it is not (Art. 37).
        version: Counts changes, for optimistic locking.
    """

    name: EnvironmentName
    stage: Stage
    state: EnvironmentState
    request: str
    spec: EnvironmentSpec
    created_at: datetime
    plan_digest: str = ""
    outputs: Outputs = Outputs()
    ready_at: datetime | None = None
    ends_at: datetime | None = None
    retired_at: datetime | None = None
    evaluations: tuple[Evaluation, ...] = ()
    promoted_at: datetime | None = None
    suspended_at: datetime | None = None
    version: int = 1


class Operation(Model):
    """One unit of execution on one environment.

    Attributes:
        id: ``op-`` and a sortable unique part.
        request: The request that wants it, if one does.
        attempt: Counts starts, from 1; a takeover and a retry count on.
        cancel_asked: Somebody asked for it to stop.
        result: Small facts of the outcome (counts, seconds), for people and pipelines.
    """

    id: str
    kind: OperationKind
    environment: EnvironmentName
    request: str | None
    state: OperationState
    asked_by: Actor
    queued_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempt: int = 0
    cancel_asked: bool = False
    error: Diagnostic | None = None
    result: dict[str, Any] = Field(default_factory=dict)


class StepStatus(StrEnum):
    """How far one step of an operation is."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    NOTE = "note"


class StepEvent(Model):
    """One thing that happened inside an operation; stored, streamed, and free of secrets.

    Attributes:
        phase: ``plan``, ``recover``, ``up``, ``hosts``, ``destroy``, ``inventory`` …
        status: Started, done, failed, or a note.
        resource: Logical name of the resource, empty for a step that is none.
        type: Provider token of the resource.
        action: ``create``, ``delete`` …
        detail: One line for people.
        seconds: How long it took, when it is over.
    """

    phase: str
    status: StepStatus
    resource: str = ""
    type: str = ""
    action: str = ""
    detail: str = ""
    seconds: float | None = None


class StoredEvent(Model):
    """A step event with its place in the stream of all events."""

    sequence: int
    operation: str
    environment: str
    at: datetime
    event: StepEvent


class DeadlineKind(StrEnum):
    """What is due."""

    ACCEPTANCE = "acceptance"
    REVIEW = "review"
    PROVISION = "provision"
    END_NOTICE = "end-notice"
    PERIOD_END = "period-end"
    RECLAIM_START = "reclaim-start"
    RECLAIM = "reclaim"
    RECLAIM_RETRY = "reclaim-retry"
    """A reclaim that could not finish is tried again then."""
    EXECUTION = "execution"
    CHANGE_START = "change-start"
    TRIAL_MINIMUM = "trial-minimum"
    OLD_RESOURCES = "old-resources"
    FIX = "fix"
    BACKUP = "backup"
    ESCROW_END = "escrow-end"


class Deadline(Model):
    """A date that counts: computed once by the calendar, stored as a row, found by an indexed sweep.

    Attributes:
        id: Subject, kind and number; the same date is never stored twice.
        subject: Id of a request, or name of an environment.
        article: Where the rulebook takes it from.
        due_at: The exclusive instant at which the time is over.
        acts: Whether the sweep does something when it is due (otherwise it only records a breach).
        provisional: Computed without a published calendar; computed again when it comes.
        since: The event that it runs from; ``None`` for a date that was set as such.
        value: Length of the period, in ``unit``; 0 for a date that was set as such.
        unit: ``wd``, ``cd`` or ``months``.
        used: Working days that had passed before the last pause.
        paused_at: Since when the clock stands still (rejected, waiting for the unit); ``None`` while it runs.
        met_at: When it was met; ``None`` while it is open.
        fired_at: When the sweep acted on it.
    """

    id: str
    subject: str
    environment: EnvironmentName
    kind: DeadlineKind
    article: str
    due_at: datetime
    acts: bool = False
    provisional: bool = False
    since: datetime | None = None
    value: int = 0
    unit: str = ""
    used: int = 0
    paused_at: datetime | None = None
    met_at: datetime | None = None
    fired_at: datetime | None = None


class Notice(Model):
    """Something that people are told: a key of templates/notices, its facts, and to whom."""

    id: str
    key: str
    environment: str
    to: tuple[Role, ...]
    facts: dict[str, Any]
    at: datetime


class Lease(Model):
    """The right to change one environment for a while.

    Attributes:
        token: Grows with every new holder: the fencing token.
        holder: Executor id of the worker.
        until: When it ends unless renewed (real time, never the driven clock).
    """

    environment: str
    operation: str
    token: int
    holder: str
    until: datetime


class AuditEntry(Model):
    """One line of the audit log: who did what to which thing; a link of a hash chain.

    Attributes:
        previous: Hash of the entry before; 64 zeros for the first.
        hash: SHA-256 over the canonical JSON of all other fields.
    """

    sequence: int
    at: datetime
    actor: Actor
    action: str
    subject: str
    facts: dict[str, Any]
    previous: str
    hash: str


class BackupItem(Model):
    """One volume in a backup.

    Attributes:
        volume: Its name in the environment, ``<host>-<volume>``.
        mount: Where the host mounts it.
        reference: What the cloud knows the copy by.
        files: Number of files in the manifest made at backup time.
        manifest: SHA-256 over the sorted manifest (path, size, mode, content's SHA-256) made at backup time.
    """

    volume: str
    host: str
    mount: str
    size_gib: int
    reference: str
    files: int = 0
    manifest: str = ""


class Backup(Model):
    """A copy of an environment's data.

    Attributes:
        id: ``bak-`` and a sortable unique part.
        subject: Subject of the environment's life, ``<name>@<request>``.
        final: Whether it is the last one, which outlives the environment in the office's escrow.
        place: Where it is: ``project``, or the name of the escrow project.
        until: The last day that it is kept.
        compared_at: When a restore of it was compared; a backup counts from then on (DESIGN.md decision 8).
    """

    id: str
    subject: str
    environment: EnvironmentName
    final: bool
    taken_at: datetime
    place: str
    items: tuple[BackupItem, ...]
    until: date | None = None
    compared_at: datetime | None = None
    removed_at: datetime | None = None


class Comparison(Model):
    """What came of comparing a restored backup with the manifest that was written when it was taken."""

    backup: str
    files: int
    differences: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether every file is as it was."""
        return not self.differences


class Hold(Model):
    """No further resources for a system, or for a whole unit when ``system`` is empty (Art. 46)."""

    id: str
    unit: str
    system: str = ""
    reason: str
    by: Actor
    at: datetime
    lifted_at: datetime | None = None
    lifted_by: Actor | None = None


class Checkpoint(Model):
    r"""A signature over the audit log's hash at one entry: whoever changes an earlier entry cannot sign it again.

    Attributes:
        key: Id of the signing key.
        signature: Ed25519 over ``tenure-audit-checkpoint/1\n<sequence>\n<hash>\n<at>``, base64.
    """

    sequence: int
    hash: str
    at: datetime
    key: str
    signature: str


MESSAGE_ID_PATTERN = r"^[A-Za-z0-9_:/+=@~-]{1,128}$"
"""No full stop: it separates id, timestamp and body in what a signature covers (Standard Webhooks 1.0.0)."""


class Scheme(StrEnum):
    """Signature schemes of Standard Webhooks 1.0.0: Ed25519 (preferred: others can verify it) and HMAC-SHA256."""

    V1A = "v1a"
    V1 = "v1"


class SenderKey(Model):
    """One verification key of a hook sender; its times are real time, never the driven clock.

    Attributes:
        id: ``key-`` and a sortable unique part.
        scheme: How it signs.
        public: Of ``v1a``: the Ed25519 public key as ``whpk_…``.
        sealed: Of ``v1``: the shared secret ``whsec_…``, sealed by the vault for :attr:`Sender.purpose`.
        valid_until: End of the overlap after a rotation; ``None`` while no end is set.
        revoked_at: When somebody withdrew it.
    """

    id: str
    scheme: Scheme
    public: str = ""
    sealed: str = ""
    added_at: datetime
    valid_until: datetime | None = None
    revoked_at: datetime | None = None

    def usable(self, now: datetime) -> bool:
        """Whether a signature by this key counts at a (real) instant."""
        return self.revoked_at is None and (self.valid_until is None or now < self.valid_until)


class Sender(Model):
    """A registered caller of the hook; its name stands in the URL or is found by key; several keys for rotation."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
    role: Role
    keys: tuple[SenderKey, ...]
    added_at: datetime
    revoked_at: datetime | None = None

    @property
    def door(self) -> str:
        """The door of everything that this sender does."""
        return f"hook:{self.name}"

    @property
    def purpose(self) -> str:
        """What the vault seals this sender's shared secrets for."""
        return self.purpose_of(self.name)

    @staticmethod
    def purpose_of(name: str) -> str:
        """What the vault seals the shared secrets of a sender of that name for."""
        return f"sender/{name}"


class Delivery(Model):
    """One accepted call of the hook: the idempotency key (sender, id) with the body's hash and the answer."""

    sender: str
    id: str
    body_sha256: str
    request: str
    at: datetime
