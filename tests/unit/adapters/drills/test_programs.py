"""The small programs for throw-away hosts, on this machine: what they reach, what they empty, and what they spare."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from orchestrator.adapters.drills.onhost import calling, clearing, looking
from orchestrator.adapters.drills.places import places
from orchestrator.adapters.drills.restic_ground import script_of
from orchestrator.domain.errors import BadInputError, OperationFailedError

COPY = "archives-catalogue-drill"


def test_whoever_answers_or_refuses_was_reached(capsys: pytest.CaptureFixture[str]) -> None:
    """A refused call proves a way to the host as well as an answered one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        calling.main(json.dumps(["127.0.0.1", [port], 1]))
    calling.main(json.dumps(["127.0.0.1", [port], 1]))
    answered, refused = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (answered, refused) == (f"port {port} answers", f"port {port} was reached and refuses")


def test_an_address_that_nobody_has_is_not_reached(capsys: pytest.CaptureFixture[str]) -> None:
    """No connection leads to everybody at once."""
    calling.main(json.dumps(["255.255.255.255", [22], 0.2]))
    assert json.loads(capsys.readouterr().out) == ""


def test_a_folder_is_emptied_but_for_what_every_file_system_has(tmp_path: Path) -> None:
    """Links are removed and not followed."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    volume = tmp_path / "volume"
    (volume / "lost+found").mkdir(parents=True)
    (volume / "deep" / "er").mkdir(parents=True)
    (volume / "file").touch()
    (volume / "link").symlink_to(outside)
    clearing.empty(volume)
    clearing.empty(tmp_path / "absent")
    assert [one.name for one in volume.iterdir()] == ["lost+found"]
    assert (outside / "kept").exists()


@pytest.mark.parametrize(
    ("environment", "trusts"), [("archives-catalogue-live", "archives-catalogue-live"), (COPY, "other-one-drill")]
)
def test_hosts_that_are_no_throw_away_hosts_are_spared(tmp_path: Path, environment: str, trusts: str) -> None:
    """The host itself looks: neither a live environment's host nor another copy's is ever emptied."""
    (tmp_path / "tenure").write_text(f"{trusts}\n{trusts}:web\n")
    with pytest.raises(SystemExit, match="nothing was removed"):
        clearing.refuse_other_hosts(environment, tmp_path)


def test_the_host_of_the_copy_is_known(tmp_path: Path) -> None:
    """Its first boot wrote down whose certificates it trusts."""
    (tmp_path / "tenure").write_text(f"{COPY}\n{COPY}:web\n")
    clearing.refuse_other_hosts(COPY, tmp_path)


def test_an_empty_volume_holds_nothing_of_anybody(tmp_path: Path) -> None:
    """What a new file system has by itself does not count."""
    (tmp_path / "lost+found").mkdir()
    assert looking.is_empty(tmp_path)
    (tmp_path / "register").touch()
    assert not looking.is_empty(tmp_path)


def test_a_program_travels_whole_with_its_argument() -> None:
    """Quotes and spaces of the argument reach the program as they are."""
    script = script_of("clearing", ["it's", ["/srv/with space"]])
    assert script.startswith("python3 -I -c '")
    assert "refuse_other_hosts" in script


def test_places_are_the_store_and_what_was_set() -> None:
    """The store by the address that its name has, each place once."""
    found = places(("http://127.0.0.1:9000",), "10.0.0.5:443, 127.0.0.1:9000,")
    assert [str(one) for one in found] == ["127.0.0.1/32:9000", "10.0.0.5/32:443"]
    assert [str(one) for one in places(("https://127.0.0.1",), "")] == ["127.0.0.1/32:443"]


def test_a_store_that_nobody_knows_is_told() -> None:
    """Without its address there is no drill; a wrong setting is told as such."""
    with pytest.raises(OperationFailedError, match="nobody knows the address"):
        places(("http://store.invalid",), "")
    with pytest.raises(BadInputError):
        places((), "everywhere:443")
