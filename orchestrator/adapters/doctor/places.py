"""Whether files can be written where Tenure will want to, without making the folders yet."""

from __future__ import annotations

import tempfile
from pathlib import Path


def nearest_folder(path: Path) -> Path:
    """The path itself when it is a folder, else the nearest folder above it that exists."""
    return next(place for place in (path, *path.parents) if place.is_dir())


def place_to_write(path: Path) -> str:
    """Why nothing can be written at the path; empty when a file was written there, or where the path would be made."""
    folder = nearest_folder(path)
    try:
        with tempfile.NamedTemporaryFile(prefix=".tenure-doctor-", dir=folder) as trial:
            trial.write(b"doctor")
            trial.flush()
    except OSError as error:
        return f"{folder} can't be written: {error.strerror}"
    return ""
