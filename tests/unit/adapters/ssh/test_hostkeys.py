"""Hosts are known by what their servers printed, then by certificates; nobody is trusted on first use (Art. 36)."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from orchestrator.adapters.ssh import Issue, UserAuthority
from orchestrator.adapters.ssh.host_authority import LIFETIME, RENEWED_BEFORE
from orchestrator.adapters.ssh.hostkeys import BEGIN, END, FirstEntries, host_keys, installation
from orchestrator.adapters.ssh.issues import fingerprint
from orchestrator.adapters.ssh.passage import passage_of
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.records import Environment, Host, Outputs
from tests.samples import an_environment

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8Q8zHm1xq0XlJ3kT9wXc3vW0e2mN4yB6pQ7rS8tU9v"
RSA = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7"
CONSOLE = f"booting\r\n{BEGIN}\r\n{RSA} root@web-1\r\n{ED25519} root@web-1\r\n{END}\r\nlogin:"
WEB = Host(name="web-1", role="web", address="10.20.0.7", server_id="server-a")


@pytest.fixture
def environment() -> Environment:
    """An environment of one host."""
    return an_environment(outputs=Outputs(bastion_address="198.51.100.7", bastion_host="web-1", hosts=(WEB,)))


def an_authority(home: Path, issues: list[Issue], ahead_seconds: float = 0) -> UserAuthority:
    """Give an authority whose clock may be ahead."""
    return UserAuthority(home, FileVault(home), issues.append, now=lambda: time.time() + ahead_seconds)


def a_public_key(folder: Path) -> str:
    """Make a key as a host has one."""
    subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")), check=True)
    return " ".join((folder / "key.pub").read_text().split()[:2])


def test_keys_are_read_from_the_console() -> None:
    """Between cloud-init's own marks, the best kind first, without comments."""
    assert host_keys(CONSOLE) == (ED25519, RSA)


@pytest.mark.parametrize("console", ["", "booting", f"{BEGIN}\n{ED25519}", f"{ED25519}\n{END}", f"{BEGIN}\n{END}"])
def test_half_a_block_is_no_key(console: str) -> None:
    """A console that was not read to the end, or lost its beginning, proves nothing."""
    assert host_keys(console) == ()


def test_the_last_block_holds() -> None:
    """A server that was rebuilt keeps its console, and has another key."""
    other = ED25519.replace("J8Q8", "XXXX")
    assert host_keys(CONSOLE + CONSOLE.replace(ED25519, other))[0] == other
    torn = f"{CONSOLE}{BEGIN}\n{other}"
    assert host_keys(torn)[0] == ED25519


def test_lines_of_others_between_the_marks_do_no_harm() -> None:
    """The kernel and systemd print in between, and some consoles put a time before each line."""
    noisy = CONSOLE.replace(ED25519, f"[  OK  ] Started\r\n[   12.3] cloud-init[95]: {ED25519}")
    assert host_keys(noisy) == (ED25519, RSA)


def test_a_certificate_is_of_one_server(tmp_path: Path) -> None:
    """ssh-keygen reads it: a host's certificate, for the server's own name, by the host authority."""
    issues: list[Issue] = []
    authority = an_authority(tmp_path, issues)
    line = authority.hosts.certify("water-gauge-test", "server-a.water-gauge-test", a_public_key(tmp_path))
    file = tmp_path / "host-cert.pub"
    file.write_text(line)
    said = subprocess.run(("ssh-keygen", "-L", "-f", str(file)), check=True, capture_output=True, text=True).stdout
    assert "ssh-ed25519-cert-v01@openssh.com host certificate" in said
    assert "server-a.water-gauge-test" in said
    assert fingerprint(authority.hosts.public_key()) in said
    assert [issue.principals for issue in issues] == [("server-a.water-gauge-test",)]


def test_known_hosts_name_the_authority_for_one_environment(tmp_path: Path) -> None:
    """What was trusted on first use before is gone, and a second call writes nothing."""
    authority = an_authority(tmp_path, [])
    file = tmp_path / "ssh" / "water-gauge-test" / "known_hosts"
    file.parent.mkdir(parents=True)
    file.write_text(f"server-a {ED25519}\n")
    assert authority.known_hosts("water-gauge-test") == file
    assert file.read_text() == f"@cert-authority *.water-gauge-test {authority.hosts.public_key()}\n"
    written = file.stat().st_ino
    authority.known_hosts("water-gauge-test")
    assert file.stat().st_ino == written


def test_a_certificate_is_renewed_before_its_end(tmp_path: Path) -> None:
    """Long before, so that a host that is entered now and then never loses it; a key is none."""
    public = a_public_key(tmp_path)
    alias = "server-a.water-gauge-test"
    held = an_authority(tmp_path, []).hosts.certify("water-gauge-test", alias, public)
    assert an_authority(tmp_path, []).hosts.renewed("water-gauge-test", alias, held) == ""
    late = an_authority(tmp_path, [], (LIFETIME - RENEWED_BEFORE).total_seconds() + 60)
    assert late.hosts.renewed("water-gauge-test", alias, held).split()[0] == "ssh-ed25519-cert-v01@openssh.com"
    assert late.hosts.renewed("water-gauge-test", alias, public) == ""


def test_first_entries_pin_and_forget(tmp_path: Path, environment: Environment) -> None:
    """A key stands in the job's own file while the host is entered for the first time, and is certified once."""
    issues: list[Issue] = []
    authority = an_authority(tmp_path, issues)
    passage = passage_of(environment, environment.outputs)
    public = a_public_key(tmp_path)
    console = CONSOLE.replace(ED25519, public)
    entries = FirstEntries(passage, authority.hosts, lambda _: console, tmp_path / "pinned", {})
    entries.pin(WEB, entries.find(WEB))
    assert (tmp_path / "pinned").read_text().splitlines()[0] == f"server-a.water-gauge-test {public}"
    assert entries.certificate(WEB) == entries.certificate(WEB)
    assert len(issues) == 1
    entries.unpin(WEB)
    assert (tmp_path / "pinned").read_text() == ""


def test_a_fingerprint_vouches_for_one_key(tmp_path: Path, environment: Environment) -> None:
    """Of what a host shows, only the key whose fingerprint was read at the host itself is taken."""
    public = a_public_key(tmp_path)
    authority = an_authority(tmp_path, [])
    told = {"web-1": fingerprint(public)}
    passage = passage_of(environment, environment.outputs)
    entries = FirstEntries(passage, authority.hosts, lambda _: "", tmp_path / "pinned", told)
    assert entries.vouched(WEB, (ED25519, public)) == (public,)
    assert entries.vouched(WEB, (ED25519,)) == ()
    assert entries.vouched(WEB.model_copy(update={"name": "web-2"}), (public,)) == ()


def test_the_installation_is_a_sound_shell_script() -> None:
    """A certificate is quoted, whatever its comment."""
    subprocess.run(("sh", "-n"), input=installation("ssh-ed25519-cert AAAA it's"), text=True, check=True)
