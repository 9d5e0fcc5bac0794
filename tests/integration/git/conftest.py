"""A repository of environments, and an installation over fakes beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestrator.adapters.documents.environments import EnvironmentFiles
from orchestrator.adapters.git import GitRepository
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.git_plan import Depth, GitPlan
from orchestrator.workflows.git_plan import GitCheck, plan_range
from tests.fakes.installation import Installation
from tests.fakes.previews import FakePreviews
from tests.git import Written
from tests.integration.git.merging import House, a_house
from tests.jobs import Control
from tests.store import database_template, fresh_records

__all__ = ["database_template"]

type Ask = Callable[..., GitPlan]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Give an empty repository."""
    return Written(tmp_path / "repository")


@pytest.fixture
def installation(database_template: Path, tmp_path: Path) -> Iterator[Installation]:
    """Give an installation with nothing in it."""
    records: SqlRecords = fresh_records(database_template, tmp_path / "home")
    yield Installation(records)
    records.close()


@pytest.fixture
def check(installation: Installation, written: Written) -> GitCheck:
    """Give what a check works with: the real repository, and fakes for the cloud."""
    previews = FakePreviews(installation.provisioner)
    return GitCheck(installation.ports, GitRepository(written.folder), EnvironmentFiles(), previews)


@pytest.fixture
def ask(check: GitCheck) -> Ask:
    """Ask what a range would do."""

    def asked(base: str, head: str, depth: Depth = Depth.PREVIEW) -> GitPlan:
        return plan_range(check, base, head, depth, Control())

    return asked


@pytest.fixture
def house(written: Written, installation: Installation, tmp_path: Path) -> House:
    """Give a branch with nothing but a page on it, which has been followed."""
    return a_house(written, installation, tmp_path)
