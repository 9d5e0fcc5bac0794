"""Previews of pull requests on the real engine: the same plan as the installation's own, and nothing left behind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestrator.adapters.pulumi import PulumiProvisioner, PulumiSettings
from orchestrator.adapters.pulumi.previews import ScratchPreviews
from orchestrator.adapters.toolchain import Toolchain
from orchestrator.adapters.vault import FileVault
from orchestrator.domain.names import Stage
from orchestrator.domain.plan import Action
from orchestrator.domain.spec import EnvironmentSpec
from tests.integration.pulumi.conftest import MakeSpec
from tests.jobs import Recorder

pytestmark = [pytest.mark.cloud, pytest.mark.toolchain]

type RemovedAfter = Callable[[EnvironmentSpec], EnvironmentSpec]


@pytest.fixture
def previews(settings: PulumiSettings, toolchain: Toolchain, vault: FileVault) -> Iterator[ScratchPreviews]:
    """The adapter under test."""
    made = ScratchPreviews(settings, toolchain, vault)
    yield made
    made.close()


def content(home: Path, name: str) -> dict[Path, str]:
    """Give a digest of every file of one environment in the installation's folder."""
    files = (file for file in home.rglob("*") if file.is_file() and name in str(file) and "logs" not in file.parts)
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_a_new_environment_is_previewed_without_a_stack(
    previews: ScratchPreviews, make_spec: MakeSpec, settings: PulumiSettings
) -> None:
    """A pull request that nobody has approved leaves no trace."""
    spec = make_spec("unseen")
    plan = previews.preview_new(Recorder().job(spec, "proposal-unseen"))
    assert plan.count(Action.CREATE) > 10
    assert plan.before is None
    assert content(settings.home, spec.name) == {}
    scratch = previews._scratch
    previews.close()
    assert not scratch.exists()


def test_a_running_environment_is_previewed_on_a_copy_of_its_state(
    previews: ScratchPreviews,
    provisioner: PulumiProvisioner,
    make_spec: MakeSpec,
    removed_after: RemovedAfter,
    settings: PulumiSettings,
) -> None:
    """The plan is the installation's own, digest for digest, although the stack is protected; its files stay."""
    spec = removed_after(make_spec("previewed", stage=Stage.TRIAL))
    job = Recorder().job(spec, "op-previewed")
    provisioner.recover(job)
    provisioner.up(job)
    role = spec.roles[0].model_copy(update={"volumes": ()})
    smaller = spec.model_copy(update={"roles": (role,)})
    before = content(settings.home, spec.name)
    assert before
    seen = previews.preview(Recorder().job(smaller, "proposal-previewed"))
    assert content(settings.home, spec.name) == before
    assert [step.name for step in seen.destroys] != []
    assert seen.before == spec.totals
    assert seen.digest == provisioner.preview(Recorder().job(smaller, "op-previewed")).digest
