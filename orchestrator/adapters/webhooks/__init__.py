"""Standard Webhooks 1.0.0: who signed a message, and how to sign one (docs/adr/0007-webhook-verifier.md)."""

from orchestrator.adapters.webhooks.keys import Ed25519Keys
from orchestrator.adapters.webhooks.signing import Signer
from orchestrator.adapters.webhooks.verifier import TOLERANCE_SECONDS, StandardWebhooksVerifier

__all__ = ["TOLERANCE_SECONDS", "Ed25519Keys", "Signer", "StandardWebhooksVerifier"]
