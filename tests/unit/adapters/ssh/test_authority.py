"""Certificates as ``ssh-keygen`` reads them: who, where, how long, and what they permit."""

from __future__ import annotations

import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.adapters.ssh.authority import Ability, Entry, Identity, UserAuthority
from orchestrator.adapters.ssh.issues import Issue
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.errors import BadInputError

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC).timestamp()
ENTRY = Entry("water-gauge-test", ("water-gauge-test:web",), "op-1", "officer")


class AuditClosedError(Exception):
    """What an audit log raises that cannot be written."""


def an_authority(home: Path, issues: list[Issue] | None = None) -> UserAuthority:
    """Give an authority whose clock stands still and whose issues are collected."""
    return UserAuthority(home, FileVault(home), (issues if issues is not None else []).append, now=lambda: NOW)


def shown(identity: Identity) -> dict[str, str]:
    """Give what ``ssh-keygen -L`` says of a certificate, by its labels; lists are joined by spaces."""
    command = ("ssh-keygen", "-L", "-f", str(identity.certificate))
    output = subprocess.run(command, check=True, capture_output=True, text=True, env={"TZ": "UTC", "PATH": "/usr/bin"})
    facts: dict[str, str] = {}
    label = ""
    for line in output.stdout.splitlines()[1:]:
        if line.startswith(" " * 16):
            facts[label] = f"{facts[label]} {line.strip()}".strip()
        else:
            label, _, rest = line.strip().partition(":")
            facts[label] = rest.strip()
    return facts


def test_a_certificate_says_who_where_and_how_long(tmp_path: Path) -> None:
    """Ten minutes, one principal, a key id that leads from the host's log to the operation and the actor."""
    facts = shown(an_authority(tmp_path).issue(ENTRY, tmp_path, "host"))
    assert facts["Type"] == "ssh-ed25519-cert-v01@openssh.com user certificate"
    assert facts["Key ID"] == '"op-1 water-gauge-test by officer"'
    assert facts["Valid"] == "from 2026-03-02T01:29:00 to 2026-03-02T01:40:00"
    assert facts["Principals"] == "water-gauge-test:web"
    assert facts["Critical Options"] == "(none)"


@pytest.mark.parametrize(
    ("abilities", "extensions"),
    [
        (frozenset[Ability](), "(none)"),
        (frozenset({Ability.TERMINAL}), "permit-pty"),
        (frozenset({Ability.FORWARDING}), "permit-port-forwarding"),
        (frozenset(Ability), "permit-port-forwarding permit-pty"),
    ],
)
def test_a_certificate_permits_no_more_than_asked(
    tmp_path: Path, abilities: frozenset[Ability], extensions: str
) -> None:
    """Agents, X11 and forwarding are not given away by default, as ``ssh-keygen`` itself would."""
    entry = Entry("water-gauge-test", ("water-gauge-test",), "ssh", "officer", abilities)
    facts = shown(an_authority(tmp_path).issue(entry, tmp_path, "host"))
    assert facts["Extensions"] == extensions
    assert ("force-command cat" in facts["Critical Options"]) == (abilities == {Ability.FORWARDING})


def test_every_issue_is_on_record(tmp_path: Path) -> None:
    """The record has what the certificate has, so that a host's log line finds its audit entry."""
    issues: list[Issue] = []
    facts = shown(an_authority(tmp_path, issues).issue(ENTRY, tmp_path, "host"))
    (issue,) = issues
    assert str(issue.serial) == facts["Serial"]
    assert issue.fingerprint in facts["Public key"]
    assert issue.valid_before - issue.valid_after == timedelta(minutes=11)
    assert issue.principals == ENTRY.principals


def test_no_record_no_certificate(tmp_path: Path) -> None:
    """When the audit log refuses, nothing is written that could enter a host."""

    def refuse(issue: Issue) -> None:
        raise AuditClosedError(issue.key_id)

    folder = tmp_path / "keys"
    folder.mkdir()
    with pytest.raises(AuditClosedError):
        UserAuthority(tmp_path, FileVault(tmp_path), refuse).issue(ENTRY, folder, "host")
    assert not list(folder.iterdir())


def test_a_certificate_needs_a_principal(tmp_path: Path) -> None:
    """OpenSSH takes an empty list as valid for everybody; so it is never signed."""
    with pytest.raises(ValueError, match="principals"):
        an_authority(tmp_path).issue(Entry("water-gauge-test", (), "ssh", "officer"), tmp_path, "host")


def test_two_certificates_never_share_key_or_serial(tmp_path: Path) -> None:
    """Keys are of one use."""
    issues: list[Issue] = []
    authority = an_authority(tmp_path, issues)
    authority.issue(ENTRY, tmp_path, "one")
    authority.issue(ENTRY, tmp_path, "two")
    assert len({issue.serial for issue in issues}) == 2
    assert len({issue.fingerprint for issue in issues}) == 2


def test_only_the_owner_reads_keys(tmp_path: Path) -> None:
    """Folder 0700, files 0600."""
    identity = an_authority(tmp_path).issue(ENTRY, tmp_path, "host")
    files = (identity.key, identity.certificate, *(tmp_path / "ca").iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "ca").stat().st_mode) == 0o700


def test_the_authority_stays_the_same(tmp_path: Path) -> None:
    """Hosts trust one key; a restart reads it again, and many first starts at once make one."""
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: an_authority(tmp_path).public_key(), range(8)))
    assert keys == {an_authority(tmp_path).public_key()}
    assert [path.name for path in (tmp_path / "ca").iterdir()] == ["user_ca.sealed"]
    assert keys.pop().startswith("ssh-ed25519 ")


def test_the_private_key_is_kept_sealed(tmp_path: Path) -> None:
    """The file alone signs nothing, and another installation's vault does not open it."""
    an_authority(tmp_path).public_key()
    assert "PRIVATE KEY" not in (tmp_path / "ca" / "user_ca.sealed").read_text()
    other = FileVault(tmp_path / "other")
    with pytest.raises(BadInputError):
        UserAuthority(tmp_path, other, lambda _: None).public_key()
