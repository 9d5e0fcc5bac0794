"""The doctor on real parts: the command's own output, and Pulumi asking an S3 store and a key service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
import typer
from moto.server import ThreadedMotoServer
from typer.testing import CliRunner

from orchestrator.adapters.doctor import Serves
from orchestrator.adapters.doctor.pulumi import parts, secrets_provider, state_backend
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.cli.doctor import doctor
from orchestrator.settings import Settings

pytestmark = pytest.mark.toolchain

REGION = "us-east-1"
PARTS = [
    *("Pulumi CLI", "OpenStack resource plugin", "Python language host", "Ansible", "ssh"),
    *("ssh-keygen", "namespaces for jobs", "restic"),
    *("cloud credentials", "state backend", "secrets provider", "database", "clock", "calendar"),
]


@pytest.fixture(scope="module")
def toolchain() -> Toolchain:
    """The installed toolchain."""
    toolchain = Toolchain(Settings().cache)
    toolchain.install(print)
    return toolchain


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of a server that speaks S3 and KMS; the environment holds its account."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_REGION", REGION),
        ("AWS_ENDPOINT_URL_KMS", address),
    ):
        monkeypatch.setenv(name, value)
    yield address
    server.stop()


def store_url(address: str, bucket: str) -> str:
    """Pulumi's URL of a bucket on a server that is not Amazon's."""
    host = address.removeprefix("http://")
    return f"s3://{bucket}?endpoint={host}&disableSSL=true&s3ForcePathStyle=true&region={REGION}"


def test_every_installed_part_is_run_and_serves(toolchain: Toolchain) -> None:
    """What the toolchain installed proves itself to the doctor."""
    assert [finding.serves for finding in parts(toolchain)] == [Serves.YES] * 3


def test_a_bucket_that_exists_serves_and_one_that_does_not_is_told(toolchain: Toolchain, amazon: str) -> None:
    """Pulumi itself reaches the store."""
    boto3.client("s3", endpoint_url=amazon, region_name=REGION).create_bucket(Bucket="state")
    assert state_backend(store_url(amazon, "state"), toolchain).serves is Serves.YES
    missing = state_backend(store_url(amazon, "elsewhere"), toolchain)
    assert missing.serves is Serves.NO
    assert "TENURE_STATE_BACKEND" in (missing.hint or "")


def test_a_store_that_is_out_of_reach_is_told_in_time(toolchain: Toolchain, amazon: str) -> None:
    """The look ends within its bound though nobody answers."""
    del amazon
    assert state_backend(store_url("http://127.0.0.1:9", "state"), toolchain).serves is Serves.NO


def test_a_key_that_exists_serves_and_one_that_does_not_is_told(toolchain: Toolchain, amazon: str) -> None:
    """The key service seals the secrets of a stack that is thrown away."""
    key = boto3.client("kms", endpoint_url=amazon, region_name=REGION).create_key()["KeyMetadata"]["KeyId"]
    good = secrets_provider(f"awskms:///{key}?region={REGION}", passphrase_is_given=False, toolchain=toolchain)
    assert good.serves is Serves.YES, good.detail
    unknown = "awskms:///00000000-0000-0000-0000-000000000000"
    bad = secrets_provider(f"{unknown}?region={REGION}", passphrase_is_given=False, toolchain=toolchain)
    assert bad.serves is Serves.NO
    assert "TENURE_SECRETS_PROVIDER" in (bad.hint or "")


def test_the_command_tells_every_part_and_ends_with_a_summary(
    toolchain: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines of JSON in a fixed order; without a cloud the exit code is 1."""
    del toolchain
    monkeypatch.setenv("TENURE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OS_CLOUD", "no-such-entry-anywhere")
    monkeypatch.setenv("TENURE_BACKUP_STORE", "http://store.example:9000")
    app = typer.Typer()
    app.command()(doctor)
    result = CliRunner().invoke(app, ["--json"])
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert {line["schema"] for line in lines} == {"tenure/1"}
    assert [line["part"] for line in lines[:-1]] == PARTS
    assert lines[-1]["type"] == "summary"
    assert not lines[-1]["serves"]
    assert result.exit_code == 1
    assert not (tmp_path / "home").exists()
