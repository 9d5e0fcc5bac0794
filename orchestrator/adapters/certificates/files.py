"""A signed certificate as a JSON file: written for people too, read without trusting anything in it."""

from __future__ import annotations

import json
from typing import Any, Final

from pydantic import ValidationError

from orchestrator.domain.certificate import SignedCertificate
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.texts import visible

WRAPPING: Final = ("schema", "type")
"""What ``--json`` adds to a line; the signature does not cover it."""


def certificate_text(signed: SignedCertificate) -> str:
    """Write a certificate as a file that people can read too; layout does not matter to the signature."""
    return json.dumps(signed.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n"


def read_certificate(text: bytes, name: str) -> SignedCertificate:
    """Read a certificate from its file, or from a line that ``--json`` printed.

    Raises:
        BadInputError: It is none, or a field is written in another way than the one that is signed.
    """
    try:
        data = _unwrapped(json.loads(text, object_pairs_hook=_each_once))
        signed = SignedCertificate.model_validate(data)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{name} is no certificate", detail=_first_fault(error), field="FILE") from error
    if _canonical(data) != _canonical(signed.model_dump(mode="json")):
        raise BadInputError(
            f"{name} was changed",
            detail="a field is not written in the form that is signed",
            field="FILE",
            rule="certificate",
        )
    return signed


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a field that stands twice: two readers could take two different ones."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field stands twice")
    return found


def _unwrapped(data: object) -> object:
    if not isinstance(data, dict):
        return data
    return {name: value for name, value in data.items() if name not in WRAPPING}


def _canonical(content: object) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _first_fault(error: ValueError | RecursionError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return visible(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")
    return str(error)
