"""The registry of hook senders: who may call, with which keys. Times are real time, never the driven clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError

from orchestrator.domain.errors import BadInputError, ConflictError, NotFoundError, RefusedError
from orchestrator.domain.faults import faults_of
from orchestrator.domain.records import Actor, Role, Scheme, Sender, SenderKey
from orchestrator.ports import Ids, NewKey, Records, SenderKeys, Transaction, Vault

MAXIMUM_KEYS: Final = 32
"""Usable keys of all senders together: the plain hook address tries them all, so this bounds a forged call's cost."""


@dataclass(frozen=True)
class Desk:
    """What a command on the registry needs.

    Attributes:
        keys: Makes and reads keys.
        actor: Who gives the command.
        now: The instant of the command, in real time.
    """

    records: Records
    vault: Vault
    keys: SenderKeys
    ids: Ids
    actor: Actor
    now: datetime


@dataclass(frozen=True)
class GivenKey:
    """A public key that the sender made himself; then no secret is ever shown here."""

    public: str


@dataclass(frozen=True, repr=False)
class Handover:
    """A sender with a new key, and the secret that is shown this one time; empty when the key was given."""

    sender: Sender
    key: SenderKey
    secret: str


def add_sender(desk: Desk, name: str, role: Role, wanted: Scheme | GivenKey) -> Handover:
    """Register a sender with its first key; ConflictError when the name was ever used."""
    key, secret = _new_key(desk, name, wanted)
    sender = _sender(name, role, key, desk.now)
    with desk.records.transaction() as tx:
        if tx.senders.find(name) is not None:
            raise ConflictError(
                f"the name {name} is taken",
                field="name",
                hint=f"tenure sender rotate {name} gives it another key; a revoked name stays unused",
            )
        _refuse_surplus(tx, key, desk.now)
        tx.senders.put(sender)
        _note(tx, desk, "sender.add", sender, {"role": str(role), **_facts(key)})
    return Handover(sender, key, secret)


def rotate_sender(desk: Desk, name: str, wanted: Scheme | GivenKey, overlap: timedelta) -> Handover:
    """Add a key; the older ones end after the overlap (or earlier, if that was decided before)."""
    key, secret = _new_key(desk, name, wanted)
    with desk.records.transaction() as tx:
        sender = _active(tx, name)
        _refuse_surplus(tx, key, desk.now)
        older = tuple(_ending(old, desk.now, desk.now + overlap) for old in sender.keys)
        sender = sender.model_copy(update={"keys": (*older, key)})
        tx.senders.put(sender)
        _note(tx, desk, "sender.rotate", sender, {"overlap_seconds": int(overlap.total_seconds()), **_facts(key)})
    return Handover(sender, key, secret)


def revoke_key(desk: Desk, name: str, key_id: str) -> Sender:
    """Withdraw one key at once; its messages are refused from now on."""
    with desk.records.transaction() as tx:
        sender = _active(tx, name)
        if key_id not in {key.id for key in sender.keys}:
            known = ", ".join(key.id for key in sender.keys if key.usable(desk.now))
            raise NotFoundError(f"sender {name} has no key {key_id}", field="key", detail=f"usable keys: {known}")
        keys = tuple(_revoked(key, desk.now) if key.id == key_id else key for key in sender.keys)
        sender = sender.model_copy(update={"keys": keys})
        tx.senders.put(sender)
        _note(tx, desk, "sender.revoke-key", sender, {"key": key_id})
    return sender


def revoke_sender(desk: Desk, name: str) -> Sender:
    """Withdraw a sender with all keys; its messages are answered with "gone", so that it stops calling."""
    with desk.records.transaction() as tx:
        sender = _active(tx, name)
        keys = tuple(_revoked(key, desk.now) for key in sender.keys)
        sender = sender.model_copy(update={"keys": keys, "revoked_at": desk.now})
        tx.senders.put(sender)
        _note(tx, desk, "sender.revoke", sender, {})
    return sender


def _new_key(desk: Desk, name: str, wanted: Scheme | GivenKey) -> tuple[SenderKey, str]:
    if isinstance(wanted, GivenKey):
        scheme, made = Scheme.V1A, NewKey(public=desk.keys.read_public(wanted.public), secret="")
    else:
        scheme, made = wanted, desk.keys.make(wanted)
    sealed = desk.vault.seal(made.secret.encode(), Sender.purpose_of(name)) if scheme is Scheme.V1 else ""
    key = SenderKey(id=desk.ids.new("key"), scheme=scheme, public=made.public, sealed=sealed, added_at=desk.now)
    return key, made.secret


def _sender(name: str, role: Role, key: SenderKey, now: datetime) -> Sender:
    try:
        return Sender(name=name, role=role, keys=(key,), added_at=now)
    except ValidationError as error:
        diagnostics = tuple(fault.diagnostic for fault in faults_of(error, Sender))
        raise BadInputError(diagnostics[0].summary, diagnostics=diagnostics) from None


def _active(tx: Transaction, name: str) -> Sender:
    sender = tx.senders.find(name)
    if sender is None:
        raise NotFoundError(f"no sender {name}", field="name", hint="tenure sender list")
    if sender.revoked_at is not None:
        raise ConflictError(f"sender {name} was revoked", field="name", hint="tenure sender add, under another name")
    return sender


def _refuse_surplus(tx: Transaction, new: SenderKey, now: datetime) -> None:
    senders = tx.senders.list()
    if new.public and new.public in {key.public for sender in senders for key in sender.keys}:
        raise ConflictError("this public key is registered already", field="key", hint="make a new key pair")
    usable = sum(key.usable(now) for sender in senders for key in sender.keys)
    if usable >= MAXIMUM_KEYS:
        raise RefusedError(
            f"there are {usable} usable keys, {MAXIMUM_KEYS} is the most", rule="hook", hint="tenure sender revoke"
        )


def _ending(key: SenderKey, now: datetime, end: datetime) -> SenderKey:
    if not key.usable(now):
        return key
    return key.model_copy(update={"valid_until": min(end, key.valid_until or end)})


def _revoked(key: SenderKey, now: datetime) -> SenderKey:
    return key if key.revoked_at else key.model_copy(update={"revoked_at": now})


def _facts(key: SenderKey) -> dict[str, Any]:
    return {"key": key.id, "scheme": str(key.scheme), "public": key.public}


def _note(tx: Transaction, desk: Desk, action: str, sender: Sender, facts: dict[str, Any]) -> None:
    tx.audit.append(desk.now, desk.actor, action, f"sender/{sender.name}", facts)
