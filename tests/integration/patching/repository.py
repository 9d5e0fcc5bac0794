"""A signed package repository with two releases of small packages, built by the tests and served from this machine.

Hosts reach it through the local cloud's package proxy, as they reach Debian's own.
"""

from __future__ import annotations

import gzip
import hashlib
import http.server
import shutil
import subprocess
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

PROGRAMS = {"dpkg-deb": "dpkg", "gpg": "gnupg"}
ADDRESS = "127.0.0.1"
"""Asked by the package proxy, which runs on this machine, not by the hosts."""

SERVICE = """\
[Unit]
Description=A daemon of the tests
[Service]
ExecStart=/usr/lib/tenure-sample/daemon infinity
[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True)
class Package:
    """One small package.

    Attributes:
        files: Content by absolute path; executable where it has no line end.
        postinst: What runs when it is configured.
        changes: Lines of its changelog's newest entry.
    """

    name: str
    version: str
    files: dict[str, bytes] = field(default_factory=dict)
    postinst: str = ""
    changes: tuple[str, ...] = ("a release of the tests",)


def need_programs() -> None:
    """Fail with the Debian packages that this machine lacks."""
    lacking = {package for program, package in PROGRAMS.items() if shutil.which(program) is None}
    if lacking:
        pytest.fail(f"these tests build Debian packages: apt-get install {' '.join(sorted(lacking))}")


class Repository:
    """A repository below ``folder``; what it holds is what was published last.

    Args:
        folder: Where it lies, see :func:`a_new_folder`; its name is part of the address.
        port: Where it is served.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._keys = folder.parent / f"{folder.name}-keys"
        self._keys.mkdir(mode=0o700)
        self._built: dict[str, Package] = {}
        self.address = f"http://{ADDRESS}:{port}/{folder.name}"
        options = ["--passphrase", "", "--quick-generate-key", "patches@tests.invalid", "ed25519", "sign", "never"]
        self._gpg(*options)

    def public_key(self) -> str:
        """Give the key that hosts trust it by."""
        return self._gpg("--armor", "--export")

    def publish(self, *packages: Package, suite: str = "stable-security") -> None:
        """Offer these packages and no others.

        ValueError when a version comes again with another content: hosts and proxies have the first one in caches.
        """
        pool, dists = self._folder / "pool", self._folder / "dists" / "tests"
        pool.mkdir(parents=True, exist_ok=True)
        index = "".join(self._entry(each, pool) for each in packages).encode()
        place = dists / "main" / "binary-amd64"
        place.mkdir(parents=True, exist_ok=True)
        files = {"main/binary-amd64/Packages": index, "main/binary-amd64/Packages.gz": gzip.compress(index, mtime=0)}
        for name, content in files.items():
            (dists / name).write_bytes(content)
        fresh = dists / "Release"
        fresh.write_text(_release(files, suite))
        self._gpg("--yes", "--clearsign", "--output", str(dists / "InRelease"), str(fresh))

    def forget(self, package: Package) -> None:
        """Remove a file from the pool, as distributions do with old versions."""
        (self._folder / "pool" / _file_name(package)).unlink()

    def close(self) -> None:
        """End the agent that GnuPG started for its keys."""
        _run(["gpgconf", "--homedir", self._keys, "--kill", "all"])

    def _entry(self, package: Package, pool: Path) -> str:
        file = pool / _file_name(package)
        if self._built.setdefault(file.name, package) != package:
            raise ValueError(
                f"{package.name} {package.version} was published with another content; take another version"
            )
        if not file.exists():
            build(package, file)
        control = _run(["dpkg-deb", "--field", file]).strip()
        content = file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        return f"{control}\nFilename: pool/{file.name}\nSize: {len(content)}\nSHA256: {digest}\n\n"

    def _gpg(self, *arguments: str) -> str:
        return _run(["gpg", "--homedir", self._keys, "--batch", "--quiet", "--pinentry-mode", "loopback", *arguments])


def build(package: Package, file: Path) -> None:
    """Build a package file."""
    tree = file.with_suffix(".tree")
    control = tree / "DEBIAN"
    control.mkdir(parents=True)
    (control / "control").write_text(
        f"Package: {package.name}\nVersion: {package.version}\nArchitecture: all\n"
        "Maintainer: Tests <tests@tests.invalid>\nDescription: a small package of the tests\n"
    )
    if package.postinst:
        script = control / "postinst"
        script.write_text(f"#!/bin/sh\nset -e\n{package.postinst}\n")
        script.chmod(0o755)
    entry = "".join(f"  * {line}\n" for line in package.changes)
    changelog = f"{package.name} ({package.version}) tests; urgency=low\n\n{entry}\n -- Tests  Mon, 02 Mar 2026\n"
    files = package.files | {f"/usr/share/doc/{package.name}/changelog.Debian.gz": gzip.compress(changelog.encode())}
    for name, content in files.items():
        path = tree / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o755 if content.startswith((b"\x7fELF", b"#!")) else 0o644)
    _run(["dpkg-deb", "--root-owner-group", "--build", tree, file])
    shutil.rmtree(tree)


def daemon(version: str, postinst: str = "", changes: tuple[str, ...] = ("a release of the tests",)) -> Package:
    """Give a package with a service whose program differs from version to version."""
    program = Path("/bin/sleep").read_bytes() + version.encode()
    files = {"/usr/lib/tenure-sample/daemon": program, "/lib/systemd/system/tenure-sample.service": SERVICE.encode()}
    start = "systemctl daemon-reload; systemctl enable --quiet tenure-sample; systemctl start tenure-sample"
    return Package("tenure-sample-daemon", version, files, postinst or start, changes)


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """Serve a folder; gives the port."""
    handler = partial(_Silent, directory=str(folder))
    with http.server.ThreadingHTTPServer((ADDRESS, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def a_new_folder(web: Path) -> Path:
    """Make a folder of a name of its own: caches of packages outlive the tests, and the same port comes again."""
    folder = web / uuid.uuid4().hex[:12]
    folder.mkdir()
    return folder


class _Silent(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        """Say nothing."""


def _release(files: dict[str, bytes], suite: str) -> str:
    hashes = "".join(f" {hashlib.sha256(each).hexdigest()} {len(each)} {name}\n" for name, each in files.items())
    return (
        f"Origin: Tests\nLabel: Tests\nSuite: {suite}\nCodename: tests\nArchitectures: amd64 all\nComponents: main\n"
        f"Date: Mon, 02 Mar 2026 00:00:00 UTC\nSHA256:\n{hashes}"
    )


def _file_name(package: Package) -> str:
    return f"{package.name}_{package.version}_all.deb"


def _run(command: Iterable[str | Path]) -> str:
    return subprocess.run([*command], capture_output=True, text=True, check=True, timeout=60).stdout
