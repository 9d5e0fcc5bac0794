"""The fake forge of the workflows' tests keeps the same contract as the adapters."""

from __future__ import annotations

import pytest

from tests.contracts.forges import ForgeContract
from tests.fakes.forge import FakeForge
from tests.forges.model import ForgeModel, ModelWorld


class TestFake(ForgeContract):
    """The forge in memory, without a server between."""

    @pytest.fixture
    def world(self) -> ModelWorld:
        """Give a repository."""
        model = ForgeModel()
        return ModelWorld(model, FakeForge(model))
