"""Deliveries of webhooks: what is not signed is not read, and what is signed only says where to look."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.forge import hooks_of
from orchestrator.adapters.forge.secrets import HookSecrets
from orchestrator.domain.errors import BadInputError, NotAuthenticError
from orchestrator.domain.forge import EventKind, ForgeEvent, ForgeKind
from tests.forges.deliveries import (
    OWNER,
    PROJECT,
    PULL,
    REQUEST,
    SECRET,
    SIGNING,
    gitea,
    github,
    gitlab,
    gitlab_signed,
)
from tests.forges.world import REPOSITORY


@dataclass(frozen=True)
class Sent:
    """A kind of delivery.

    Attributes:
        proof: The header without which nothing is believed.
    """

    kind: ForgeKind
    secret: str
    headers: Callable[..., dict[str, str]]
    proof: str
    body: dict[str, Any]

    def read(self, body: bytes | None = None, headers: dict[str, str] | None = None) -> ForgeEvent:
        """Read the delivery, or another body or other headers in its place."""
        genuine = json.dumps(self.body).encode()
        reader = hooks_of(self.kind, REPOSITORY, HookSecrets((self.secret,)))
        return reader.read(self.headers(genuine) if headers is None else headers, genuine if body is None else body)


GITEA = Sent(ForgeKind.GITEA, SECRET, gitea, "x-gitea-signature", PULL)
GITHUB = Sent(ForgeKind.GITHUB, SECRET, github, "x-hub-signature-256", PULL)
GITLAB = Sent(ForgeKind.GITLAB, SECRET, gitlab, "x-gitlab-token", REQUEST)
GITLAB_SIGNED = Sent(ForgeKind.GITLAB, SIGNING, gitlab_signed, "webhook-signature", REQUEST)
every_kind = pytest.mark.parametrize("sent", [GITEA, GITHUB, GITLAB, GITLAB_SIGNED], ids=lambda sent: sent.proof)


@every_kind
def test_a_genuine_delivery_says_where_to_look(sent: Sent) -> None:
    """The forge's own id, what happened, and the number."""
    assert sent.read() == ForgeEvent(delivery="d-1", kind=EventKind.PULL_REQUEST, number=7)


@every_kind
def test_a_delivery_without_its_proof_is_refused(sent: Sent) -> None:
    """The header is missing, empty, or another one's."""
    headers = sent.headers(json.dumps(sent.body).encode())
    for wrong in ("", "x", "sha256=", "v1,", headers[sent.proof] + "0", headers[sent.proof][:-1], "0" * 64, "ü"):
        with pytest.raises(NotAuthenticError):
            sent.read(headers=headers | {sent.proof: wrong})
    with pytest.raises(NotAuthenticError):
        sent.read(headers={name: value for name, value in headers.items() if name != sent.proof})


@pytest.mark.parametrize("sent", [GITEA, GITHUB, GITLAB_SIGNED], ids=lambda sent: sent.proof)
@given(data=st.data())
def test_a_body_that_was_changed_is_refused(sent: Sent, data: st.DataObject) -> None:
    """At whatever place, by whatever byte."""
    body = bytearray(json.dumps(sent.body).encode())
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(NotAuthenticError):
        sent.read(body=bytes(body))


@every_kind
def test_nothing_is_read_before_the_proof(sent: Sent) -> None:
    """So that a stranger's JSON reaches no parser."""
    headers = sent.headers(b"") | {sent.proof: "0" * 64}
    with pytest.raises(NotAuthenticError):
        sent.read(body=b"{" * 100_000, headers=headers)


@every_kind
@pytest.mark.parametrize(
    "body", [b"", b"payload=%7B%7D", b"[]", b"[" * 10_000, b"\xff", b"null", b'{"project": 7, "repository": 7}']
)
def test_a_genuine_delivery_in_another_form_is_bad_input(sent: Sent, body: bytes) -> None:
    """The hint says how the forge should send."""
    with pytest.raises(BadInputError) as caught:
        sent.read(body=body, headers=sent.headers(body))
    assert "application/json" in (caught.value.diagnostic.hint or "")


@every_kind
def test_another_repository_says_nothing(sent: Sent) -> None:
    """A webhook of a whole organisation tells of all of them."""
    other = {**sent.body, "repository": {"full_name": "city/other"}, "project": {"path_with_namespace": "city/other"}}
    body = json.dumps(other).encode()
    assert sent.read(body=body, headers=sent.headers(body)).number is None


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("pull_request_approved", EventKind.REVIEW),
        ("pull_request_rejected", EventKind.REVIEW),
        ("pull_request_comment", EventKind.REVIEW),
        ("repository", EventKind.OTHER),
    ],
)
def test_reviews_on_gitea_are_told_by_their_own_events(event: str, kind: EventKind) -> None:
    """What else happens in a repository is nobody's business here."""
    body = json.dumps(PULL).encode()
    assert GITEA.read(headers=gitea(body, event)).kind is kind


@pytest.mark.parametrize("sent", [GITEA, GITHUB], ids=lambda sent: sent.proof)
def test_a_comment_counts_under_a_pull_request_alone(sent: Sent) -> None:
    """Issues have comments too."""
    for issue, number in (({"number": 7, "pull_request": {"url": "x"}}, 7), ({"number": 7}, None)):
        body = json.dumps({"repository": OWNER, "issue": issue}).encode()
        assert sent.read(body=body, headers=sent.headers(body, "issue_comment")).number == number


def test_a_note_on_gitlab_counts_under_a_merge_request_alone() -> None:
    """Its own number is not the merge request's."""
    for more, number in (({"merge_request": {"iid": 7}}, 7), ({"issue": {"iid": 7}}, None)):
        body = json.dumps({"project": PROJECT, "object_attributes": {"id": 99}, **more}).encode()
        event = GITLAB.read(body=body, headers=gitlab(body, "Note Hook"))
        assert event.number == number


@pytest.mark.parametrize(("sent", "event"), [(GITEA, "push"), (GITHUB, "push"), (GITLAB, "Push Hook")])
def test_a_push_names_its_branch(sent: Sent, event: str) -> None:
    """Tags are no branches."""
    for ref, branch in (("refs/heads/main", "main"), ("refs/tags/v1", "")):
        body = json.dumps({"repository": OWNER, "project": PROJECT, "ref": ref}).encode()
        told = sent.read(body=body, headers=sent.headers(body, event))
        assert (told.kind, told.branch, told.number) == (EventKind.PUSH, branch, None)


def test_a_signing_token_is_not_accepted_in_a_header() -> None:
    """Whoever sees it there could sign with it."""
    with pytest.raises(NotAuthenticError):
        GITLAB_SIGNED.read(headers={"x-gitlab-event": "Note Hook", "webhook-id": "d-1", "x-gitlab-token": SIGNING})


def test_two_secrets_count_while_one_takes_the_place_of_the_other() -> None:
    """Deliveries that are under way at that moment are not lost."""
    body = json.dumps(PULL).encode()
    reader = hooks_of(ForgeKind.GITEA, REPOSITORY, HookSecrets(("the new one, which is long", SECRET)))
    assert reader.read(gitea(body), body).number == 7


@pytest.mark.parametrize("secrets", [(), ("",), ("short",), (SECRET, "short")])
def test_a_secret_that_can_be_guessed_is_refused(secrets: tuple[str, ...]) -> None:
    """And it stands in no message."""
    with pytest.raises(BadInputError, match="at least 16 characters"):
        HookSecrets(secrets)
    assert SECRET not in repr(HookSecrets((SECRET,)))
