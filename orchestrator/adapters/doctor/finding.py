"""What the doctor says of one part."""

from __future__ import annotations

from enum import StrEnum

from orchestrator.domain.model import Model


class Serves(StrEnum):
    """Whether Tenure can work with a part as it is."""

    YES = "yes"
    DEGRADED = "degraded"
    NO = "no"


class Finding(Model):
    """One part.

    Attributes:
        part: Its name.
        serves: ``degraded`` means that Tenure works, but not all of it; the detail says what does not.
        found: Where it is, or what was found instead.
        version: As the part itself says it.
        detail: The facts behind ``serves``.
        hint: What mends it; None when there is nothing to mend.
    """

    part: str
    serves: Serves
    found: str | None = None
    version: str | None = None
    detail: str = ""
    hint: str | None = None
