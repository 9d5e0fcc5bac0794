"""What a child may see that works for a pull request: what planning needs, and nothing that the installation keeps.

Only programs of ours run there, on a specification that was checked. Should one of them be led astray all the same, it
finds no key, no record, no other stack, no account of this machine's user, no process but its own, and no way back.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orchestrator.adapters.ansible.place import FOLDER
from orchestrator.adapters.ansible.process import isolated

TRY_SECONDS: Final = 20.0
PASSED: Final = frozenset(
    {
        *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    }
)
"""Variables of ours that the child gets; every other one stays here, whoever set it."""

COVER: Final = "mount -t tmpfs -o mode=0700,size=1m,nosuid,nodev tenure {path}"
"""Hide a folder behind an empty one."""
POWERLESS: Final = "exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all -- "
"""Without rights to mount, nobody inside takes a cover away, root neither."""


@dataclass(frozen=True)
class Confinement:
    """Which folders a child does not see.

    Attributes:
        hidden: Folders that are empty inside.
        kept: Files and folders that can be read, also inside of a hidden folder, and not written.
        folder: Where the child begins, and the one that it may write to.
    """

    hidden: tuple[Path, ...]
    kept: tuple[Path, ...]
    folder: Path

    def command(self, *program: str) -> tuple[str, ...]:
        """Give the command that runs a program with processes and mounts of its own, where hidden folders are empty."""
        script = "\n".join(("set -e", *self._steps(), f'{POWERLESS} "$@"'))
        return isolated("sh", "-c", script, "sh", *program)

    def fault(self) -> str:
        """Give why this machine cannot do it; empty when it can."""
        try:
            done = subprocess.run(
                self.command("true"), capture_output=True, text=True, timeout=TRY_SECONDS, check=False, cwd=self.folder
            )
        except (FileNotFoundError, subprocess.TimeoutExpired) as error:
            return str(error)
        return "" if done.returncode == 0 else " ".join(done.stderr.split())

    def _steps(self) -> Iterator[str]:
        """Lay aside what is kept, then cover and show again, from the root outwards."""
        ordered = self._ordered()
        kept = [path for path in ordered if path not in self.hidden]
        for path in kept:
            yield from _mounted(path, self._aside(path))
        for path in ordered:
            if path in kept:
                yield from _mounted(self._aside(path), path)
                if path != self.folder:
                    yield f"mount -o remount,bind,ro {_quoted(path)}"
            elif self._visible(path):
                yield COVER.format(path=_quoted(path))
        yield COVER.format(path=_quoted(FOLDER))

    def _ordered(self) -> list[Path]:
        there = {path for path in (*self.hidden, *self.kept, self.folder) if path.exists()}
        return sorted(there, key=lambda path: (len(path.parts), path))

    def _visible(self, path: Path) -> bool:
        """Whether a folder can be seen although others are hidden: the nearest one around it decides."""
        around = next((each for each in path.parents if each in {*self.hidden, *self.kept, self.folder}), None)
        return around not in self.hidden

    def _aside(self, path: Path) -> Path:
        return FOLDER / "kept" / path.relative_to("/")


def passed(environment: Mapping[str, str]) -> dict[str, str]:
    """Give the variables that a confined child gets of an environment."""
    return {name: value for name, value in environment.items() if name in PASSED}


def _mounted(path: Path, place: Path) -> Iterator[str]:
    """Show a file or folder at another place, which is made when it is missing."""
    yield f"mkdir -p {_quoted(place.parent)}"
    yield f"if [ -d {_quoted(path)} ]; then mkdir -p {_quoted(place)}; else touch {_quoted(place)}; fi"
    yield f"mount --bind {_quoted(path)} {_quoted(place)}"


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
