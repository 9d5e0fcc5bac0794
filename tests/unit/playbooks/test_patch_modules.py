"""What the package managers say, as the patch role reads it: Debian's family and the RPM family (Art. 30, 32)."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

import ansible.module_utils
import pytest

PLAYBOOKS = Path(__file__).parents[3] / "playbooks"
PLACES = (PLAYBOOKS / "module_utils", PLAYBOOKS / "roles" / "patch" / "module_utils")

SIMULATED = """\
Reading package lists...
Inst base-files [12.4+deb12u5] (12.4+deb12u12 Debian:12.12/oldstable [amd64])
Inst libssl3 [3.0.11-1] (3.0.17-1~deb12u3 Debian:12.12/oldstable, Debian-Security:12/oldstable-security [amd64])
Inst linux-image-6.1.0-40-amd64 (6.1.153-1 Debian-Security:12/oldstable-security [amd64])
Conf base-files (12.4+deb12u12 Debian:12.12/oldstable [amd64])
"""

CHANGELOG = """\
openssl (3.0.17-1~deb12u3) bookworm-security; urgency=medium

  * CVE-2025-9230: out of bounds; see also CVE-2025-9230 and DSA-6015-1.

openssl (3.0.11-1) unstable; urgency=medium

  * CVE-2023-5363 was fixed earlier.
"""

UPGRADES = """\
bash.x86_64\t5.1.8-9.el9
a-package-whose-name-is-longer-than-any-column.noarch\t1-1
openssl-libs.x86_64\t1:3.2.2-6.el9_5.1
"""

UPDATEINFO = """\
RLSA-2024:10244 Moderate/Sec.  openssl-libs-1:3.2.2-6.el9_5.1.x86_64
RLSA-2024:9000  Important/Sec. openssl-libs-1:3.2.1-1.el9.x86_64
CVE-2024-5535   Moderate/Sec.  openssl-libs-1:3.2.2-6.el9_5.1.x86_64
RLBA-2024:1111  bugfix         bash-5.1.8-9.el9.x86_64
"""


def of_the_role(name: str) -> ModuleType:
    """Import a module of the role as Ansible does on a host."""
    path = ansible.module_utils.__path__
    path.extend(str(place) for place in PLACES if str(place) not in path)
    return import_module(f"ansible.module_utils.{name}")


def test_a_simulated_run_is_read() -> None:
    """Security is what comes from a repository that says so; a new package has no installed version."""
    found = of_the_role("tenure_apt").parse_simulation(SIMULATED)
    assert [(one["package"], one["installed"], one["candidate"], one["security"]) for one in found] == [
        ("base-files", "12.4+deb12u5", "12.4+deb12u12", False),
        ("libssl3", "3.0.11-1", "3.0.17-1~deb12u3", True),
        ("linux-image-6.1.0-40-amd64", "", "6.1.153-1", True),
    ]


def test_advisories_are_those_since_the_installed_version() -> None:
    """Each once; what was fixed before is none."""
    since = of_the_role("tenure_apt").advisories_since
    assert since(CHANGELOG, "3.0.11-1") == ["CVE-2025-9230", "DSA-6015-1"]
    assert since(CHANGELOG, "3.0.17-1~deb12u3") == []


def test_kernels_are_compared_by_number() -> None:
    """6.1.0-40 is newer than 6.1.0-9."""
    newest = of_the_role("tenure_apt").newest
    assert newest({"6.1.0-9-amd64", "6.1.0-40-amd64", "5.10.0-99-amd64"}) == "6.1.0-40-amd64"


def test_updates_of_the_rpm_family_are_read() -> None:
    """Name with architecture, and version with its epoch, however long the name is."""
    found = of_the_role("tenure_dnf").parse_updates(UPGRADES)
    assert found == [
        ("bash.x86_64", "5.1.8-9.el9"),
        ("a-package-whose-name-is-longer-than-any-column.noarch", "1-1"),
        ("openssl-libs.x86_64", "1:3.2.2-6.el9_5.1"),
    ]


def test_advisories_of_the_rpm_family_are_read() -> None:
    """By package, with their kind: those of releases in between count too."""
    found: dict[str, list[tuple[str, str]]] = {}
    of_the_role("tenure_dnf").add_advisories(found, UPDATEINFO)
    assert found["openssl-libs.x86_64"] == [
        ("RLSA-2024:10244", "Moderate/Sec."),
        ("RLSA-2024:9000", "Important/Sec."),
        ("CVE-2024-5535", "Moderate/Sec."),
    ]
    assert found["bash.x86_64"] == [("RLBA-2024:1111", "bugfix")]


def test_a_kernel_beside_the_old_one_is_new_and_a_replaced_package_is_not() -> None:
    """What came beside goes on the way back; what was replaced is led back."""
    dnf = of_the_role("tenure_dnf")
    assert dnf._added("5.14-1", "5.14-1,5.14-2") == ["5.14-2"]
    assert dnf._added("1.0-1", "1.1-1") == []
    assert dnf._without_epoch("openssl-libs-1:3.2.2-6.el9.x86_64") == "openssl-libs-3.2.2-6.el9.x86_64"


def test_the_line_that_says_why_is_told() -> None:
    """A package by name before the general error."""
    last = of_the_role("tenure_commands").last_line
    assert last("x\ndpkg: error processing package a (--configure):\nE: Sub-process ended (1)\n").endswith(
        "(--configure):"
    )
    assert last("E: no space\nW: something\n") == "E: no space"
    assert last("") == "nothing was said"


def test_a_lock_is_waited_for_no_longer_than_said() -> None:
    """Somebody else holds the database: told as that, with the line that names it."""
    commands = of_the_role("tenure_commands")
    locked = [
        "sh",
        "-c",
        "echo 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt)'; exit 1",
    ]
    with pytest.raises(commands.Fault, match=r"the package database is locked: .* process 7"):
        commands.run_unlocked(locked, 0)
    with pytest.raises(commands.Fault, match="ended with 3"):
        commands.run_unlocked(["sh", "-c", "exit 3"], 0)


def test_versions_are_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    """What was before survives an interrupted write."""
    commands = of_the_role("tenure_commands")
    place = tmp_path / "patch" / "before.json"
    assert commands.written(place) == {}
    commands.write(place, {"bash": "5.2"})
    assert commands.written(place) == {"bash": "5.2"}
    assert list(place.parent.iterdir()) == [place]
