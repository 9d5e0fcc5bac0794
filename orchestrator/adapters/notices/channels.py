"""Who is told by which channel: a file of the installation, which only its owner may read."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from orchestrator.adapters.documents.files import read_text
from orchestrator.adapters.documents.locate import validate
from orchestrator.adapters.documents.parser import parse
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.model import Model
from orchestrator.domain.records import Notice, Role

SETTING = "TENURE_NOTICE_CHANNELS"

Pattern = Annotated[str, StringConstraints(pattern=r"^[a-z*][a-z*-]{0,60}$")]


class Channel(Model):
    """One way to some people.

    Attributes:
        name: What it is called in the record.
        url: Where it leads, as Apprise writes it; most hold a password or a token.
        roles: Who is reached by it; notices to other roles do not go there.
        units: For the role unit: whose environments; all of them when empty.
        keys: Patterns of the keys of notices that go there.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    url: SecretStr
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    units: tuple[str, ...] = ()
    keys: Annotated[tuple[Pattern, ...], Field(min_length=1)] = ("*",)

    def wants(self, notice: Notice) -> bool:
        """Whether a notice goes there."""
        if not any(fnmatchcase(notice.key, pattern) for pattern in self.keys):
            return False
        return any(self._reaches(role, notice) for role in notice.to)

    def _reaches(self, role: Role, notice: Notice) -> bool:
        if role not in self.roles:
            return False
        unit = notice.environment.partition("-")[0]
        return role is not Role.UNIT or not self.units or unit in self.units


class Channels(Model):
    """All channels of an installation."""

    channels: tuple[Channel, ...] = ()

    @model_validator(mode="after")
    def _different(self) -> Self:
        names = [one.name for one in self.channels]
        if len(set(names)) != len(names):
            raise ValueError("each channel has a name of its own")
        return self

    def wanting(self, notice: Notice) -> Iterable[Channel]:
        """Give the channels that a notice goes to."""
        return (one for one in self.channels if one.wants(notice))


def read_channels(path: Path) -> Channels:
    """Read the file.

    Raises:
        BadInputError: With file, line and column of every fault; or others than its owner may read it.
        NotFoundError: There is no such file.
    """
    text = read_text(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise BadInputError(f"others may read {path}, and it holds passwords", field=SETTING, hint=f"chmod 600 {path}")
    return validate(parse(text, str(path)), Channels)
