"""Real git repositories for tests, written object by object: what git's own commands refuse to add gets in too."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

AUTHOR = {
    "GIT_AUTHOR_NAME": "li",
    "GIT_AUTHOR_EMAIL": "li@example.org",
    "GIT_AUTHOR_DATE": "2026-03-02T09:00:00+08:00",
    "GIT_COMMITTER_NAME": "li",
    "GIT_COMMITTER_EMAIL": "li@example.org",
    "GIT_COMMITTER_DATE": "2026-03-02T09:00:00+08:00",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}
FILE = "100644"
LINK = "120000"
SUBMODULE = "160000"

DECLARATION = """\
unit: {unit}
system: {system}
reason: test before migration
stage: {stage}
classified: false
mlps: 2
environment:
  blueprint: single-host
  network: {{cidr: 10.20.0.0/24}}
  access_from: [198.51.100.0/24]
"""


def a_file(unit: str = "archives", system: str = "catalogue", stage: str = "test", extra: str = "") -> str:
    """Give an environment's file."""
    return DECLARATION.format(unit=unit, system=system, stage=stage) + extra


@dataclass
class Written:
    """A bare repository; every commit is a whole tree, given as paths with their texts.

    Attributes:
        modes: Modes of paths that are no plain files; the text of a submodule is the id that it points to.
    """

    folder: Path
    modes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the repository."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--bare", ".")

    def git(self, *arguments: str, given: bytes = b"", **environment: str) -> str:
        """Run git here."""
        env = {**os.environ, **AUTHOR, **environment}
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=env, input=given, capture_output=True, check=True)
        return done.stdout.decode().strip()

    def commit(self, files: Mapping[str, str | bytes], *parents: str, branch: str = "") -> str:
        """Write a commit of a whole tree by git's import, which takes any name; give its id."""
        ref = f"refs/heads/{branch or 'scratch'}"
        lines = [b"reset " + ref.encode() + b"\n"]
        if parents:
            lines.append(b"from " + parents[0].encode() + b"\n\n")
        lines.append(b"commit " + ref.encode() + b"\ncommitter li <li@example.org> 1772413200 +0800\ndata 4\ntest\n")
        if parents:
            lines.append(b"from " + parents[0].encode() + b"\n")
        lines += [b"merge " + parent.encode() + b"\n" for parent in parents[1:]]
        lines.append(b"deleteall\n")
        lines += [self._entry(path, text) for path, text in files.items()]
        self.git("fast-import", "--quiet", "--force", given=b"".join(lines))
        return self.git("rev-parse", ref)

    def _entry(self, path: str, text: str | bytes) -> bytes:
        mode, content = self.modes.get(path, FILE), text.encode() if isinstance(text, str) else text
        name = _quoted(path)
        if mode == SUBMODULE:
            return b"M 160000 " + content + b" " + name + b"\n"
        return b"M " + mode.encode() + b" inline " + name + b"\ndata %d\n" % len(content) + content + b"\n"


def _quoted(path: str) -> bytes:
    return b'"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").encode() + b'"'
