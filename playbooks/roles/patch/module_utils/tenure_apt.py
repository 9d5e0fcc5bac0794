"""Debian and its kin: what is pending, installed exactly as it was planned, and led back to what was before."""

from __future__ import annotations

import fnmatch
import gzip
import io
import os
import re
import shutil
import tarfile
import tempfile
from pathlib import Path

from ansible.module_utils.tenure_commands import Fault, attempt, mend_database, run, run_unlocked

INST = re.compile(r"^Inst (\S+)(?: \[([^\]]*)\])? \((\S+) ([^\[]*)\[[^\]]*\]", re.MULTILINE)
URI = re.compile(r"^'[^']*' \S+ (\d+)", re.MULTILINE)
SIZE = re.compile(r"^Size: (\d+)", re.MULTILINE)
INSTALLED_SIZE = re.compile(r"^Installed-Size: (\d+)", re.MULTILINE)
KIB = 1024
ADVISORY = re.compile(r"\b(?:CVE-\d{4}-\d{4,}|D[SL]A-\d+-\d+|USN-\d+-\d+)\b")
ENTRY = re.compile(r"^(\S+) \(([^)]+)\)", re.MULTILINE)
ADVISORY_BYTES = 64 * 1000**2
"""Packages larger than this are not fetched for their advisories alone."""

OPTIONS = [
    "-o=Dpkg::Options::=--force-confdef",
    "-o=Dpkg::Options::=--force-confold",
    "-o=APT::Install-Recommends=false",
    "-o=Dpkg::Use-Pty=0",
]


class Apt:
    """The package database of one Debian host.

    Args:
        folder: Where what was before is kept: versions and the old packages.
        excluded: Shell patterns of packages that are left alone.
        lock_seconds: How long another process may hold the database.
    """

    def __init__(self, folder: str, excluded: list[str], lock_seconds: float) -> None:
        self._folder = Path(folder)
        self._excluded = excluded
        self._lock_seconds = lock_seconds

    def refresh(self) -> None:
        """Read the repositories' indexes; an unsigned or unreachable repository is a fault, never an empty list."""
        self._unlocked(["apt-get", "-q", "-o=APT::Update::Error-Mode=any", "update"])

    def mend(self) -> None:
        """Bring to its end what an interrupted run left half done; nobody else holds the database then."""
        mend_database(self._lock_seconds)

    def versions(self) -> dict[str, str]:
        """Give every installed package with its version."""
        said = run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}\\t${Package}:${Architecture}\\t${Version}\\n"])
        rows = (line.split("\t") for line in said.splitlines())
        return {_plain(row[1]): row[2] for row in rows if len(row) == 3 and row[0].startswith(("ii", "hi"))}  # noqa: PLR2004

    def pending(self) -> list[dict[str, object]]:
        """Give every update that the repositories have, and which of them would be installed now."""
        everything = self._simulated(["--ignore-hold", "dist-upgrade"])
        now = {each["package"] for each in self._simulated([*self._pins(), "--with-new-pkgs", "upgrade"])}
        return [{**each, "held": each["package"] not in now} for each in everything if each["installed"]]

    def planned(self) -> list[str]:
        """Give what is installed now, new packages that updates need included, as ``name=version``."""
        chosen = self._simulated([*self._pins(), "--with-new-pkgs", "upgrade"])
        return [f"{each['package']}={each['candidate']}" for each in chosen]

    def room_needed(self, planned: list[str]) -> int:
        """Give how many bytes the downloads and the new files need while the old ones are still there."""
        if not planned:
            return 0
        shown = run(["apt-cache", "show", "--no-all-versions", *planned])
        downloads = sum(int(size) for size in SIZE.findall(shown))
        return downloads + sum(int(size) * KIB for size in INSTALLED_SIZE.findall(shown))

    def advisories(self, pending: list[dict[str, object]]) -> None:
        """Add the advisories that the changelogs of security updates name since the installed version."""
        with tempfile.TemporaryDirectory(prefix="tenure-") as folder:
            for update in pending:
                if update["security"]:
                    update["advisories"] = _advisories(folder, update)

    def keep_old(self, planned: list[str]) -> list[str]:
        """Fetch what is installed now, for the way back; gives the packages that no repository has any more."""
        debs = self._debs()
        debs.mkdir(exist_ok=True)
        installed = self.versions()
        names = [each.partition("=")[0] for each in planned]
        old = [f"{name}={installed[name]}" for name in names if name in installed]
        return [each for each in old if not self._kept(each) and not _fetched(each, debs)]

    def install(self, planned: list[str]) -> None:
        """Install exactly what was planned."""
        if planned:
            self._unlocked(["apt-get", "-q", "-y", *OPTIONS, "--allow-change-held-packages", "install", *planned])

    def go_back(self, before: dict[str, str]) -> None:
        """Lead every package back to the version that it had; what is new goes."""
        now = self.versions()
        changed = [name for name, version in before.items() if now.get(name) != version]
        wanted = [str(deb) for deb in sorted(self._debs().glob("*.deb")) if _name_of(deb) in changed]
        back = ["apt-get", "-q", "-y", *OPTIONS, "--allow-downgrades", "--allow-change-held-packages", "--no-download"]
        gone = [f"{name}-" for name in now if name not in before]
        try:
            self._unlocked([*back, "install", *wanted, *gone])
        except Fault:
            forced = ["dpkg", "--force-downgrade", "--force-confdef", "--force-confold", "--install"]
            if wanted:
                attempt([*forced, *wanted])
            attempt(["dpkg", "--configure", "-a"])
        left = [name for name, version in before.items() if self.versions().get(name) != version]
        if left:
            raise Fault(f"{', '.join(sorted(left)[:5])} could not be led back to the version of before")

    def reboot_wanted(self) -> bool:
        """Whether a package asked for a reboot, or a newer kernel waits for one."""
        kernels = {path.name.removeprefix("vmlinuz-") for path in Path("/boot").glob("vmlinuz-*")}
        return Path("/run/reboot-required").exists() or (
            os.uname().release in kernels and os.uname().release != newest(kernels)
        )

    def _debs(self) -> Path:
        return self._folder / "packages"

    def _kept(self, wanted: str) -> bool:
        name, _, version = wanted.partition("=")
        mark = f"{name.partition(':')[0]}_{version.replace(':', '%3a')}_"
        return any(deb.name.startswith(mark) for deb in self._debs().glob("*.deb"))

    def _unlocked(self, command: list[str]) -> None:
        run_unlocked(command, self._lock_seconds)

    def _simulated(self, command: list[str]) -> list[dict[str, object]]:
        return parse_simulation(run(["apt-get", "-s", "-q", "-o=Debug::NoLocking=1", *OPTIONS, *command]))

    def _pins(self) -> list[str]:
        """Give the options that keep what is excluded as it is, without a trace on the host."""
        names = [
            (name, version)
            for name, version in self.versions().items()
            if any(fnmatch.fnmatchcase(name.partition(":")[0], pattern) for pattern in self._excluded)
        ]
        if not names:
            return []
        parts = self._folder / "preferences.d"
        shutil.rmtree(parts, ignore_errors=True)
        parts.mkdir()
        for path in Path("/etc/apt/preferences.d").glob("*"):
            shutil.copy(path, parts)
        pins = (f"Package: {name}\nPin: version {version}\nPin-Priority: 1001\n" for name, version in names)
        (parts / "00-tenure").write_text("\n".join(pins), encoding="utf-8")
        return [f"-o=Dir::Etc::PreferencesParts={parts}"]


def parse_simulation(said: str) -> list[dict[str, object]]:
    """Read the ``Inst`` lines of a simulated run; label or suite of a repository say whether it is one of security."""
    return [
        {
            "package": name,
            "installed": installed or "",
            "candidate": candidate,
            "security": "security" in origins.lower(),
            "advisories": [],
        }
        for name, installed, candidate, origins in INST.findall(said)
    ]


def advisories_since(changelog: str, installed: str) -> list[str]:
    """Give the advisories that a changelog names above the entry of the installed version."""
    end = next((entry.start() for entry in ENTRY.finditer(changelog) if entry.group(2) == installed), len(changelog))
    return sorted(set(ADVISORY.findall(changelog[:end])))


def newest(kernels: set[str]) -> str:
    """Give the newest of several kernel releases."""
    return max(
        kernels, key=lambda one: [(int(part) if part.isdigit() else 0, part) for part in re.split(r"[.+-]", one)]
    )


def _advisories(folder: str, update: dict[str, object]) -> list[str]:
    wanted = f"{update['package']}={update['candidate']}"
    sizes = URI.findall(attempt(["apt-get", "download", "--print-uris", wanted]).stdout)
    if not sizes or int(sizes[0]) > ADVISORY_BYTES or not _fetched(wanted, Path(folder)):
        return []
    (deb,) = Path(folder).glob("*.deb")
    try:
        return advisories_since(_changelog(deb), str(update["installed"]))
    finally:
        deb.unlink()


def _changelog(deb: Path) -> str:
    inside = deb.with_suffix(".tar")
    run(["sh", "-c", 'dpkg-deb --fsys-tarfile "$1" >"$2"', "sh", str(deb), str(inside)])
    try:
        with tarfile.open(inside) as archive:
            for member in archive:
                if re.fullmatch(r"\./usr/share/doc/[^/]+/changelog(\.Debian)?\.gz", member.name) and member.isfile():
                    packed = archive.extractfile(member)
                    return "" if packed is None else gzip.GzipFile(fileobj=io.BytesIO(packed.read())).read().decode()
    finally:
        inside.unlink()
    return ""


def _fetched(wanted: str, folder: Path) -> bool:
    asked = ["apt-get", "-q", "-o=APT::Sandbox::User=root", "download", wanted]
    return attempt(asked, cwd=str(folder)).returncode == 0


def _name_of(deb: Path) -> str:
    return deb.name.partition("_")[0]


def _plain(name: str) -> str:
    """Give a package's name as apt writes it: the architecture only where it is not the host's own."""
    bare, _, architecture = name.partition(":")
    return bare if architecture in {"all", _native()} else name


def _native() -> str:
    if not _NATIVE:
        _NATIVE.append(run(["dpkg", "--print-architecture"]).strip())
    return _NATIVE[0]


_NATIVE: list[str] = []
