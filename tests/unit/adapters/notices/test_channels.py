"""Who is told by which channel."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.adapters.notices import Channels, read_channels
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.records import Role
from tests.samples import a_notice

FILE = """
channels:
  - name: duty
    url: json://localhost/duty
    roles: [provider]
  - name: water
    url: json://localhost/water
    roles: [unit]
    units: [water]
  - name: patches
    url: json://localhost/patches
    roles: [office, unit]
    keys: ["patch-*"]
"""


def read(folder: Path, text: str = FILE, mode: int = 0o600) -> Channels:
    """Read a file of that text."""
    path = folder / "channels.yaml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return read_channels(path)


@pytest.mark.parametrize(
    ("to", "environment", "key", "names"),
    [
        ((Role.PROVIDER, Role.OFFICE), "water-gauge-test", "backup-failed", ["duty"]),
        ((Role.UNIT,), "water-gauge-test", "environment-ready", ["water"]),
        ((Role.UNIT,), "archives-ledger-live", "environment-ready", []),
        ((Role.UNIT,), "archives-ledger-live", "patch-window-missed", ["patches"]),
        ((Role.OFFICE,), "", "fleet-not-seen", []),
    ],
)
def test_a_notice_goes_to_whom_it_is_for(
    tmp_path: Path, to: tuple[Role, ...], environment: str, key: str, names: list[str]
) -> None:
    """By role, by unit, and by what it is about."""
    notice = a_notice(to=to, environment=environment, key=key)
    assert [one.name for one in read(tmp_path).wanting(notice)] == names


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """It holds passwords."""
    with pytest.raises(BadInputError, match="others may read") as refused:
        read(tmp_path, mode=0o640)
    assert "chmod 600" in str(refused.value.diagnostic.hint)


def test_a_fault_is_told_with_its_place_and_without_the_address(tmp_path: Path) -> None:
    """Two channels of one name, a role that nobody has; a password is shown to nobody."""
    with pytest.raises(BadInputError):
        read(tmp_path, FILE.replace("name: water", "name: duty"))
    with pytest.raises(BadInputError) as refused:
        read(tmp_path, FILE.replace("[provider]", "[nobody]"))
    assert refused.value.diagnostics[0].place is not None
    assert "localhost" not in repr(read(tmp_path))


def test_an_empty_file_tells_nobody(tmp_path: Path) -> None:
    """No channel wants anything."""
    assert list(read(tmp_path, "channels: []").wanting(a_notice())) == []
