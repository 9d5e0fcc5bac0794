"""docs/hook.md says what is true: its example works, and it names every status, type and header."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.approval import EventType, event_from_data
from orchestrator.domain.records import Role
from orchestrator.web.problems import STATUS
from orchestrator.workflows.senders import GivenKey, add_sender
from tests.hook import desk_of

PAGE = (Path(__file__).parents[3] / "docs" / "hook.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_python_example_works(records: SqlRecords, vault: FileVault, url: str, tmp_path: Path) -> None:
    """With a PEM key and the event of the page it delivers and reads the request's state."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    add_sender(desk_of(records, vault), "approvals", Role.OFFICE, GivenKey(public))
    pem, event, program = tmp_path / "sender.pem", tmp_path / "event.json", tmp_path / "deliver.py"
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    event.write_text(_block("json"), encoding="utf-8")
    program.write_text(_block("python"), encoding="utf-8")
    told = subprocess.run(
        [sys.executable, str(program), str(event)],
        env=os.environ | {"TENURE_URL": url, "SENDER_KEY": str(pem), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    assert json.loads(told.stdout)["state"] == "submitted"


def test_the_event_of_the_page_is_one() -> None:
    """It passes the schema."""
    assert event_from_data(json.loads(_block("json"))).type is EventType.SUBMITTED


@pytest.mark.parametrize("kind", list(EventType))
def test_every_type_is_documented(kind: EventType) -> None:
    """With the fields of its data."""
    assert f"| `{kind}` |" in PAGE


def test_every_status_is_documented() -> None:
    """With what the sender should do."""
    documented = set(re.findall(r"^\| (\d{3}) \|", PAGE, re.MULTILINE))
    assert {str(int(status)) for _, status in STATUS} <= documented
