"""``python -m tools.docs`` writes the generated files; ``--check`` only says which of them are stale."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.docs.pages import ROOT, pages


def stale(root: Path) -> tuple[Path, ...]:
    """Give the generated files whose text differs from what the code says now."""
    wanted = pages()
    return tuple(path for path, text in wanted.items() if _text(root / path) != text)


def write(root: Path) -> tuple[Path, ...]:
    """Write the stale files and give them."""
    found = stale(root)
    wanted = pages()
    for path in found:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(wanted[path], encoding="utf-8")
    return found


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main(arguments: list[str]) -> int:
    """Write or check; gives the exit code: 1 when a check found stale files."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description="Generated parts of the documentation.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a file is stale")
    if not parser.parse_args(arguments).check:
        for path in write(ROOT):
            sys.stdout.write(f"wrote {path}\n")
        return 0
    found = stale(ROOT)
    for path in found:
        sys.stderr.write(f"{path} is stale; `make docs` writes it\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
