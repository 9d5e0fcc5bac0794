"""Files that are either there whole or not at all, and that only their owner reads."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from orchestrator.domain.errors import BadInputError


def write_private(file: Path, pieces: Iterable[bytes]) -> None:
    """Write a file (mode 0600) piece by piece beside its place, flush it, and put it there in one stroke.

    What stood there before is replaced; on any failure it stays as it was. BadInputError when the place is not usable.
    """
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BadInputError(f"{file} cannot be written", detail=str(error.strerror)) from error
    try:
        _fill(descriptor, pieces)
        _put(draft, file)
    finally:
        draft.unlink(missing_ok=True)


def _fill(descriptor: int, pieces: Iterable[bytes]) -> None:
    with os.fdopen(descriptor, "wb", buffering=1024 * 1024) as stream:
        stream.writelines(pieces)
        stream.flush()
        os.fsync(stream.fileno())


def _put(draft: Path, file: Path) -> None:
    try:
        draft.replace(file)
    except OSError as error:
        raise BadInputError(f"{file} cannot be written", detail=str(error.strerror)) from error
