"""The key of an environment's backups, sealed for the office: it opens without Tenure (Art. 36)."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options

from orchestrator.domain.errors import BadInputError

SEALED_KEY = "tenure/office-key.pem"
"""Where the sealed key is in every bucket."""
SETTING = "TENURE_OFFICE_CERTIFICATE"


def sealed_for(certificate: Path, password: str) -> bytes:
    """Seal a password for the holder of an X.509 certificate, as CMS that ``openssl cms -decrypt`` opens.

    BadInputError when the file is no certificate with an RSA key.
    """
    try:
        holder = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError) as error:
        raise BadInputError(f"{certificate} is no certificate in PEM", detail=str(error), field=SETTING) from error
    if not isinstance(holder.public_key(), RSAPublicKey):
        raise BadInputError(f"the key of {certificate} is not RSA, so nothing can be sealed for it", field=SETTING)
    envelope = PKCS7EnvelopeBuilder().set_data(password.encode()).add_recipient(holder)
    return envelope.encrypt(Encoding.PEM, [PKCS7Options.Binary])
