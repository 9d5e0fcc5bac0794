"""The program on the hosts: what is in a manifest, what a seal proves, and what restic's words mean."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path
from typing import Any, cast

import pytest

from orchestrator.adapters.restic.onhost.faults import HostFaultError, is_hopeless, kind_of
from orchestrator.adapters.restic.onhost.restic import Restic, Trouble, summary
from orchestrator.adapters.restic.onhost.returning import Found, Told
from orchestrator.adapters.restic.onhost.seals import Manifest, sealed
from orchestrator.adapters.restic.onhost.trees import Account, Line, Tree, first_look, settled

LONG_AGO = 1_600_000_000


class Seals:
    """Answers ``restic dump`` with a seal."""

    def __init__(self, *lines: object) -> None:
        self._text = "\n".join(map(json.dumps, lines)).encode()

    def run(self, *arguments: str) -> bytes:
        """Give the seal."""
        assert arguments[0] == "dump"
        return self._text


def manifest(*lines: object, expected: dict[str, str]) -> Manifest:
    """Read a seal as the program does."""
    request = {"snapshot": "aabbccdd00", "seal": "ee", "expected": expected}
    return sealed(cast("Restic", Seals(*lines)), request)


def digest(*lines: Line) -> str:
    """Give the digest of a manifest."""
    account = Account()
    for line in lines:
        account.add(line)
    return str(account.told()["manifest"])


def looked(root: Path, begun_ns: int, known: Path) -> None:
    """Look at a tree for the first time."""
    first_look(str(root), str(known), begun_ns)


def found(root: Path, known: Path, begun_ns: int) -> dict[str, str | None]:
    """Give what the manifest says of each path: a content, or None for what did not hold still."""
    return {line.path: line.content for line in settled(str(root), str(known), begun_ns)}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Give a folder with files that were written a while ago."""
    root = tmp_path / "tree"
    (root / "deep").mkdir(parents=True)
    for name in ("still", "changes", "goes", "deep/inside"):
        (root / name).write_text(f"text of {name}")
    (root / "link").symlink_to("still")
    return root


def test_what_holds_still_is_in_the_manifest(tree: Path, tmp_path: Path) -> None:
    """Files that changed, came or went after the backup began are named, and nothing is said of their content."""
    time.sleep(0.05)
    begun_ns = time.time_ns()
    looked(tree, begun_ns, tmp_path / "known")
    time.sleep(0.05)
    (tree / "changes").write_text("another text")
    (tree / "goes").unlink()
    (tree / "comes").write_text("new")
    said = found(tree, tmp_path / "known", begun_ns)
    assert {path for path, content in said.items() if content is None} == {".", "changes", "comes", "goes"}
    assert said["deep/inside"]
    assert said["link"]


def test_times_that_were_set_back_deceive_nobody(tree: Path, tmp_path: Path) -> None:
    """A program that writes the same size and sets the time back still shows by the status change."""
    begun_ns = time.time_ns()
    looked(tree, begun_ns, tmp_path / "known")
    time.sleep(0.05)
    (tree / "still").write_text("text of STILL")
    os.utime(tree / "still", (LONG_AGO, LONG_AGO))
    assert found(tree, tmp_path / "known", begun_ns)["still"] is None


def test_sockets_are_in_no_manifest(tree: Path, tmp_path: Path) -> None:
    """No backup holds them, so nobody misses them."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tree / "socket"))
        time.sleep(0.05)
        begun_ns = time.time_ns()
        looked(tree, begun_ns, tmp_path / "known")
        assert "socket" not in found(tree, tmp_path / "known", begun_ns)


FILE = Line("a.txt", 3, "0o100644", "ab" * 32)
HEAD = {"tenure": 1, "backup": "bak-1", "host": "web-1", "snapshot": "aabbccdd"}
TREE = {"tree": "web-1-data", "path": "/srv", "mount": True}


def test_a_seal_that_fits_is_read() -> None:
    """Its trees and lines are those on record; what moved is left out of comparisons."""
    moving = Line("log", 0, "", None)
    read = manifest(HEAD, TREE, FILE, moving, {"end": 1}, expected={"web-1-data": digest(FILE, moving)})
    assert read.trees == [Tree("web-1-data", "/srv", mount=True)]
    assert list(read.below("")) == [("/srv/a.txt", FILE)]
    assert list(read.below("/srv/a.txt")) == [("/srv/a.txt", FILE)]
    assert list(read.below("/srv/a")) == []


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((HEAD, TREE, FILE), "cut"),
        ((HEAD | {"snapshot": "00000000"}, TREE, FILE, {"end": 1}), "another snapshot"),
        ((HEAD, TREE, FILE._replace(content="cd" * 32), {"end": 1}), "not the one on record"),
        ((HEAD, {"end": 1}), "other trees"),
        ((), "another snapshot"),
    ],
)
def test_a_seal_that_does_not_fit_is_refused(lines: tuple[object, ...], reason: str) -> None:
    """A seal that was cut, belongs elsewhere or was replaced proves nothing."""
    with pytest.raises(HostFaultError, match=reason) as fault:
        manifest(*lines, expected={"web-1-data": digest(FILE)})
    assert fault.value.kind == "damaged"


def test_differences_are_named_and_counted() -> None:
    """Size, mode and content by their names; of very many only the first hundred, and how many more."""
    told = Told()
    told.compare("/srv/a.txt", FILE, Found(3, 0o100644, "ab" * 32))
    told.compare("/srv/b.txt", FILE, Found(4, 0o100600, "ab" * 32))
    told.compare("/srv/c.txt", FILE, None)
    assert told.answer([])["differences"] == ["/srv/b.txt: size and mode differs", "/srv/c.txt: missing"]
    for number in range(200):
        told.compare(f"/srv/{number}", FILE, None)
    assert told.answer([])["differences"][-1] == "and 102 more"
    assert told.answer([])["files"] == 203


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Fatal: wrong password or no key found", "wrong-key"),
        ("repository is already locked exclusively by PID 7 on web-1", "locked"),
        ("client.PutObject: Storage backend has reached its minimum free", "full"),
        ("QuotaExceeded: bucket quota exceeded", "full"),
        ("client.PutObject: Access Denied.", "refused"),
        ("Fatal: unable to open config file: Stat: The specified key does not exist.", "missing"),
        ("dial tcp 198.51.100.1:80: connect: connection refused", "unreachable"),
        ("Pack ID does not match, want 12, got 34", "damaged"),
        ("pack 11e18a12: does not exist", "damaged"),
        ("ciphertext verification failed", "damaged"),
        ("Load(<index/12>, 0, 0) returned error, retrying after 5s: unexpected EOF", "unreachable"),
        ("something else", "failed"),
    ],
)
def test_restics_words_have_a_meaning(text: str, kind: str) -> None:
    """Each fault of the list is told apart by what restic and S3 stores say."""
    assert kind_of(text) == kind


def test_a_broken_connection_is_tried_again_and_a_lost_pack_is_not() -> None:
    """A store that is busy breaks connections: that is no damage. What it does not have will not come."""
    assert not is_hopeless("Load(<data/12>) returned error, retrying after 1s: unexpected EOF")
    assert is_hopeless("Load(<data/12>) returned error, retrying after 1s: The specified key does not exist.")
    gone = "Load(<lock/700b20ff58>, 0, 0) returned error, retrying after 1s: The specified key does not exist."
    assert not is_hopeless(gone), "another host took its lock away"
    assert kind_of(f"{gone}\nFatal: something else") == "failed"
    assert is_hopeless("Save(<data/12>) returned error, retrying after 1s: QuotaExceeded")


def test_one_retry_after_a_long_silence_is_no_trouble() -> None:
    """A store out of reach ends the work after two minutes of retries; a quiet hour before the first one is none."""
    trouble = Trouble()
    assert not trouble.lasts(3600.0)
    assert not trouble.lasts(3660.0)
    assert not trouble.lasts(3720.0)
    assert trouble.lasts(3721.0)
    assert not trouble.lasts(9000.0)


def test_a_restic_that_named_no_snapshot_made_none() -> None:
    """Its summary names the snapshot; without one there is no backup."""
    lines: list[dict[str, Any]] = [{"message_type": "status"}, {"message_type": "summary", "snapshot_id": "aabb"}]
    assert summary("\n".join(map(json.dumps, lines)).encode())["snapshot_id"] == "aabb"
    with pytest.raises(HostFaultError, match="named no snapshot"):
        summary(json.dumps(lines[0]).encode())
