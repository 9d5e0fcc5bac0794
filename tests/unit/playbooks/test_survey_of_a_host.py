"""What a host says of its software: packages, what jobs installed, programs and ports (Art. 39)."""

from __future__ import annotations

import gzip
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from playbooks.module_utils.tenure_host.machine import Machine
from playbooks.module_utils.tenure_host.ports import listening_ports, processes
from playbooks.module_utils.tenure_host.software import installed_packages, jobs_packages, units
from tests.unit.playbooks.folder_host import FolderHost, prints

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
PACKAGES = {"htop": "3.2", "libnl": "3.7", "nano": "7.2"}


def entered(minute: int, session: int, who: str) -> str:
    """Give sshd's line about somebody who entered."""
    at = (MORNING + timedelta(minutes=minute)).timestamp()
    return (
        f"{at:.6f} web-1 sshd[{session}]: Accepted publickey for tenure from 10.0.0.4 port 4 ssh2: ED25519-CERT "
        f"SHA256:x ID {who} water-gauge-test by tenure (serial 7) CA ED25519 SHA256:y"
    )


def left(minute: int, session: int) -> str:
    """Give sshd's line about the end of a session."""
    at = (MORNING + timedelta(minutes=minute)).timestamp()
    return f"{at:.6f} web-1 sshd[{session}]: pam_unix(sshd:session): session closed for user tenure"


def installed(minute: int, package: str) -> str:
    """Give dpkg's line about a package that was not there before, in the host's local time."""
    at = (MORNING + timedelta(minutes=minute)).astimezone()
    return f"{at:%Y-%m-%d %H:%M:%S} install {package}:amd64 <none> 1.0\n"


@pytest.fixture
def host(tmp_path: Path) -> FolderHost:
    """Give a Debian host that a job entered at 9:10 and left at 9:20, and a person at 9:30."""
    host = FolderHost(tmp_path, "dpkg")
    visits = [entered(10, 7, "op-1"), left(20, 7), entered(30, 8, "ssh"), left(40, 8)]
    host.answers.append(prints("\n".join(visits), "journalctl"))
    return host


def by_jobs(host: FolderHost, log: str) -> dict[str, str]:
    """Give what jobs installed by the host's logs, with the operation."""
    host.put("/var/log/dpkg.log", log)
    return {each["package"]: each["operation"] for each in jobs_packages(host, PACKAGES)}


def test_a_job_is_known_by_its_certificate(host: FolderHost) -> None:
    """What was installed while it was there is its work; what people installed is not."""
    log = installed(1, "nano") + installed(15, "htop") + installed(35, "nano")
    assert by_jobs(host, log) == {"htop": "op-1"}


def test_what_is_gone_or_came_along_is_left_out(host: FolderHost) -> None:
    """Removed packages, and dependencies of what is listed itself."""
    host.put("/var/lib/apt/extended_states", "Package: libnl\nArchitecture: amd64\nAuto-Installed: 1\n")
    log = installed(12, "libnl") + installed(13, "long-gone") + installed(14, "htop")
    assert by_jobs(host, log) == {"htop": "op-1"}


def test_who_installed_it_last_counts(host: FolderHost) -> None:
    """A person who installs it again, after a job did, takes it over."""
    assert by_jobs(host, installed(12, "htop") + installed(35, "htop")) == {}


def test_older_logs_are_read_too(host: FolderHost) -> None:
    """Rotation hides nothing."""
    host.put("/var/log/dpkg.log", "")
    host.path("/var/log/dpkg.log.2.gz").write_bytes(gzip.compress(installed(15, "htop").encode()))
    assert [each["package"] for each in jobs_packages(host, PACKAGES)] == ["htop"]


def test_a_job_that_is_still_there_counts(tmp_path: Path) -> None:
    """A session without an end is open until now."""
    host = FolderHost(tmp_path, "dpkg")
    host.answers.append(prints(entered(10, 7, "op-2"), "journalctl"))
    assert by_jobs(host, installed(55, "htop")) == {"htop": "op-2"}


def test_of_two_jobs_in_one_second_the_later_one_did_it(tmp_path: Path) -> None:
    """The package manager's log has whole seconds: a job that left in that second did not install it any more."""
    host = FolderHost(tmp_path, "dpkg")
    visits = [entered(10, 7, "op-1"), left(15, 7), entered(15, 8, "op-2"), left(20, 8)]
    host.answers.append(prints("\n".join(visits), "journalctl"))
    assert by_jobs(host, installed(15, "htop")) == {"htop": "op-2"}


def test_rpm_hosts_tell_it_by_dnf_s_log(tmp_path: Path) -> None:
    """Upgrades are no installations; times say their distance from UTC."""
    host = FolderHost(tmp_path, "rpm")
    host.answers.append(prints("\n".join([entered(10, 7, "op-3"), left(20, 7)]), "journalctl"))
    host.answers.append(prints("htop user\nlibnl dependency\n", "dnf"))
    at = (MORNING + timedelta(minutes=15)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    lines = (
        f"{at} SUBDEBUG {what}" for what in ("Installed: htop-3.2-1.el9.x86_64", "Upgraded: nano-7.2-1.el9.x86_64")
    )
    host.put("/var/log/dnf.rpm.log", "\n".join([*lines, f"{at} SUBDEBUG Installed: libnl-3.7-1.el9.x86_64"]) + "\n")
    assert [(each["package"], each["operation"]) for each in jobs_packages(host, PACKAGES)] == [("htop", "op-3")]


def test_packages_that_are_half_gone_are_not_installed(host: FolderHost) -> None:
    """The package manager remembers the settings of removed packages."""
    host.answers.append(prints("installed htop 3.2\nconfig-files nano 7.2\n", "dpkg-query"))
    assert installed_packages(host) == {"htop": "3.2"}


def test_rpm_packages_are_asked_from_rpm(tmp_path: Path) -> None:
    """Keys of vendors are no software."""
    host = FolderHost(tmp_path, "rpm")
    host.answers.append(prints("htop 3.2-1.el9\ngpg-pubkey fd431d51-4ae0493b\n", "rpm"))
    assert installed_packages(host) == {"htop": "3.2-1.el9"}


def test_units_that_start_with_the_host_or_run_are_told(host: FolderHost) -> None:
    """A unit that runs now is told as such, whether it is enabled or not."""
    host.answers.append(
        prints("ssh.service enabled enabled\ncron.service enabled enabled\n", "systemctl", "list-unit-files")
    )
    running = "ssh.service loaded active running OpenBSD Secure Shell server\ntelnet.socket loaded active listening T\n"
    host.answers.append(prints(running, "systemctl", "list-units"))
    assert units(host) == {"ssh.service": "running", "cron.service": "enabled", "telnet.socket": "listening"}


ROW = "   0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 {inode} 1 0 100\n"
HEAD = "  sl  local_address rem_address   st\n"


def test_only_what_others_can_reach_is_a_port(tmp_path: Path) -> None:
    """Loopback, connections, and the ports from which clients ask are left out; a program has its name."""
    host = FolderHost(tmp_path)
    tcp = [("0100007F:0016", "0A", 1), ("0500140A:0016", "0A", 2), ("0500140A:0016", "01", 3)]
    udp = [("00000000:E000", "07", 4), ("0500140A:0202", "07", 5)]
    host.put("/proc/net/tcp", HEAD + "".join(ROW.format(local=a, state=s, inode=i) for a, s, i in tcp))
    host.put("/proc/net/tcp6", HEAD + ROW.format(local="0" * 32 + ":01BB", state="0A", inode=6))
    host.put("/proc/net/udp", HEAD + "".join(ROW.format(local=a, state=s, inode=i) for a, s, i in udp))
    host.put("/proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n")
    host.put("/proc/41/comm", "sshd\n")
    host.put("/proc/41/cmdline", "sshd: listener\0")
    host.path("/proc/41/fd").mkdir()
    host.path("/proc/41/fd/3").symlink_to("socket:[2]")
    found = listening_ports(host, processes(host))
    assert [(each["protocol"], each["port"], each["address"], each["program"]) for each in found] == [
        ("tcp", 22, "10.20.0.5", "sshd"),
        ("tcp", 443, "::", ""),
        ("udp", 514, "10.20.0.5", ""),
    ]


def test_this_machine_s_own_tables_are_read() -> None:
    """The kernel's tables as they are: a socket that listens on all addresses is found with its program."""
    with socket.create_server(("", 0)) as server:
        port = server.getsockname()[1]
        machine = Machine()
        found = {each["port"]: each["program"] for each in listening_ports(machine, processes(machine))}
    assert found[port] != ""
