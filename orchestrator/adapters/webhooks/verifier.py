"""The receiver's side of Standard Webhooks 1.0.0, strict: what is not exactly well-formed is not authentic."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature

from orchestrator.adapters.clock import real_now
from orchestrator.adapters.webhooks.keys import read_public, read_shared, strict_base64
from orchestrator.adapters.webhooks.signing import mac, signed_content
from orchestrator.domain.errors import BadInputError, MissingPartError, NotAuthenticError, RevokedError
from orchestrator.domain.records import MESSAGE_ID_PATTERN, Scheme, Sender, SenderKey
from orchestrator.ports import SignedMessage, Vault

TOLERANCE_SECONDS: Final = 300
MAXIMUM_SIGNATURES: Final = 8
"""Two schemes, old and new key, and room; with the registry's bound on keys it bounds the work of a forger's call."""
RULE: Final = "Standard Webhooks 1.0.0"
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_MESSAGE_ID: Final = re.compile(MESSAGE_ID_PATTERN)


@dataclass(frozen=True)
class _Claim:
    """What a message claims: its signed content and the signatures of it, by scheme."""

    content: bytes
    signatures: tuple[tuple[Scheme, bytes], ...]

    def of(self, scheme: Scheme) -> tuple[bytes, ...]:
        return tuple(signature for claimed, signature in self.signatures if claimed is scheme)


class StandardWebhooksVerifier:
    """Implements :class:`orchestrator.ports.SignatureVerifier`.

    Args:
        vault: Opens the shared secrets of ``v1`` keys.
        now: Real time; tests drive it.
    """

    def __init__(self, vault: Vault, now: Callable[[], datetime] = real_now) -> None:
        self._vault = vault
        self._now = now

    def verify(self, message: SignedMessage, senders: tuple[Sender, ...]) -> Sender:
        """Give the one of ``senders`` who signed; see the port for what it raises."""
        now = self._now()
        _check_header(message, now)
        claim = _Claim(signed_content(message.id, message.timestamp, message.body), _signatures(message.signature))
        for sender in senders:
            if sender.revoked_at is None and self._signed(claim, sender, (k for k in sender.keys if k.usable(now))):
                return sender
        for sender in senders:
            if sender.revoked_at is not None and self._signed(claim, sender, sender.keys):
                raise RevokedError(f"sender {sender.name} was revoked", rule=RULE, hint="stop sending")
        raise NotAuthenticError("no signature fits a registered key", rule=RULE, field="webhook-signature")

    def _signed(self, claim: _Claim, sender: Sender, keys: Iterable[SenderKey]) -> bool:
        return any(self._key_signed(claim, sender, key) for key in keys)

    def _key_signed(self, claim: _Claim, sender: Sender, key: SenderKey) -> bool:
        signatures = claim.of(key.scheme)
        if not signatures:
            return False
        if key.scheme is Scheme.V1A:
            return any(_ed25519_fits(key.public, signature, claim.content) for signature in signatures)
        expected = mac(self._shared(sender, key), claim.content)
        return any(hmac.compare_digest(expected, signature) for signature in signatures)

    def _shared(self, sender: Sender, key: SenderKey) -> bytes:
        try:
            return read_shared(self._vault.open(key.sealed, sender.purpose).decode())
        except BadInputError as error:
            raise MissingPartError(
                f"the key {key.id} of sender {sender.name} does not open",
                detail=error.diagnostic.summary,
                hint=f"tenure sender revoke {sender.name} --key {key.id}",
            ) from error


def _check_header(message: SignedMessage, now: datetime) -> None:
    if not _MESSAGE_ID.fullmatch(message.id):
        raise _unfit("webhook-id", "1 to 128 letters, digits and _:/+=@~- (no full stop), once")
    if not _TIMESTAMP.fullmatch(message.timestamp):
        raise _unfit("webhook-timestamp", "seconds since 1970, 1 to 12 digits, once")
    if abs(now.timestamp() - int(message.timestamp)) > TOLERANCE_SECONDS:
        raise NotAuthenticError(
            "the message is too old or from the future",
            detail=f"webhook-timestamp {message.timestamp} is more than {TOLERANCE_SECONDS} s away from this server's "
            f"time {int(now.timestamp())}",
            field="webhook-timestamp",
            rule=RULE,
            hint="sign each attempt anew with the time of the attempt",
        )


def _signatures(header: str) -> tuple[tuple[Scheme, bytes], ...]:
    """Read ``scheme,base64`` entries; unknown schemes are left out, since later versions may add some."""
    entries = header.split(" ")
    if not header or len(entries) > MAXIMUM_SIGNATURES:
        raise _unfit("webhook-signature", f"1 to {MAXIMUM_SIGNATURES} entries `v1a,base64` or `v1,base64`, once")
    read = ((entry.partition(",")[0], strict_base64(entry.partition(",")[2])) for entry in entries)
    return tuple((Scheme(scheme), data) for scheme, data in read if data and scheme in set(Scheme))


def _ed25519_fits(public: str, signature: bytes, content: bytes) -> bool:
    try:
        read_public(public).verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _unfit(header: str, wanted: str) -> NotAuthenticError:
    return NotAuthenticError(
        f"header {header} is missing or malformed", detail=f"wanted: {wanted}", field=header, rule=RULE
    )
