"""Hides secret values in whatever a play tells: the second net below ``no_log``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

HIDDEN = "******"
SHORTEST_SECRET = 4
"""Shorter values would be found everywhere."""


class Mask:
    """Hides values wherever they turn up, as they are and as JSON writes them, whole or line by line.

    Args:
        secrets: The values.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        lines = {line for secret in secrets for line in (secret, secret.strip(), *secret.splitlines())}
        forms = lines | {json.dumps(line)[1:-1] for line in lines}
        self._hidden = sorted((one for one in forms if len(one) >= SHORTEST_SECRET), key=len, reverse=True)

    def text(self, text: str) -> str:
        """Give a text without them."""
        for secret in self._hidden:
            text = text.replace(secret, HIDDEN)
        return text

    def value(self, value: Any) -> Any:  # noqa: ANN401  JSON
        """Give a JSON value without them."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.value(one) for one in value]
            case dict():
                return {self.text(str(name)): self.value(one) for name, one in value.items()}
            case _:
                return value
