"""The secret that a forge signs its deliveries with, and how what it signed is read."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from orchestrator.domain.errors import BadInputError, NotAuthenticError

MINIMUM_CHARACTERS: Final = 16
RULE: Final = "forge webhook"


@dataclass(frozen=True)
class HookSecrets:
    """What was agreed on with the forge; two while an old one is exchanged for a new one.

    Raises BadInputError when there is none, or one that can be guessed.
    """

    values: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what protects nothing."""
        if not self.values or min(map(len, self.values)) < MINIMUM_CHARACTERS:
            raise BadInputError(
                f"a webhook's secret has at least {MINIMUM_CHARACTERS} characters",
                field="TENURE_FORGE_SECRET",
                hint="for instance: openssl rand -hex 32",
            )

    def check_hex(self, signature: str, body: bytes, header: str) -> None:
        """Raise NotAuthenticError unless the text is the HMAC-SHA256 of the body in hexadecimal."""
        self._check(
            [hmac.new(each.encode(), body, hashlib.sha256).hexdigest() for each in self.values], signature, header
        )

    def check_same(self, text: str, header: str) -> None:
        """Raise NotAuthenticError unless the text is a secret itself."""
        self._check(self.values, text, header)

    @staticmethod
    def _check(expected: Iterable[str], given: str, header: str) -> None:
        if not any(hmac.compare_digest(each.encode(), given.encode()) for each in expected):
            raise not_authentic(header)


class Payload(BaseModel):
    """What of a delivery is read; the rest is left."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def payload[P: Payload](kind: type[P], body: bytes) -> P:
    """Read a delivery that proved genuine; BadInputError when it has another form."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field_path = ".".join(map(str, first["loc"])) or "body"
        raise BadInputError(
            "this delivery cannot be read",
            field=field_path,
            rule=RULE,
            detail=first["msg"],
            hint="let the forge send JSON (application/json)",
        ) from error


def header_of(headers: Mapping[str, str], name: str) -> str:
    """Give a header that every genuine delivery has; NotAuthenticError when it is not there."""
    value = headers.get(name, "")
    if not value:
        raise not_authentic(name)
    return value


def not_authentic(header: str) -> NotAuthenticError:
    """Give the error for a delivery that nobody signed who knows the secret."""
    return NotAuthenticError("the delivery is not signed by this forge", field=header, rule=RULE)


def branch_of(ref: str) -> str:
    """Give the branch that a push moved; empty for tags and the like."""
    return ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else ""
