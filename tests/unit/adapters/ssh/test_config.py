"""The ssh_config as OpenSSH itself understands it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from orchestrator.adapters.ssh.authority import Identity
from orchestrator.adapters.ssh.config import JUMP, Host, quoted, render

IDENTITY = Identity(Path("/keys/host"), Path("/keys/host-cert.pub"))


def understood(folder: Path, alias: str) -> dict[str, str]:
    """Give what ``ssh -G`` makes of the configuration for one host."""
    hosts = (
        Host(JUMP, "198.51.100.7", "server-a", IDENTITY, control=folder / "100% socket"),
        Host("web-2", "10.20.0.8", "server-b", IDENTITY, jump=JUMP),
    )
    config = folder / "config"
    config.write_text(render(hosts, user="tenure", port=22, known_hosts=folder / "known hosts"))
    output = subprocess.run(("ssh", "-G", "-F", str(config), alias), check=True, capture_output=True, text=True).stdout
    return dict(line.partition(" ")[::2] for line in output.splitlines())


def test_a_host_is_entered_through_the_bastion(tmp_path: Path) -> None:
    """The inner host by its fixed address, its key kept under the server's id."""
    options = understood(tmp_path, "web-2")
    assert options["hostname"] == "10.20.0.8"
    assert options["proxyjump"] == JUMP
    assert options["hostkeyalias"] == "server-b"
    assert options["user"] == "tenure"


def test_the_bastion_shares_its_connection(tmp_path: Path) -> None:
    """Spaces and percent signs in paths arrive whole."""
    options = understood(tmp_path, JUMP)
    assert options["hostname"] == "198.51.100.7"
    assert options["controlpath"] == str(tmp_path / "100% socket")
    assert "proxyjump" not in options


def test_nothing_but_the_certificate_is_offered(tmp_path: Path) -> None:
    """No password is asked for, no agent's key is tried, no agent is passed on, and no new key is trusted."""
    options = understood(tmp_path, "web-2")
    wanted = {
        "batchmode": "yes",
        "identitiesonly": "yes",
        "identityagent": "none",
        "preferredauthentications": "publickey",
        "forwardagent": "no",
        "stricthostkeychecking": "true",
        "globalknownhostsfile": "/dev/null",
        "certificatefile": "/keys/host-cert.pub",
    }
    assert {key: options[key] for key in wanted} == wanted


@pytest.mark.parametrize("address", ["evil\n  ProxyCommand rm", "example.org", ""])
def test_an_address_is_an_address(tmp_path: Path, address: str) -> None:
    """What the stack tells as an address cannot bring options of its own."""
    with pytest.raises(ValueError, match="does not appear"):
        render((Host("web-1", address, "a", IDENTITY),), user="tenure", port=22, known_hosts=tmp_path)


def test_a_path_that_cannot_be_written_is_refused() -> None:
    """ssh_config has no way to write a quote inside quotes."""
    with pytest.raises(ValueError, match="cannot hold"):
        quoted(Path('/a"b'))
