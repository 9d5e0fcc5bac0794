"""The main job, from a signed approval to an empty project, as ``make demo ARGS=--whole-life`` shows it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.adapters.vault import FileVault
from tests.cloud import CloudAccess

pytestmark = [pytest.mark.cloud, pytest.mark.toolchain, pytest.mark.slow, pytest.mark.timeout(1200)]
ENVIRONMENT = "civil-eldercare-test"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, cloud: CloudAccess) -> tuple[Path, list[dict[str, object]]]:
    """Run the demo once, whole; give its home and what it said."""
    home = tmp_path_factory.mktemp("demo") / "home"
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator.cli.main", "demo", "--whole-life", "--json", "--home", str(home)],
        env=os.environ | cloud.environment() | {"TENURE_HOST_ENTRY": "ssh" if cloud.hosts else "none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return home, [json.loads(line) for line in done.stdout.splitlines()]


def test_every_line_is_json_with_its_schema_first(told: tuple[Path, list[dict[str, object]]]) -> None:
    """A pipeline can read all of it (INTERFACES: a stream of lines, each with a schema version first)."""
    _, lines = told
    assert all(next(iter(line)) == "schema" and line["schema"] == "tenure/1" for line in lines)


def test_the_demo_shows_the_whole_life(told: tuple[Path, list[dict[str, object]]]) -> None:
    """Approval, plan, ready hosts, notices 3 and 1 days before, stop, reclaim, empty project (Art. 13)."""
    facts = [str(line["text"]) for line in told[1] if line["type"] == "fact"]
    for expected in (
        "answered 202",
        "the same delivery again is the same request",
        "a changed body is refused with 401",
        f"{ENVIRONMENT} is ready",
        "period-end (Art. 13)",
        f"{ENVIRONMENT} is retired",
        f"an inventory of the project {ENVIRONMENT} comes back empty",
        "the project itself is gone",
        "the hash chain is whole",
    ):
        assert any(expected in fact for fact in facts), (expected, facts)
    assert sum("end-notice" in fact for fact in facts) == 2


def test_every_resource_step_was_streamed(told: tuple[Path, list[dict[str, object]]]) -> None:
    """What was begun was also told as complete: creates and deletes of the same resources."""
    done = [line for line in told[1] if line["type"] == "apply_complete"]
    created = {line["resource"] for line in done if line.get("phase") == "up" and line.get("action") == "create"}
    deleted = {line["resource"] for line in done if line.get("action") == "delete"}
    assert "project" in created & deleted
    assert len(created) > 60


def test_no_secret_is_kept_in_the_clear(told: tuple[Path, list[dict[str, object]]]) -> None:
    """Neither state nor database, logs or output hold a password (what derives them is the vault's key file alone)."""
    home, lines = told
    vault = FileVault(home)
    secrets = [vault.derive(f"service-user/{ENVIRONMENT}"), vault.derive("pulumi-passphrase")]
    kept = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    kept[Path("output")] = json.dumps(lines).encode()
    leaks = [str(path) for path, content in kept.items() for secret in secrets if secret.encode() in content]
    assert not leaks


def test_no_key_of_a_job_is_left(told: tuple[Path, list[dict[str, object]]]) -> None:
    """Keys of jobs are gone with the job (Art. 36)."""
    assert not [path for path in (told[0] / "run").rglob("*") if path.is_file()]
