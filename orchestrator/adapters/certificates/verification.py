"""Verifying a certificate with nothing but a public key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from orchestrator.adapters.signer import is_signed, key_id
from orchestrator.domain.certificate import SignedCertificate
from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.texts import visible

RULE: Final = "certificate"


def certificate_faults(signed: SignedCertificate, trusted: str | None) -> tuple[Diagnostic, ...]:
    """Tell why a certificate does not count; nothing when it does.

    Args:
        signed: The certificate.
        trusted: The installation's public key (base64); without it the certificate vouches for itself.
    """
    return tuple(_faults(signed, trusted))


def _faults(signed: SignedCertificate, trusted: str | None) -> Iterator[Diagnostic]:
    if trusted is not None and signed.public_key != trusted:
        summary = "the certificate is not signed by the trusted key"
        yield _fault(summary, f"it names key {key_id(signed.public_key) or '?'}, trusted is {key_id(trusted)}")
    if key_id(signed.public_key) != signed.key:
        yield _fault("the certificate names a key that is not the one beside it", f"key {visible(signed.key)}")
    if not is_signed(signed.public_key, signed.certificate.canonical, signed.signature):
        summary = "the signature does not fit the certificate"
        yield _fault(summary, "a field was changed after it was signed, or the signature is another one's")
    if signed.certificate.remaining:
        left = visible(", ".join(signed.certificate.remaining))
        yield _fault("the certificate says that something remained", f"{left}; no such certificate is ever issued")


def _fault(summary: str, detail: str) -> Diagnostic:
    return Diagnostic(summary=summary, detail=detail, rule=RULE)
