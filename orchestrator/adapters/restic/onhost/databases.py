"""Databases: dumped to files of one instant, with the number of rows and a checksum of every table."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any

from orchestrator.adapters.restic.onhost.faults import HostFaultError

DUMPS = "/var/lib/tenure/dumps"
TOOLS = "/usr/local/libexec/tenure"
"""Where the role ``dump`` puts one program for each kind of database: ``<kind> dump|restore|tables FOLDER``."""
TABLES = "tables.json"


def dump(kinds: list[str]) -> bool:
    """Dump every database of some kinds anew; says whether this host has any.

    HostFaultError: a program for it is missing, or it ended badly; the dumps of earlier days are gone by then, since a
    backup with old dumps would look like a new one.
    """
    shutil.rmtree(DUMPS, ignore_errors=True)
    for kind in kinds:
        folder = os.path.join(DUMPS, kind)
        os.makedirs(folder, mode=0o700)
        _tool(kind, "dump", folder)
    return bool(kinds)


def restore(kind: str) -> list[str]:
    """Replace the databases by a dump that lies in its place; gives the tables that differ from the dump's account."""
    folder = os.path.join(DUMPS, kind)
    _tool(kind, "restore", folder)
    now = os.path.join(folder, "restored.json")
    try:
        with open(now, "w", encoding="utf-8") as file:
            file.write(_tool(kind, "tables", folder))
        return list(_differences(_tables(os.path.join(folder, TABLES)), _tables(now)))
    finally:
        os.unlink(now)


def _tables(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found


def _differences(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    told = []
    for name in sorted(then.keys() | now.keys()):
        if name not in now:
            told.append(f"table {name}: missing")
        elif name not in then:
            told.append(f"table {name}: was not there")
        elif then[name]["checksum"] is not None and then[name] != now[name]:
            told.append(f"table {name}: {then[name]['rows']} rows then, {now[name]['rows']} now, or other content")
    return told


def _tool(kind: str, verb: str, folder: str) -> str:
    program = os.path.join(TOOLS, kind)
    if not os.path.exists(program):
        raise HostFaultError("lacking", f"{program} is missing")
    done = subprocess.run([program, verb, folder], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = " ".join((done.stderr or done.stdout).split())[-400:]
        raise HostFaultError("dump", f"{kind}: {said or f'the program ended with {done.returncode}'}")
    return done.stdout
