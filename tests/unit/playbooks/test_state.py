"""A desired state is brought about in one visit, and a second visit changes nothing (Art. 30)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from playbooks.module_utils.tenure_host.machine import HostError
from playbooks.module_utils.tenure_host.packages import APT, DNF
from playbooks.module_utils.tenure_host.state import Bringer, part_from
from tests.unit.playbooks.folder_host import FolderHost, refuses

JOURNAL = "/etc/systemd/journald.conf.d/zz-tenure.conf"
SHADOW = "root:$y$hash:19700:0:99999:7:::\ntenure:!:19700:0:99999:7:::\ndebian:$y$hash:19700:0:99999:7:::\n"


@pytest.fixture
def host(tmp_path: Path) -> FolderHost:
    """Give a Debian host in which nothing is as it should be."""
    return FolderHost(tmp_path, "dpkg")


def a_journal(**fields: Any) -> dict[str, Any]:  # noqa: ANN401  a part as YAML writes it
    """Give a part with one file and one command."""
    file = {"path": JOURNAL, "content": "[Journal]\nStorage=persistent\n"}
    return {"name": "journal", "files": [file], "after": [["systemctl", "restart", "systemd-journald"]]} | fields


def brought(host: FolderHost, *parts: dict[str, Any], rehearsal: bool = False) -> list[str]:
    """Bring the host to the parts; give what was changed."""
    bringer = Bringer(host, rehearsal=rehearsal)
    bringer.bring([part_from(part) for part in parts])
    return [f"{change.part}: {change.what}" for change in bringer.changes]


def test_a_file_is_written_and_put_in_force(host: FolderHost) -> None:
    """The file first, then the command that makes it count; a second visit does neither."""
    assert brought(host, a_journal()) == [f"journal: {JOURNAL} written"]
    assert host.read(JOURNAL) == "[Journal]\nStorage=persistent\n"
    assert host.ran == ["systemctl restart systemd-journald"]
    assert brought(host, a_journal()) == []
    assert len(host.ran) == 1


def test_a_rehearsal_changes_nothing(host: FolderHost) -> None:
    """It says the same and leaves no file, no mark and no process."""
    host.put("/etc/shadow", SHADOW)
    part = a_journal(masked=["ufw.service"], locked=["root"], absent=["/etc/shadow"], packages={"nft": {"debian": "n"}})
    told = brought(host, part, rehearsal=True)
    assert [line.split(": ")[1] for line in told] == [
        "ufw.service masked",
        "installed n",
        "password of root locked",
        f"{JOURNAL} written",
        "/etc/shadow removed",
    ]
    assert host.ran == []
    assert not host.path("/etc/systemd").exists()
    assert not host.path("/var").exists()
    assert host.read("/etc/shadow") == SHADOW


def test_a_file_that_is_not_valid_never_gets_into_place(host: FolderHost) -> None:
    """The old one stays, and nothing of the new one is left."""
    host.put(JOURNAL, "old")
    part = a_journal()
    part["files"][0]["proof"] = ["check", "%s"]
    host.answers.append(refuses("check"))
    with pytest.raises(HostError, match="it does not like that"):
        brought(host, part)
    assert host.read(JOURNAL) == "old"
    assert [path.name for path in host.path(JOURNAL).parent.iterdir()] == ["zz-tenure.conf"]


def test_a_visit_that_died_is_made_up_for(host: FolderHost) -> None:
    """The file was written and its command failed: the next visit runs the command, and the one after does not."""
    restart = refuses("systemctl", "restart")
    host.answers.append(restart)
    with pytest.raises(HostError):
        brought(host, a_journal())
    host.answers.remove(restart)
    assert brought(host, a_journal()) == ["journal: put in force, which an earlier visit did not come to"]
    assert brought(host, a_journal()) == []


def test_what_somebody_undid_is_put_in_force_again(host: FolderHost) -> None:
    """Files that are right are not enough."""
    part = a_journal(holds=["is-it-so"])
    assert brought(host, part) == [f"journal: {JOURNAL} written"]
    lapsed = refuses("is-it-so")
    host.answers.append(lapsed)
    assert brought(host, part) == ["journal: put in force again"]
    host.answers.remove(lapsed)
    assert brought(host, part) == []


def test_a_mode_is_mended(host: FolderHost) -> None:
    """A file of rights that others may write is closed again."""
    part = {"name": "accounts", "files": [{"path": "/etc/sudoers.d/tenure", "content": "x\n", "mode": "0440"}]}
    host.put("/etc/sudoers.d/tenure", "x\n", mode=0o666)
    assert brought(host, part) == ["accounts: /etc/sudoers.d/tenure its mode"]
    assert host.path("/etc/sudoers.d/tenure").stat().st_mode & 0o777 == 0o440


def test_a_file_that_makes_no_sense_here_is_left_out(host: FolderHost) -> None:
    """The settings of apt on a host without apt."""
    file = {"path": "/etc/apt/apt.conf.d/99tenure", "content": "x\n", "within": "/etc/apt/apt.conf.d"}
    assert brought(host, {"name": "updates", "files": [file]}) == []


def test_units_are_masked_once_and_stopped(host: FolderHost) -> None:
    """Whether they exist or not, so that a package that comes later starts nothing."""
    host.states["ufw.service"] = ("enabled", "active")
    part = {"name": "firewall", "masked": ["ufw.service", "firewalld.service"]}
    assert brought(host, part) == [
        "firewall: ufw.service masked",
        "firewall: firewalld.service masked",
        "firewall: ufw.service stopped",
    ]
    host.states["ufw.service"] = ("masked", "inactive")
    assert brought(host, part) == []


def test_units_run_from_the_first_name_that_exists(host: FolderHost) -> None:
    """Debian and RPM call the same service by other names."""
    host.put("/usr/lib/systemd/system/chronyd.service", "")
    part = {"name": "time", "running": [["chrony.service", "chronyd.service"]]}
    assert brought(host, part) == ["time: chronyd.service enabled and started"]
    assert host.ran == ["systemctl enable --quiet --now chronyd.service"]
    host.states["chronyd.service"] = ("enabled", "active")
    assert brought(host, part) == []


def test_a_unit_that_no_package_brought_is_an_error(host: FolderHost) -> None:
    """It is named; a rehearsal, which installs nothing, goes on."""
    part = {"name": "time", "running": [["chrony.service"]]}
    with pytest.raises(HostError, match=r"time: there is no unit chrony\.service"):
        brought(host, part)
    assert brought(host, part, rehearsal=True) == ["time: chrony.service enabled and started"]


@pytest.mark.parametrize(
    ("family", "installed"),
    [
        ("dpkg", " ".join((*APT, "install chrony auditd"))),
        ("rpm", " ".join((*DNF, "install chrony audit"))),
    ],
)
def test_missing_packages_come_from_the_family_s_manager(tmp_path: Path, family: str, installed: str) -> None:
    """Debian and RPM call the same package by other names; what is there already is not asked for."""
    host = FolderHost(tmp_path, family, "nft")
    names = {"nft": ("nftables", "nftables"), "chronyd": ("chrony", "chrony"), "auditctl": ("auditd", "audit")}
    packages = {program: {"debian": debian, "rpm": rpm} for program, (debian, rpm) in names.items()}
    assert len(brought(host, {"name": "time", "packages": packages})) == 1
    assert host.ran[-1] == installed


def test_a_shared_kernel_has_no_clock_and_no_audit_of_its_own(host: FolderHost) -> None:
    """In a container the part's files are there, its services are left out, and that is told."""
    host.container = True
    part = a_journal(own_kernel=True, packages={"auditctl": {"debian": "auditd"}}, running=[["auditd.service"]])
    bringer = Bringer(host, rehearsal=False)
    bringer.bring([part_from(part)])
    assert (bringer.left_out, host.ran) == (["journal"], [])
    assert host.read(JOURNAL) is not None


def test_accounts_of_images_are_closed(host: FolderHost) -> None:
    """No password, and nobody enters any more; accounts that do not exist are not made (Art. 36)."""
    host.put("/etc/shadow", SHADOW)
    part = {"name": "accounts", "locked": ["root", "tenure"], "barred": ["debian", "ubuntu"]}
    assert brought(host, part) == [
        "accounts: password of root locked",
        "accounts: password of debian locked",
        "accounts: account debian barred",
    ]
    assert host.ran == ["usermod --lock root", "usermod --lock debian", "usermod --expiredate 1970-01-02 debian"]


def test_standing_keys_go(host: FolderHost) -> None:
    """What an image left in root's account is removed (Art. 36)."""
    host.put("/root/.ssh/authorized_keys", "ssh-ed25519 AAAA somebody\n")
    part = {"name": "accounts", "absent": ["/root/.ssh/authorized_keys"]}
    assert brought(host, part) == ["accounts: /root/.ssh/authorized_keys removed"]
    assert brought(host, part) == []


def test_a_key_that_no_part_has_is_a_mistake_of_the_role() -> None:
    """It is named at once and not passed over."""
    with pytest.raises(TypeError, match="maskd"):
        part_from({"name": "firewall", "maskd": ["ufw.service"]})
