"""The registry of senders: names are used once, keys overlap when they change, every change is an audit entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.adapters.ids import SortableIds
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.vault import FileVault
from orchestrator.adapters.webhooks import Ed25519Keys
from orchestrator.domain.errors import BadInputError, ConflictError, NotFoundError, RefusedError
from orchestrator.domain.records import Actor, Role, Scheme, Sender
from orchestrator.workflows.senders import (
    MAXIMUM_KEYS,
    Desk,
    GivenKey,
    add_sender,
    revoke_key,
    revoke_sender,
    rotate_sender,
)
from tests.store import database_template, records

__all__ = ["database_template", "records"]
NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
WEEK = timedelta(days=7)
OFFICER = Actor(name="duty officer", role=Role.OFFICE, door="cli")


@pytest.fixture
def desk(records: SqlRecords, tmp_path: Path) -> Desk:
    """Give a desk over empty records."""
    return Desk(records, FileVault(tmp_path / "vault"), Ed25519Keys(), SortableIds(), OFFICER, NOW)


def stored(desk: Desk, name: str = "approvals") -> Sender:
    """Give a sender as it is on record."""
    with desk.records.read() as tx:
        found = tx.senders.find(name)
    assert found is not None
    return found


def audited(desk: Desk) -> list[str]:
    """Give the actions of the audit log, in order."""
    with desk.records.read() as tx:
        return [entry.action for entry in tx.audit.list()]


def test_of_an_ed25519_key_we_keep_only_the_public_half(desk: Desk) -> None:
    """The private half is handed over once and stands nowhere in the record or the audit log."""
    made = add_sender(desk, "approvals", Role.OFFICE, Scheme.V1A)
    assert made.secret.startswith("whsk_")
    (key,) = stored(desk).keys
    assert key.public.startswith("whpk_")
    with desk.records.read() as tx:
        everything = repr(stored(desk)) + repr(tx.audit.list()) + repr(made)
    assert made.secret not in everything


def test_a_shared_secret_is_kept_sealed(desk: Desk) -> None:
    """It opens for this sender alone."""
    made = add_sender(desk, "approvals", Role.OFFICE, Scheme.V1)
    (key,) = stored(desk).keys
    assert made.secret not in key.sealed
    assert desk.vault.open(key.sealed, "sender/approvals").decode() == made.secret
    with pytest.raises(BadInputError):
        desk.vault.open(key.sealed, "sender/other")


def test_a_given_public_key_hands_no_secret_over(desk: Desk) -> None:
    """The sender made the pair himself."""
    public = desk.keys.make(Scheme.V1A).public
    made = add_sender(desk, "approvals", Role.OFFICE, GivenKey(public))
    assert (made.secret, made.key.public) == ("", public)


def test_a_public_key_belongs_to_one_sender(desk: Desk) -> None:
    """Otherwise a signature would not say who sent it."""
    public = desk.keys.make(Scheme.V1A).public
    add_sender(desk, "approvals", Role.OFFICE, GivenKey(public))
    with pytest.raises(ConflictError, match="registered already"):
        add_sender(desk, "other", Role.OFFICE, GivenKey(public))


@pytest.mark.parametrize("name", ["", "A", "with space", "-x", "x" * 41])
def test_a_name_has_one_form(desk: Desk, name: str) -> None:
    """It stands in addresses and in the audit log."""
    with pytest.raises(BadInputError) as caught:
        add_sender(desk, name, Role.OFFICE, Scheme.V1A)
    assert caught.value.diagnostic.field == "name"
    assert audited(desk) == []


def test_a_name_is_used_once(desk: Desk) -> None:
    """Also after it was revoked: its deliveries stay its own."""
    add_sender(desk, "approvals", Role.OFFICE, Scheme.V1A)
    with pytest.raises(ConflictError, match="taken"):
        add_sender(desk, "approvals", Role.OFFICE, Scheme.V1A)
    revoke_sender(desk, "approvals")
    with pytest.raises(ConflictError, match="taken"):
        add_sender(desk, "approvals", Role.OFFICE, Scheme.V1A)


def test_after_a_rotation_both_keys_count_until_the_overlap_ends(desk: Desk) -> None:
    """The older one ends by itself, the newer one has no end."""
    add_sender(desk, "approvals", Role.OFFICE, Scheme.V1A)
    rotate_sender(desk, "approvals", Scheme.V1, WEEK)
    old, new = stored(desk).keys
    assert [old.usable(NOW), new.usable(NOW)] == [True, True]
    assert [old.usable(NOW + WEEK), new.usable(NOW + WEEK)] == [False, True]


def test_an_overlap_is_never_lengthened_by_the_next_rotation(desk: Desk) -> None:
    """The first decision on a key's end stands."""
    add_sender(desk, "approvals", Role.OFFICE, Scheme.V1A)
    rotate_sender(desk, "approvals", Scheme.V1A, timedelta(days=1))
    rotate_sender(desk, "approvals", Scheme.V1A, WEEK)
    assert [key.valid_until for key in stored(desk).keys] == [NOW + timedelta(days=1), NOW + WEEK, None]


def test_a_revoked_key_stays_revoked(desk: Desk) -> None:
    """A rotation, and a second revocation, leave its record as it was."""
    made = add_sender(desk, "approvals", Role.OFFICE, Scheme.V1A)
    revoke_key(desk, "approvals", made.key.id)
    later = replace(desk, now=NOW + WEEK)
    rotate_sender(later, "approvals", Scheme.V1A, WEEK)
    revoke_sender(later, "approvals")
    first, second = stored(desk).keys
    assert (first.revoked_at, second.revoked_at, first.valid_until) == (NOW, NOW + WEEK, None)


def test_what_is_not_there_is_named(desk: Desk) -> None:
    """Unknown senders and keys are told, with what there is; a revoked sender takes no more commands."""
    with pytest.raises(NotFoundError, match="no sender"):
        rotate_sender(desk, "approvals", Scheme.V1A, WEEK)
    made = add_sender(desk, "approvals", Role.OFFICE, Scheme.V1A)
    with pytest.raises(NotFoundError) as caught:
        revoke_key(desk, "approvals", "key-none")
    assert made.key.id in caught.value.diagnostic.detail
    revoke_sender(desk, "approvals")
    with pytest.raises(ConflictError, match="revoked"):
        revoke_key(desk, "approvals", made.key.id)


def test_the_number_of_usable_keys_is_bounded(desk: Desk) -> None:
    """A forged call is tried against all of them; revoking makes room."""
    for number in range(MAXIMUM_KEYS):
        add_sender(desk, f"sender-{number}", Role.OFFICE, Scheme.V1A)
    with pytest.raises(RefusedError, match=str(MAXIMUM_KEYS)):
        rotate_sender(desk, "sender-0", Scheme.V1A, WEEK)
    revoke_sender(desk, "sender-1")
    rotate_sender(desk, "sender-0", Scheme.V1A, WEEK)


def test_every_change_is_an_audit_entry(desk: Desk) -> None:
    """Who did it, to whom, with which key."""
    made = add_sender(desk, "approvals", Role.OFFICE, Scheme.V1A)
    rotate_sender(desk, "approvals", Scheme.V1, WEEK)
    revoke_key(desk, "approvals", made.key.id)
    revoke_sender(desk, "approvals")
    assert audited(desk) == ["sender.add", "sender.rotate", "sender.revoke-key", "sender.revoke"]
    with desk.records.read() as tx:
        first = tx.audit.list()[0]
    assert (first.actor, first.subject, first.facts["key"]) == (OFFICER, "sender/approvals", made.key.id)
