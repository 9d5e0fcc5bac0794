"""Standard Webhooks 1.0.0: what is signed is taken, anything else is not authentic."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.adapters.vault import FileVault
from orchestrator.adapters.webhooks import Ed25519Keys, Signer, StandardWebhooksVerifier
from orchestrator.domain.errors import BadInputError, MissingPartError, NotAuthenticError, RevokedError
from orchestrator.domain.records import Role, Scheme, Sender, SenderKey
from orchestrator.ports import SignedMessage

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
BODY = '{"说":"审核通过"}'.encode()
PUBLISHED_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PUBLISHED = SignedMessage(
    id="msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp="1614265330",
    signature="v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    body=b'{"test": 2432232314}',
)
"""The vector that the specification's own libraries test with."""
RFC_8032 = (
    "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=",
    "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
)
"""Secret and public key of RFC 8032, 7.1, test 1."""


class Setting:
    """A verifier at a fixed time, and senders with keys."""

    def __init__(self, home: Path) -> None:
        self.vault = FileVault(home)
        self.now = NOW
        self.verifier = StandardWebhooksVerifier(self.vault, lambda: self.now)
        self.keys = Ed25519Keys()

    def sender(self, name: str, *schemes: Scheme, **changes: object) -> tuple[Sender, tuple[Signer, ...]]:
        """Give a sender with a fresh key for each scheme, and what signs with each."""
        made = [self.keys.make(scheme) for scheme in schemes]
        keys = tuple(self.key(name, scheme, new.public, new.secret) for scheme, new in zip(schemes, made, strict=True))
        sender = Sender(name=name, role=Role.OFFICE, keys=keys, added_at=NOW)
        return sender.model_copy(update=changes), tuple(Signer(new.secret) for new in made)

    def key(self, name: str, scheme: Scheme, public: str, secret: str) -> SenderKey:
        """Give a key as the registry keeps it."""
        sealed = self.vault.seal(secret.encode(), Sender.purpose_of(name)) if scheme is Scheme.V1 else ""
        return SenderKey(id="key-1", scheme=scheme, public=public, sealed=sealed, added_at=NOW)


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """Give a setting that all tests of this module share."""
    return Setting(tmp_path_factory.mktemp("vault"))


def message(*signers: Signer, at: datetime = NOW, body: bytes = BODY, message_id: str = "evt-1") -> SignedMessage:
    """Give a message that every signer signed."""
    headers = [signer.headers(message_id, at, body) for signer in signers]
    return SignedMessage(
        id=message_id,
        timestamp=headers[0]["webhook-timestamp"],
        signature=" ".join(each["webhook-signature"] for each in headers),
        body=body,
    )


def test_the_published_vector_is_signed_and_verified(setting: Setting) -> None:
    """Secret, id, time and body of the specification's libraries give their signature, and it is accepted."""
    key = setting.key("peer", Scheme.V1, "", PUBLISHED_SECRET)
    sender = Sender(name="peer", role=Role.OFFICE, keys=(key,), added_at=NOW)
    verifier = StandardWebhooksVerifier(setting.vault, lambda: datetime.fromtimestamp(1614265330 + 60, UTC))
    assert Signer(PUBLISHED_SECRET).sign(PUBLISHED.id, 1614265330, PUBLISHED.body) == PUBLISHED.signature
    assert verifier.verify(PUBLISHED, (sender,)) == sender


def test_keys_are_those_of_rfc_8032(setting: Setting) -> None:
    """``whsk_`` is the 32-byte seed and ``whpk_`` the raw public key; both halves in one text are read too."""
    secret, public = RFC_8032
    key = setting.key("peer", Scheme.V1A, setting.keys.read_public(public), "")
    sender = Sender(name="peer", role=Role.OFFICE, keys=(key,), added_at=NOW)
    assert setting.verifier.verify(message(Signer(secret)), (sender,)) == sender


@pytest.mark.parametrize("scheme", list(Scheme))
def test_a_signed_message_names_its_sender(setting: Setting, scheme: Scheme) -> None:
    """Among several senders the one whose key signed is found."""
    first, _ = setting.sender("first", Scheme.V1A, Scheme.V1)
    second, (signer,) = setting.sender("second", scheme)
    assert setting.verifier.verify(message(signer), (first, second)) == second


@pytest.mark.parametrize("scheme", list(Scheme))
def test_another_key_is_not_authentic(setting: Setting, scheme: Scheme) -> None:
    """A well-formed signature by a key that is not registered is refused."""
    sender, _ = setting.sender("office", Scheme.V1A, Scheme.V1)
    _, (stranger,) = setting.sender("stranger", scheme)
    with pytest.raises(NotAuthenticError, match="no signature fits"):
        setting.verifier.verify(message(stranger), (sender,))


@settings(deadline=None)
@given(scheme=st.sampled_from(Scheme), position=st.integers(0, 10_000), other=st.integers(0, 255))
def test_any_changed_byte_of_the_body_fails(setting: Setting, scheme: Scheme, position: int, other: int) -> None:
    """The signature covers every byte."""
    sender, (signer,) = setting.sender("office", scheme)
    signed = message(signer)
    place = position % len(BODY)
    body = BODY[:place] + bytes([other]) + BODY[place + 1 :]
    if body != BODY:
        with pytest.raises(NotAuthenticError):
            setting.verifier.verify(replace(signed, body=body), (sender,))


def _with_header(signed: SignedMessage, header: str, text: str) -> SignedMessage:
    match header:
        case "id":
            return replace(signed, id=text)
        case "timestamp":
            return replace(signed, timestamp=text)
        case _:
            return replace(signed, signature=text)


HEADER_TEXT = st.characters(min_codepoint=32, max_codepoint=255)


@settings(deadline=None)
@given(
    scheme=st.sampled_from(Scheme),
    header=st.sampled_from(["id", "timestamp", "signature"]),
    position=st.integers(0, 10_000),
    other=HEADER_TEXT | st.just(""),
)
def test_any_changed_character_of_a_header_fails(
    setting: Setting, scheme: Scheme, header: str, position: int, other: str
) -> None:
    """Id, time and signature cannot be changed, lengthened or shortened, spare bits of base64 included."""
    sender, (signer,) = setting.sender("office", scheme)
    signed = message(signer)
    text: str = getattr(signed, header)
    place = position % len(text)
    changed = text[:place] + other + text[place + 1 :]
    if changed != text:
        with pytest.raises(NotAuthenticError):
            setting.verifier.verify(_with_header(signed, header, changed), (sender,))


@settings(deadline=None)
@given(header=st.text(max_size=300))
def test_any_signature_header_is_answered(setting: Setting, header: str) -> None:
    """Nonsense is not authentic, and nothing else happens."""
    sender, (signer,) = setting.sender("office", Scheme.V1A)
    with pytest.raises(NotAuthenticError):
        setting.verifier.verify(replace(message(signer), signature=header), (sender,))


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_five_minutes_either_way_are_tolerated(setting: Setting, seconds: int) -> None:
    """Clocks may differ by 300 seconds."""
    sender, (signer,) = setting.sender("office", Scheme.V1A)
    assert setting.verifier.verify(message(signer, at=NOW + timedelta(seconds=seconds)), (sender,)) == sender


@pytest.mark.parametrize("seconds", [-86_400, -301, 301, 10_000_000])
def test_older_or_later_messages_are_refused(setting: Setting, seconds: int) -> None:
    """The message tells the server's time, so that a wrong clock is found."""
    sender, (signer,) = setting.sender("office", Scheme.V1A)
    with pytest.raises(NotAuthenticError) as caught:
        setting.verifier.verify(message(signer, at=NOW + timedelta(seconds=seconds)), (sender,))
    assert str(int(NOW.timestamp())) in caught.value.diagnostic.detail


@pytest.mark.parametrize(
    "text", ["", "now", "now.9", " 1772415000", "1_772_415_000", "+1772415000", "1772415000.0", "１７"]
)
def test_a_time_is_digits_only(setting: Setting, text: str) -> None:
    """Spellings that a lenient parser would take are refused, even when they were signed."""
    sender, (signer,) = setting.sender("office", Scheme.V1A)
    with pytest.raises(NotAuthenticError, match="webhook-timestamp"):
        setting.verifier.verify(replace(message(signer), timestamp=text), (sender,))


@pytest.mark.parametrize("text", ["", "a.b", "a b", "x" * 129, "号"])
def test_an_id_has_no_full_stop(setting: Setting, text: str) -> None:
    """The full stop separates what is signed, so an id that has one could be read in two ways."""
    sender, (signer,) = setting.sender("office", Scheme.V1A)
    with pytest.raises(NotAuthenticError, match="webhook-id"):
        setting.verifier.verify(message(signer, message_id=text), (sender,))


def test_rotation_old_and_new_key_sign_together(setting: Setting) -> None:
    """A message signed by both is taken by a receiver that knows only one of them; unknown schemes are left out."""
    sender, signers = setting.sender("office", Scheme.V1A, Scheme.V1)
    for key in sender.keys:
        alone = sender.model_copy(update={"keys": (key,)})
        signed = message(*signers)
        assert setting.verifier.verify(replace(signed, signature="v2,AAAA " + signed.signature), (alone,)) == alone


def test_a_header_with_too_many_signatures_is_refused(setting: Setting) -> None:
    """The work that a forger can cause is bounded."""
    sender, (signer,) = setting.sender("office", Scheme.V1A)
    with pytest.raises(NotAuthenticError, match="webhook-signature"):
        setting.verifier.verify(message(*[signer] * 9), (sender,))


def test_a_key_ends_with_its_overlap(setting: Setting) -> None:
    """It counts until the instant of its end, not at it."""
    sender, (signer,) = setting.sender("office", Scheme.V1A)
    for end, fits in ((NOW + timedelta(seconds=1), True), (NOW, False)):
        key = sender.keys[0].model_copy(update={"valid_until": end})
        ending = sender.model_copy(update={"keys": (key,)})
        if fits:
            assert setting.verifier.verify(message(signer), (ending,)) == ending
        else:
            with pytest.raises(NotAuthenticError):
                setting.verifier.verify(message(signer), (ending,))


def test_a_revoked_key_of_a_living_sender_is_not_authentic(setting: Setting) -> None:
    """The sender goes on with its other keys, so it is not told to stop."""
    sender, (old, new) = setting.sender("office", Scheme.V1A, Scheme.V1A)
    revoked = sender.keys[0].model_copy(update={"revoked_at": NOW})
    sender = sender.model_copy(update={"keys": (revoked, sender.keys[1])})
    assert setting.verifier.verify(message(new), (sender,)) == sender
    with pytest.raises(NotAuthenticError) as caught:
        setting.verifier.verify(message(old), (sender,))
    assert not isinstance(caught.value, RevokedError)


def test_a_revoked_sender_is_told_so_only_when_it_signed(setting: Setting) -> None:
    """Whoever cannot sign learns nothing about which senders there were."""
    sender, (signer,) = setting.sender("office", Scheme.V1A, revoked_at=NOW)
    _, (stranger,) = setting.sender("stranger", Scheme.V1A)
    with pytest.raises(RevokedError):
        setting.verifier.verify(message(signer), (sender,))
    with pytest.raises(NotAuthenticError, match="no signature fits"):
        setting.verifier.verify(message(stranger), (sender,))


def test_a_secret_that_the_vault_cannot_open_is_said(setting: Setting) -> None:
    """The fault is ours, not the caller's; the message names the key."""
    sender, (signer,) = setting.sender("office", Scheme.V1)
    strange = sender.model_copy(update={"name": "renamed"})
    with pytest.raises(MissingPartError, match="key-1"):
        setting.verifier.verify(message(signer), (strange,))


@pytest.mark.parametrize("scheme", list(Scheme))
def test_new_keys_say_what_they_are(setting: Setting, scheme: Scheme) -> None:
    """A shared secret has 32 bytes and no public half; no key shows itself when it is printed."""
    new = setting.keys.make(scheme)
    assert (new.public, new.secret.startswith("whsec_")) == ("", True) if scheme is Scheme.V1 else new.public
    assert new.secret not in repr(new)


def test_a_public_key_is_read_from_pem_too(setting: Setting) -> None:
    """What ``openssl pkey -pubout`` writes becomes ``whpk_``."""
    public = Ed25519PrivateKey.generate().public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert setting.keys.read_public(f"\n{pem}\n") == setting.keys.read_public(setting.keys.read_public(pem))


ELLIPTIC_PEM = (
    generate_private_key(SECP256R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whpk_",
        "whpk_AAAA",
        RFC_8032[0],
        RFC_8032[1] + "AAAA",
        RFC_8032[1].rstrip("="),
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        ELLIPTIC_PEM.decode(),
    ],
)
def test_what_is_no_public_key_is_refused(setting: Setting, text: str) -> None:
    """A private key, a short one, another algorithm: none is registered, and none is repeated in the message."""
    with pytest.raises(BadInputError) as caught:
        setting.keys.read_public(text)
    assert len(text) <= len("whpk_") or text not in str(caught.value)


@pytest.mark.parametrize("text", ["whsec_", "whsec_" + "A" * 28, "whsec_" + "A" * 88, "whsk_AAAA", "secret", ""])
def test_what_is_no_secret_signs_nothing(text: str) -> None:
    """Shared secrets have 24 to 64 bytes, private keys 32."""
    with pytest.raises(BadInputError):
        Signer(text)


def test_halves_that_do_not_belong_together_are_refused() -> None:
    """A private key with another key's public half is a mistake."""
    with pytest.raises(BadInputError, match="belong together"):
        Signer("whsk_" + "A" * 86 + "==")
