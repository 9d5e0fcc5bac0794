"""The pinned Go modules that stand in tools/toolchain, and the key that they give to what is built from them."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

KEY_DIGITS = 12
SOURCE_SUFFIXES = frozenset({".go", ".mod", ".sum"})


def module_folder(name: str) -> Path:
    """Folder of one pinned Go module, for instance ``cli`` or ``peers/tofu``."""
    return Path(str(files("tools"))) / "toolchain" / name


def version_key(part: str, version: str, *modules: Path) -> str:
    """Name of a part's folder in the cache: it changes with the version and with any byte of the modules' sources."""
    return f"{part}-{version}-{_hash_of(modules)[:KEY_DIGITS]}"


def _hash_of(modules: tuple[Path, ...]) -> str:
    total = hashlib.sha256()
    for module in modules:
        for source in sorted(path for path in module.rglob("*") if path.suffix in SOURCE_SUFFIXES):
            content = hashlib.sha256(source.read_bytes()).hexdigest()
            total.update(f"{source.relative_to(module).as_posix()} {content}\n".encode())
    return total.hexdigest()
