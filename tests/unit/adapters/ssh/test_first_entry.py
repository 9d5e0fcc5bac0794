"""The first entry of a host, step by step: what it shows, what its server printed, what it gets (Art. 36)."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orchestrator.adapters.ssh import UserAuthority
from orchestrator.adapters.ssh.first_entry import INSTALLED_AT_MOST, Certification
from orchestrator.adapters.ssh.hostkeys import BEGIN, END, FirstEntries
from orchestrator.adapters.ssh.issues import fingerprint
from orchestrator.adapters.ssh.login import TRANSPORT_FAILED, Answer, Reason
from orchestrator.adapters.ssh.passage import passage_of
from orchestrator.adapters.ssh.readiness import Failure
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.records import Host, Outputs
from tests.samples import an_environment

WEB = Host(name="web-1", role="web", address="10.20.0.7", server_id="server-a")
UNPROVEN = Answer(TRANSPORT_FAILED, "", "Host key verification failed.")


@dataclass
class Scene:
    """One host that shows a key, and what its server printed.

    Attributes:
        answer: What a login gives.
        commands: What was run on it, with the options of ssh.
    """

    folder: Path
    console: str = ""
    answer: Answer = field(default_factory=lambda: Answer(0, "", ""))
    commands: list[str] = field(default_factory=list)
    on_login: Callable[[tuple[str, ...]], None] = lambda _: None

    def __post_init__(self) -> None:
        """Make the host's key."""
        subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / "key")), check=True)
        self.key = " ".join((self.folder / "key.pub").read_text().split()[:2])

    def prints(self) -> None:
        """Let the server print the key."""
        self.console = f"{BEGIN}\n{self.key}\n{END}\n"

    def log_in(self, name: str, command: str, options: tuple[str, ...] = ()) -> Answer:
        """Give the answer."""
        assert name == "web-1"
        self.commands.append(command)
        self.on_login(options)
        return self.answer

    def certification(self, told: dict[str, str] | None = None) -> Certification:
        """Give what is under test."""
        outputs = Outputs(bastion_address="198.51.100.7", bastion_host="web-1", hosts=(WEB,))
        passage = passage_of(an_environment(outputs=outputs), outputs)
        authority = UserAuthority(self.folder, FileVault(self.folder), lambda _: None)
        pinned = self.folder / "pinned"
        entries = FirstEntries(passage, authority.hosts, lambda _: self.console, pinned, told or {})
        return Certification({"web-1": WEB}, entries, self.log_in, self.folder)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Give a host whose server printed nothing yet."""
    return Scene(tmp_path)


def test_nothing_is_entered_before_its_server_printed_a_key(scene: Scene) -> None:
    """It is waited for; nothing is sent to whoever answers at the address."""
    certification = scene.certification()
    answer = certification.bring("web-1")
    assert isinstance(answer, Answer)
    assert answer.reason is Reason.UNPRINTED
    assert scene.commands == []
    assert certification.waits_for("web-1") == "web-1"


def test_a_host_gets_its_certificate(scene: Scene) -> None:
    """By the key that was printed; then it is known by the certificate alone."""
    scene.prints()
    certification = scene.certification()
    assert certification.bring("web-1") is None
    assert "ssh-ed25519-cert-v01@openssh.com" in scene.commands[0]
    assert (scene.folder / "pinned").read_text() == ""
    assert certification.waits_for("web-1") == ""


def test_another_key_than_the_printed_one_is_refused(scene: Scene) -> None:
    """However long one waits: it is another machine."""
    scene.prints()
    scene.answer = UNPROVEN
    failure = scene.certification().bring("web-1")
    assert isinstance(failure, Failure)
    assert "is not the one that was made" in failure.summary


def test_a_host_that_cannot_be_reached_is_tried_again(scene: Scene) -> None:
    """Its sshd may start a moment later."""
    scene.prints()
    scene.answer = Answer(TRANSPORT_FAILED, "", "Connection refused")
    assert scene.certification().bring("web-1") == scene.answer


def test_a_host_that_takes_no_certificate_is_told(scene: Scene) -> None:
    """With what it said."""
    scene.prints()
    scene.answer = Answer(1, "", "No space left on device")
    failure = scene.certification().bring("web-1")
    assert isinstance(failure, Failure)
    assert failure.detail == "No space left on device"


def test_a_host_that_never_shows_its_certificate_is_told(scene: Scene) -> None:
    """Its sshd takes a moment to read its settings again; after so many times it does not read them at all."""
    scene.prints()
    certification = scene.certification()
    assert certification.bring("web-1") is None
    for _ in range(INSTALLED_AT_MOST - 1):
        assert isinstance(certification.bring("web-1"), Answer)
    failure = certification.bring("web-1")
    assert isinstance(failure, Failure)
    assert "sshd_config" in failure.hint


def test_a_vouched_key_takes_the_consoles_place(scene: Scene) -> None:
    """The host is asked for its key without offering anything; only the one with that fingerprint is taken."""
    scene.on_login = lambda options: shows(scene, options)
    assert scene.certification({"web-1": fingerprint(scene.key)}).bring("web-1") is None
    assert scene.commands[0] == "true"
    refused = scene.certification({"web-1": "SHA256:another"}).bring("web-1")
    assert isinstance(refused, Failure)
    assert "vouched" in refused.summary
    assert len(scene.commands) == 3


def shows(scene: Scene, options: tuple[str, ...]) -> None:
    """Write the key where ssh was told to."""
    for option in options:
        if option.startswith("UserKnownHostsFile="):
            Path(option.partition("=")[2]).write_text(f"server-a.water-gauge-test {scene.key}\n")
