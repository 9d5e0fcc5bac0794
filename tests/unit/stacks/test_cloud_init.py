"""What the hosts are told at their first boot."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from orchestrator.domain.spec import AccessSpec, EnvironmentSpec
from stacks import cloud_init
from tests.samples import a_spec

CA = "ssh-ed25519 AAAA certificate-authority"
KEY = "ssh-ed25519 BBBB emergency"


def config(spec: EnvironmentSpec) -> dict[str, Any]:
    """Read the user data of the first host as cloud-init does."""
    head, body = cloud_init.user_data(spec, spec.roles[0], "web-1").split("\n", 1)
    assert head == "#cloud-config"
    return dict(json.loads(body))


def files(spec: EnvironmentSpec) -> dict[str, str]:
    """Give the written files by path."""
    return {file["path"]: file["content"] for file in config(spec)["write_files"]}


def with_access(**access: str) -> EnvironmentSpec:
    """Give a specification with keys."""
    return a_spec().model_copy(update={"access": AccessSpec(**access)})


def test_hosts_trust_the_authority_for_their_environment_and_role_alone() -> None:
    """A certificate enters when it names the environment, or this role of it."""
    written = files(with_access(ca_public_key=CA))
    assert written["/etc/ssh/tenure_ca.pub"] == CA + "\n"
    assert written["/etc/ssh/tenure_principals/tenure"].split() == ["water-gauge-test", "water-gauge-test:web"]
    assert "TrustedUserCAKeys /etc/ssh/tenure_ca.pub" in written["/etc/ssh/sshd_config.d/10-tenure.conf"]


def test_nobody_enters_with_a_password_or_as_root() -> None:
    """The administrator is locked, sshd takes neither passwords nor root."""
    told = config(with_access(ca_public_key=CA))
    assert told["ssh_pwauth"] is False
    assert told["disable_root"] is True
    assert [(user["name"], user["lock_passwd"]) for user in told["users"]] == [("tenure", True)]
    sshd = files(a_spec())["/etc/ssh/sshd_config.d/10-tenure.conf"]
    assert {"PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin no"} <= set(
        sshd.splitlines()
    )


def test_no_key_stands_unless_the_office_wants_an_emergency_key() -> None:
    """Jobs and people come with certificates; only the emergency key is written to the host (Art. 36)."""
    assert "ssh_authorized_keys" not in config(with_access(ca_public_key=CA))["users"][0]
    assert config(with_access(emergency_public_key=KEY))["users"][0]["ssh_authorized_keys"] == [KEY]


def test_volumes_are_listed_in_the_order_of_attachment() -> None:
    """Label, size and mount point, one volume a line; a host without volumes gets no unit."""
    assert files(a_spec())["/etc/tenure/volumes"] == "data 1 /srv\n"
    bare = a_spec(roles=[a_spec().roles[0].model_copy(update={"volumes": ()})])
    assert "/etc/tenure/volumes" not in files(bare)
    assert not any("tenure-volumes" in " ".join(command) for command in config(bare)["runcmd"])


def test_the_mount_program_is_a_sound_shell_script(tmp_path: Path) -> None:
    """The shell accepts it; that it mounts is shown on real hosts."""
    script = tmp_path / "tenure-volumes"
    script.write_text(files(a_spec())[cloud_init.MOUNT_PROGRAM], encoding="utf-8")
    subprocess.run(["sh", "-n", str(script)], check=True)


def test_hosts_refuse_what_is_revoked_and_log_every_session() -> None:
    """From the first boot on (Art. 36): sshd refuses every key when the list is not there, so it is."""
    written = files(with_access(ca_public_key=CA))
    assert f"RevokedKeys {cloud_init.REVOCATION_FILE}" in written["/etc/ssh/sshd_config.d/12-tenure-access.conf"]
    assert written[cloud_init.REVOCATION_FILE].startswith("#")
    assert cloud_init.SESSION_PROGRAM in written[cloud_init.SSH_PAM]
    appended = [file["path"] for file in config(with_access(ca_public_key=CA))["write_files"] if file.get("append")]
    assert appended == [cloud_init.SSH_PAM]


def test_hosts_print_their_keys_before_anything_else(tmp_path: Path) -> None:
    """Whoever enters them first knows them by what their console says."""
    told = config(a_spec())
    assert told["runcmd"][0] == ["sh", cloud_init.PRINT_PROGRAM]
    for program in (cloud_init.PRINT_PROGRAM, cloud_init.SESSION_PROGRAM):
        script = tmp_path / "script"
        script.write_text(files(with_access(ca_public_key=CA))[program], encoding="utf-8")
        subprocess.run(["sh", "-n", str(script)], check=True)
