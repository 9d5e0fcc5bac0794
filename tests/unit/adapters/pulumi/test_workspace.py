"""Pulumi's work folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import SecretStr

import stacks
from orchestrator.adapters.pulumi import PulumiSettings
from orchestrator.adapters.pulumi.messages import Order, Work, Workshop
from orchestrator.adapters.pulumi.workspace import PASSWORD_KEY, StackFile, write_project
from orchestrator.domain.spec import EnvironmentSpec
from stacks.context import CloudFacts, Context
from tests.samples import a_spec

NAME = "water-gauge-test"
CONTEXT = Context(
    cloud=CloudFacts(auth_url="https://cloud.example/v3"),
    service_password=SecretStr("not-for-files"),
    grown={"web-1-data": 4},
)


def order(folder: Path) -> Order:
    """Give an order for the sample environment."""
    workshop = Workshop(
        folder=str(folder),
        pulumi="/bin/pulumi",
        pulumi_version="3.253.0",
        environment={},
        secrets_provider="passphrase",
        cloud="city",
        facts=CONTEXT.cloud,
    )
    return Order(
        work=Work.PREVIEW,
        operation="op-1",
        spec=a_spec(),
        workshop=workshop,
        service_password="not-for-files",
        lease_seconds=60,
    )


def content(folder: Path, name: str) -> dict[str, Any]:
    """Read one of the folder's files."""
    return dict(json.loads((folder / name).read_text(encoding="utf-8")))


def test_the_project_file_leads_to_the_program_and_the_state(tmp_path: Path) -> None:
    """``pulumi -C FOLDER`` finds program, interpreter and backend without further options."""
    write_project(tmp_path / "pulumi", "file:///state")
    project = content(tmp_path / "pulumi", "Pulumi.yaml")
    assert (tmp_path / "pulumi" / project["main"]).resolve() == Path(stacks.__file__).parent
    assert project["backend"] == {"url": "file:///state"}


def test_a_stacks_configuration_is_enough_to_run_it_by_hand(tmp_path: Path) -> None:
    """Specification, cloud and account are there; the password is not, before the CLI has encrypted it."""
    StackFile(tmp_path, NAME).configure(order(tmp_path), CONTEXT)
    config = content(tmp_path, f"Pulumi.{NAME}.yaml")["config"]
    assert EnvironmentSpec.model_validate_json(config["tenure:spec"]) == a_spec()
    assert config["openstack:cloud"] == "city"
    assert json.loads(config["tenure:grown"]) == {"web-1-data": 4}
    assert "not-for-files" not in json.dumps(config)


def test_what_the_cli_wrote_stays(tmp_path: Path) -> None:
    """The salt and the encrypted password survive the next configuration."""
    path = tmp_path / f"Pulumi.{NAME}.yaml"
    path.write_text(f"encryptionsalt: v1:abc\nconfig:\n  {PASSWORD_KEY}:\n    secure: v1:def\n", encoding="utf-8")
    file = StackFile(tmp_path, NAME)
    assert file.initialised
    file.configure(order(tmp_path), CONTEXT)
    assert file.initialised
    after = content(tmp_path, path.name)
    assert after["encryptionsalt"] == "v1:abc"
    assert after["config"][PASSWORD_KEY] == {"secure": "v1:def"}


def test_a_forgotten_stack_leaves_no_file(tmp_path: Path) -> None:
    """Removing twice is harmless."""
    file = StackFile(tmp_path, NAME)
    file.configure(order(tmp_path), CONTEXT)
    file.remove()
    file.remove()
    assert not file.initialised
    assert list(tmp_path.iterdir()) == []


def test_state_in_files_is_kept_without_sidecars(tmp_path: Path) -> None:
    """A kill between the two writes of a state and its sidecar would make the state unreadable."""
    files = PulumiSettings(home=tmp_path, cloud="city", passphrase="x")
    assert files.backend_url == f"{(tmp_path / 'state').as_uri()}?metadata=skip"
    bucket = PulumiSettings(home=tmp_path, cloud="city", passphrase="x", backend="s3://bucket?region=here")
    assert bucket.backend_url == "s3://bucket?region=here"
