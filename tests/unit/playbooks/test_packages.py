"""Packages are installed also where an earlier job was stopped in the middle of it (Art. 30)."""

from __future__ import annotations

from pathlib import Path

import pytest

from playbooks.module_utils.tenure_host import packages
from playbooks.module_utils.tenure_host.machine import HostError, Ran
from playbooks.module_utils.tenure_host.state import Bringer, part_from
from tests.unit.playbooks.folder_host import FolderHost, prints, refuses

CONFIGURE = "dpkg --force-confdef --force-confold --configure -a"
PART = part_from({"name": "backups", "packages": {"restic": {"debian": "restic", "rpm": "restic"}}})


@pytest.fixture
def host(tmp_path: Path) -> FolderHost:
    """Give a Debian host without restic."""
    return FolderHost(tmp_path, "dpkg")


def test_what_was_interrupted_is_ended_before_anything_is_installed(host: FolderHost) -> None:
    """The package database first, then the indexes, which may be cut off too, then the package."""
    packages.install(host, ["restic"])
    assert host.ran == [
        CONFIGURE,
        "dpkg --audit",
        "apt-get --quiet update",
        " ".join((*packages.APT, "install", "restic")),
    ]


def test_a_package_that_cannot_be_configured_by_itself_is_installed_again(host: FolderHost) -> None:
    """The audit of dpkg tells it; apt brings what is lacking."""
    host.answers.append(prints("The following packages are in a mess\n", "dpkg", "--audit"))
    packages.mend(host)
    assert host.ran == [CONFIGURE, " ".join((*packages.APT, "--fix-broken", "install"))]


@pytest.mark.parametrize("said", ["E: Could not get lock /var/lib/dpkg/lock", "dpkg: locked by another process"])
def test_a_lock_that_stays_is_told(host: FolderHost, said: str) -> None:
    """Somebody else's work is waited for, no longer than permitted, and named."""
    host.answers.append(lambda command: Ran(2, "", f"{said}\n") if command[0] == "dpkg" else None)
    with pytest.raises(HostError, match=r"the package database is locked: .*lock"):
        packages.install(host, ["restic"], lock_seconds=0)


def test_a_visit_that_was_cut_off_is_ended_although_the_program_is_there(host: FolderHost) -> None:
    """The mark of the first visit says that the package may be half installed; the second takes it away."""
    host.answers.append(refuses("apt-get"))
    with pytest.raises(HostError, match="apt-get --quiet update failed"):
        Bringer(host, rehearsal=False).bring([PART])
    host.put("/usr/bin/restic", "")
    host.answers.clear()
    host.ran.clear()
    Bringer(host, rehearsal=False).bring([PART])
    assert host.ran == [CONFIGURE, "dpkg --audit"]
    host.ran.clear()
    Bringer(host, rehearsal=False).bring([PART])
    assert host.ran == []


def test_the_rpm_family_s_database_is_mended_too(tmp_path: Path) -> None:
    """One that answers nothing is built anew; of a package that is there twice, as a kill leaves it, one goes."""
    host = FolderHost(tmp_path, "rpm")
    host.answers += [refuses("rpm", "--query"), prints("bash-5.1-8.x86_64\n", *packages.DNF, "repoquery")]
    packages.install(host, ["restic"])
    assert host.ran == [
        "rpm --rebuilddb",
        " ".join((*packages.DNF, "remove", "--duplicates")),
        " ".join((*packages.DNF, "install", "restic")),
    ]
