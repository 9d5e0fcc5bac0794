"""What the workflows need from the world, as protocols; adapters implement them, tests/fakes/ has one fake for each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from orchestrator.domain.blueprint import Blueprint
from orchestrator.domain.calendar import Calendar
from orchestrator.domain.certificate import SignedCertificate
from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.model import Model
from orchestrator.domain.plan import Plan
from orchestrator.domain.records import (
    Actor,
    AuditEntry,
    Backup,
    Checkpoint,
    Comparison,
    Deadline,
    DeadlineKind,
    Delivery,
    Environment,
    Hold,
    Lease,
    Notice,
    Operation,
    Outputs,
    Request,
    Scheme,
    Sender,
    StepEvent,
    StoredEvent,
)
from orchestrator.domain.rulebook import Rulebook
from orchestrator.domain.spec import EnvironmentSpec

Watch = Callable[[StepEvent], None]
"""Takes what happens inside an operation, as it happens."""


class Clock(Protocol):
    """Business time; a driven clock moves it for demos and tests (DESIGN.md decision 14)."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        ...


class RunControl(Protocol):
    """What a long-running adapter asks while it works: may I go on, and until when."""

    def cancelled(self) -> bool:
        """Whether somebody asked for this operation to stop."""
        ...

    def valid_until(self) -> float:
        """Give the end of the lease on ``time.monotonic``'s scale; past it nothing may be changed any more."""
        ...


class Execution(RunControl, Protocol):
    """One attempt of one operation, as the durable engine carries it out."""

    def once(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do a step and keep its result (JSON); after a crash the kept result is given and nothing is done again.

        A step that raises is not kept. A crash between the work and its keeping repeats the work: steps are idempotent.
        """
        ...

    def confirm(self, tx: Transaction) -> None:
        """Raise LeaseLostError unless the environment's lease is still ours; asked by each transaction of the work."""
        ...

    def interrupted(self) -> bool:
        """Whether the work stops for the engine's sake (shutdown, lost lease) and somebody else will go on with it."""
        ...

    def tell(self, operation: Operation, event: StepEvent, at: datetime) -> None:
        """Store an event of the work; events may be gathered for a tenth of a second, in order."""
        ...

    def all_told(self) -> None:
        """Wait until every event is stored."""
        ...

    def elapsed_seconds(self) -> float:
        """Give the real time since this attempt began."""
        ...


@dataclass(frozen=True)
class Job:
    """One piece of work for a provisioner.

    Attributes:
        operation: Id of the operation; marks every process that works for it.
        spec: What the environment should be.
        control: Cancellation and lease.
        watch: Takes the events.
        signed: The plan that was signed for it: ``up`` of a live environment loses no data beyond it (RefusedError,
            before anything is changed). None where nobody signs a plan.
    """

    operation: str
    spec: EnvironmentSpec
    control: RunControl
    watch: Watch
    signed: Plan | None = None


class Provisioner(Protocol):
    """Makes, changes and removes the resources of one environment (Pulumi).

    Every method may be repeated. Errors: OperationFailedError names the resource and what the cloud said;
    CancelledError after the children are dead; ConflictError when the stack's state is locked by a living owner.
    """

    def preview(self, job: Job) -> Plan:
        """Say what ``up`` would do; changes nothing."""
        ...

    def recover(self, job: Job) -> None:
        """Mend what an earlier attempt left: kill its processes, unlock the state, adopt pending creates.

        A create whose outcome is unknown is looked for in the project by type and name: found ones are imported,
        the rest is forgotten, so that ``up`` never makes a second copy (DESIGN.md decision 13).
        """
        ...

    def up(self, job: Job) -> Outputs:
        """Make the environment what its spec says."""
        ...

    def destroy_resources(self, job: Job) -> None:
        """First stroke of a teardown: remove everything but project, users and roles (DESIGN.md decision 9)."""
        ...

    def destroy_tenant(self, job: Job) -> None:
        """Second stroke: remove project, users and roles, and forget the stack."""
        ...


class FoundResource(Model):
    """Something that exists in a project, as the cloud itself says.

    Attributes:
        service: Name of the service in this vocabulary: ``identity``, ``compute``, ``network``, ``volume`` …
        type: Kind within the service, for instance ``server``.
        tenancy: Belongs to the tenancy itself (project, users, role assignments, the ``default`` security group):
            the first stroke of a teardown leaves it, the second removes it (DESIGN.md decision 9).
    """

    service: str
    type: str
    id: str
    name: str
    tenancy: bool = False


def leftovers(found: tuple[FoundResource, ...]) -> tuple[FoundResource, ...]:
    """Give what is more than the tenancy itself; the evidence of a teardown's first stroke is that there is nothing."""
    return tuple(resource for resource in found if not resource.tenancy)


class Capacity(Model):
    """What the cloud offers for one spec: faults that would make provisioning fail, and the room that is left."""

    faults: tuple[Diagnostic, ...] = ()
    notes: tuple[Diagnostic, ...] = ()


class Inventory(Protocol):
    """Looks at the cloud by its APIs, never at our own state."""

    def check(self, spec: EnvironmentSpec) -> Capacity:
        """Compare what a spec needs (flavors, image, external network, quota, addresses) with what the cloud has."""
        ...

    def project_id(self, environment: str) -> str | None:
        """Give the id of the environment's project, or None when there is none."""
        ...

    def list_project(self, environment: str) -> tuple[FoundResource, ...]:
        """List everything in the environment's project, by every service of the catalogue, in an order to remove it in.

        What belongs to the tenancy itself is listed and marked so; :func:`leftovers` gives the rest. A service that
        does not answer is an OperationFailedError: evidence never comes from silence.
        """
        ...

    def remove_leftover(self, environment: str, resource: FoundResource) -> None:
        """Remove one thing that no state knows; harmless when it is gone.

        OperationFailedError when the cloud refuses, or for a kind that is not removed by machine.
        """
        ...


class Power(Protocol):
    """Stops and starts servers, and cuts them off, without touching their data."""

    def stop(self, environment: str, job: Job) -> None:
        """Stop every server of the project and wait until they are; harmless when they are stopped."""
        ...

    def start(self, environment: str, job: Job) -> None:
        """Start every server of the project and wait until they run."""
        ...

    def isolate(self, environment: str, job: Job) -> None:
        """Close the groups: no port of a server lets anything in or out any more (Art. 37); harmless when closed."""
        ...

    def reconnect(self, environment: str, job: Job) -> None:
        """Undo :meth:`isolate`: every port has its role's group again, as ``job.spec`` says."""
        ...


class Backups(Protocol):
    """Copies of an environment's data, and whether they can be read again (Art. 16, 22, 30).

    Every method may be repeated: what an earlier attempt of the same operation made is found and used. Errors:
    OperationFailedError names the volume and what the cloud or the host said.
    """

    def take(self, environment: Environment, backup_id: str, job: Job) -> Backup:
        """Copy every data volume as it is now, inside the project, with a manifest of its files."""
        ...

    def escrow(self, environment: Environment, backup_id: str, job: Job) -> Backup:
        """Make the last copy, which outlives the project, in the office's escrow (DESIGN.md decision 9)."""
        ...

    def compare(self, environment: Environment, backup: Backup, job: Job) -> Comparison:
        """Restore a backup beside the original, compare every file with the manifest, and remove the restored copy."""
        ...

    def remove(self, backup: Backup, job: Job | None = None) -> None:
        """Remove a backup; harmless when it is gone."""
        ...


class HostCheck(Model):
    """What a login on one host showed."""

    host: str
    reached: bool
    cloud_init: str
    hostname: str


class HostAccess(Protocol):
    """Enters hosts over SSH through the bastion, with certificates of minutes (DESIGN.md decision 7)."""

    def ca_public_key(self) -> str:
        """Give the OpenSSH public key of the user CA, which cloud-init makes the hosts trust."""
        ...

    def wait_ready(self, environment: Environment, outputs: Outputs, job: Job) -> tuple[HostCheck, ...]:
        """Wait until every host answers and its cloud-init is done; OperationFailedError names the one that is not."""
        ...

    def command(self, environment: Environment, host: str) -> tuple[str, ...]:
        """Write a short-lived certificate and SSH configuration; give the command that enters the host."""
        ...

    def run(self, environment: Environment, host: str, script: str, job: Job, *, seconds: float) -> str:
        """Run a shell script as root on one host and give what it printed, one MiB at most.

        It ends after ``seconds`` at the latest, here and on the host. NotFoundError for a host that is not on record,
        RefusedError where hosts cannot be entered at all, OperationFailedError with what the host said otherwise.
        """
        ...


class Requests(Protocol):
    """The requests on record."""

    def add(self, request: Request) -> None:
        """Store a new request; ConflictError when the id is taken."""
        ...

    def get(self, request_id: str) -> Request:
        """Give one; NotFoundError."""
        ...

    def put(self, request: Request, *, expected: Request) -> None:
        """Replace the record if it still equals ``expected``; ConflictError tells what happened instead."""
        ...

    def list(
        self, *, state: str | None = None, environment: str | None = None, limit: int = 100
    ) -> tuple[Request, ...]:
        """List, newest first."""
        ...


class Environments(Protocol):
    """The environments on record."""

    def add(self, environment: Environment) -> None:
        """Store a new environment; ConflictError when the name is in use (a retired name may be used again)."""
        ...

    def find(self, name: str) -> Environment | None:
        """Give the newest one of that name, or None."""
        ...

    def get(self, name: str) -> Environment:
        """Give the newest one of that name; NotFoundError."""
        ...

    def put(self, environment: Environment) -> Environment:
        """Replace version n by n + 1 and give it back; ConflictError when somebody else was faster."""
        ...

    def list(self, *, state: str | None = None, unit: str | None = None, limit: int = 100) -> tuple[Environment, ...]:
        """List by name."""
        ...


class Operations(Protocol):
    """The operations on record, their plans and their events."""

    def add(self, operation: Operation) -> None:
        """Store a new operation."""
        ...

    def get(self, operation_id: str) -> Operation:
        """Give one; NotFoundError."""
        ...

    def put(self, operation: Operation, *, expected: Operation) -> None:
        """Replace the record if it still equals ``expected``; ConflictError otherwise."""
        ...

    def list(
        self, *, environment: str | None = None, request: str | None = None, state: str | None = None, limit: int = 100
    ) -> tuple[Operation, ...]:
        """List, newest first."""
        ...

    def add_event(self, operation: Operation, event: StepEvent, at: datetime) -> None:
        """Append to the operation's stream."""
        ...

    def events(self, operation_id: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Give the stream, from the first event with a sequence number above ``after``."""
        ...

    def store_plan(self, plan: Plan) -> None:
        """Keep a plan under its digest; the same plan twice is one."""
        ...

    def plan(self, digest: str) -> Plan:
        """Give a plan; NotFoundError."""
        ...


class Blob(Model):
    """A stored file: SHA-256 (hex) of its content, and its size in bytes."""

    sha256: str
    size: int


class Blobs(Protocol):
    """Files by the SHA-256 of their content; the same file twice is one."""

    def put(self, stream: BinaryIO, limit_bytes: int) -> Blob:
        """Store what a stream gives, piece by piece; BadInputError when it is longer than the limit."""
        ...

    def has(self, sha256: str) -> bool:
        """Whether a file is here."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """Open a file for reading; NotFoundError. The caller closes it."""
        ...


class Signer(Protocol):
    """Signs certificates and checkpoints with this installation's Ed25519 key."""

    def key_id(self) -> str:
        """Give the key's id: the first 16 hexadecimal digits of the SHA-256 of the raw public key."""
        ...

    def public_key(self) -> str:
        """Give the raw public key, base64."""
        ...

    def sign(self, message: bytes) -> str:
        """Sign; gives the signature, base64."""
        ...


class Deadlines(Protocol):
    """The dates that count."""

    def add(self, deadline: Deadline) -> None:
        """Store one; the same id again is ignored."""
        ...

    def put(self, deadline: Deadline) -> None:
        """Replace by id."""
        ...

    def due(self, now: datetime, limit: int = 100) -> tuple[Deadline, ...]:
        """Give open deadlines that are due and have not fired, soonest first."""
        ...

    def of(self, subject: str) -> tuple[Deadline, ...]:
        """Give all deadlines of one request or environment, soonest first."""
        ...

    def close(self, subject: str, at: datetime) -> None:
        """Mark every open deadline of the subject as met."""
        ...

    def open(
        self,
        *,
        environment: str | None = None,
        kinds: Collection[DeadlineKind] | None = None,
        before: datetime | None = None,
        limit: int = 100,
    ) -> tuple[Deadline, ...]:
        """Give deadlines that are not met, soonest first, missed ones included; of any kind unless kinds are named."""
        ...

    def provisional(self, limit: int = 1000, *, after: Deadline | None = None) -> tuple[Deadline, ...]:
        """Give open deadlines that were computed without a published calendar, soonest first; those after one."""
        ...


class Leases(Protocol):
    """One operation at a time per environment. Times are real time, never the driven clock."""

    def acquire(self, environment: str, operation: str, holder: str, now: datetime, seconds: float) -> Lease | None:
        """Take the lease, or None while another operation holds an unexpired one.

        The same operation takes its own lease over at once when ``holder`` is the same executor started again.
        """
        ...

    def renew(self, lease: Lease, now: datetime, seconds: float) -> Lease | None:
        """Move the end; None when the lease is lost (another token)."""
        ...

    def release(self, lease: Lease) -> None:
        """Give it back; harmless when it is lost."""
        ...

    def holder(self, environment: str) -> Lease | None:
        """Give the present lease, expired or not."""
        ...


class Audit(Protocol):
    """The hash chain of everything that was decided or done."""

    def append(self, at: datetime, actor: Actor, action: str, subject: str, facts: dict[str, Any]) -> AuditEntry:
        """Add an entry in this transaction."""
        ...

    def newest(self) -> AuditEntry | None:
        """Give the last entry, or None."""
        ...

    def list(self, *, subject: str | None = None, after: int = 0, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Give entries in order."""
        ...


class Backlog(Protocol):
    """The backups on record."""

    def add(self, backup: Backup) -> None:
        """Store one; the same id again replaces it."""
        ...

    def get(self, backup_id: str) -> Backup:
        """Give one; NotFoundError."""
        ...

    def of(self, subject: str) -> tuple[Backup, ...]:
        """Give every backup of one life of an environment, newest first."""
        ...


class Holds(Protocol):
    """Who gets no further resources (Art. 46)."""

    def put(self, hold: Hold) -> None:
        """Store or replace by id."""
        ...

    def get(self, hold_id: str) -> Hold:
        """Give one; NotFoundError."""
        ...

    def on(self, unit: str, system: str) -> tuple[Hold, ...]:
        """Give holds in force on a system, those on its whole unit included."""
        ...

    def list(self, *, limit: int = 100) -> tuple[Hold, ...]:
        """List, newest first, lifted ones included."""
        ...


class Rulebooks(Protocol):
    """Every version of the rulebook under which a request was ever submitted."""

    def keep(self, rulebook: Rulebook) -> None:
        """Store a version; ConflictError when its label is on record with another content (raise the version)."""
        ...

    def get(self, label: str) -> Rulebook:
        """Give a version; NotFoundError."""
        ...

    def labels(self) -> tuple[str, ...]:
        """Give the label of every version, sorted."""
        ...


class Certificates(Protocol):
    """The signed certificates of ended environments; never changed."""

    def add(self, certificate: SignedCertificate) -> None:
        """Store one; the same id again is ignored."""
        ...

    def find(self, environment: str) -> SignedCertificate | None:
        """Give the newest certificate of an environment, or None."""
        ...

    def list(self, *, limit: int = 100) -> tuple[SignedCertificate, ...]:
        """List, newest first."""
        ...


class Checkpoints(Protocol):
    """Signatures over the audit log, in order."""

    def add(self, checkpoint: Checkpoint) -> None:
        """Store one; a second one for the same entry is ignored."""
        ...

    def newest(self) -> Checkpoint | None:
        """Give the newest, or None."""
        ...

    def list(self, *, after: int = 0, limit: int = 1000) -> tuple[Checkpoint, ...]:
        """Give those that sign an entry above ``after``, in order."""
        ...


class Notices(Protocol):
    """What people are told; sending is another adapter's work."""

    def add(self, notice: Notice) -> None:
        """Store one; the same id again is ignored."""
        ...

    def list(self, *, environment: str | None = None, limit: int = 100) -> tuple[Notice, ...]:
        """Give notices, newest first."""
        ...


class Senders(Protocol):
    """Registered callers of the hook, and what they delivered."""

    def put(self, sender: Sender) -> None:
        """Store or replace."""
        ...

    def find(self, name: str) -> Sender | None:
        """Give one, revoked or not."""
        ...

    def list(self) -> tuple[Sender, ...]:
        """List by name."""
        ...

    def claim(self, delivery: Delivery) -> Delivery:
        """Store a delivery if (sender, id) is new; give the one that is on record now (atomic).

        A new one is given back as the very object that was passed, so that ``is`` tells who was first.
        """
        ...

    def count_refusal(self, source: str, reason: str, at: datetime, count: int = 1) -> None:
        """Count refused calls: one audit line per source and minute (of real time)."""
        ...

    def flush_refusals(self, now: datetime) -> int:
        """Write the audit line of every source and minute that is over (of real time); gives how many lines."""
        ...


class Queue(Protocol):
    """Hands operations to the durable engine inside the caller's transaction."""

    def enqueue(self, operation: Operation) -> None:
        """Start the operation's workflow once the transaction commits; never twice for one id and attempt."""
        ...


class Transaction(Protocol):
    """One unit of work over all records: everything in it is stored, or nothing."""

    requests: Requests
    environments: Environments
    operations: Operations
    deadlines: Deadlines
    leases: Leases
    audit: Audit
    notices: Notices
    senders: Senders
    backups: Backlog
    holds: Holds
    rulebooks: Rulebooks
    certificates: Certificates
    checkpoints: Checkpoints
    queue: Queue


class Records(Protocol):
    """The database of one installation."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin; commit at the end of the block, roll back on an exception. Writers are serialised."""
        ...

    def read(self) -> AbstractContextManager[Transaction]:
        """Begin a read-only look at a consistent state."""
        ...

    def follow(self, operation_id: str, *, after: int = 0) -> Iterator[StoredEvent | Operation]:
        """Stream an operation's events as they come; ends with the operation's record when it is over."""
        ...


class Ids(Protocol):
    """Makes ids."""

    def new(self, prefix: str) -> str:
        """Give ``prefix-`` and a part that is unique and sorts by time."""
        ...


class Vault(Protocol):
    """Keeps the installation's secrets (DESIGN.md decision 2: the office holds the keys)."""

    def derive(self, purpose: str) -> str:
        """Give a secret that is always the same for one purpose, for instance a service user's password."""
        ...

    def seal(self, plain: bytes, purpose: str) -> str:
        """Encrypt for storage."""
        ...

    def open(self, sealed: str, purpose: str) -> bytes:
        """Decrypt; BadInputError when the text was sealed for another purpose or changed."""
        ...


@dataclass(frozen=True)
class SignedMessage:
    """A call as it came over the wire, before anything of it is believed.

    Attributes:
        id: Header ``webhook-id``; empty when it is missing or came more than once. The same holds for the others.
        timestamp: Header ``webhook-timestamp``.
        signature: Header ``webhook-signature``.
        body: The raw body, not parsed.
    """

    id: str
    timestamp: str
    signature: str
    body: bytes


class SignatureVerifier(Protocol):
    """Finds out who signed a message (Standard Webhooks 1.0.0), by real time, never the driven clock."""

    def verify(self, message: SignedMessage, senders: tuple[Sender, ...]) -> Sender:
        """Give the one of ``senders`` whose usable key signed the message within the tolerance.

        Raises NotAuthenticError when nobody did, RevokedError when a revoked sender did.
        """
        ...


@dataclass(frozen=True, repr=False)
class NewKey:
    """A fresh key of a sender: what we keep, and what is shown once.

    Attributes:
        public: ``whpk_…`` of ``v1a``, empty for ``v1``.
        secret: ``whsk_…`` or ``whsec_…``; never stored in the clear, never logged.
    """

    public: str
    secret: str


class SenderKeys(Protocol):
    """Makes and reads keys of hook senders."""

    def make(self, scheme: Scheme) -> NewKey:
        """Make a fresh key."""
        ...

    def read_public(self, text: str) -> str:
        """Give a public key in its one form ``whpk_…``; BadInputError when the text is none."""
        ...


class Library(Protocol):
    """The blueprints, the rulebook and the calendar that this installation works by; read once, checked when read."""

    def blueprint(self, name: str) -> Blueprint:
        """Give one; NotFoundError (field ``environment.blueprint``) names those that there are."""
        ...

    def blueprints(self) -> tuple[Blueprint, ...]:
        """Give all, by name."""
        ...

    def rulebook(self) -> Rulebook:
        """Give the installation's rulebook."""
        ...

    def calendar(self) -> Calendar:
        """Give the calendar of working days."""
        ...
