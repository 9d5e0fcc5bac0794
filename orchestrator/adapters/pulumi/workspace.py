"""Pulumi's work folder: the project file, and one configuration file per stack.

The folder serves people too: ``pulumi -C FOLDER preview -s NAME`` runs the program by hand with the language host.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

import stacks
from orchestrator.adapters.pulumi.messages import Order
from stacks.context import Context

PROJECT = "tenure"
PASSWORD_KEY = "tenure:service-password"  # noqa: S105  the name of a key


def write_project(folder: Path, backend: str) -> None:
    """Write Pulumi.yaml if it is not as it should be; several processes may do so at once."""
    program = Path(stacks.__file__).parent
    content = {
        "name": PROJECT,
        "description": "An environment of the government cloud; its specification is in the stack's configuration.",
        "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}},
        "main": os.path.relpath(program, folder),
        "backend": {"url": backend},
    }
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(folder / "Pulumi.yaml", content)


class StackFile:
    """``Pulumi.NAME.yaml``: configuration, and how the stack's secrets are encrypted. JSON is YAML too."""

    def __init__(self, folder: Path, stack: str) -> None:
        self._path = folder / f"Pulumi.{stack}.yaml"

    @property
    def initialised(self) -> bool:
        """Whether the stack was made with this file beside it, and holds the service user's password, encrypted."""
        content = self._read()
        encrypted = "encryptionsalt" in content or "secretsprovider" in content
        return encrypted and PASSWORD_KEY in content.get("config", {})

    def configure(self, order: Order, context: Context) -> None:
        """Write what a program run by hand needs; the rest of the file stays."""
        content = self._read()
        config = {
            "openstack:cloud": order.workshop.cloud,
            "tenure:spec": order.spec.model_dump_json(),
            "tenure:cloud": context.cloud.model_dump_json(),
            "tenure:grown": json.dumps(context.grown, sort_keys=True),
        }
        _write(self._path, content | {"config": content.get("config", {}) | config})

    def copy_to(self, folder: Path) -> None:
        """Copy the file: the same configuration, and the same way to open the secrets."""
        shutil.copy(self._path, folder)

    def remove(self) -> None:
        """Forget the stack."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        if not self._path.exists():
            return {}
        return dict(YAML(typ="safe", pure=True).load(self._path.read_text(encoding="utf-8")) or {})


def _write(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as draft:
        draft.write(text)
    Path(draft.name).replace(path)
