"""Which processes on the hosts a play ends when it begins: what dead plays of its lane left, and nothing else."""

from __future__ import annotations

import re

import pytest

from orchestrator.adapters.ansible.reaping import of_others
from orchestrator.domain.lanes import Lane

OWN = f"{Lane.RESOURCES}.op-2.cd"


@pytest.mark.parametrize(
    ("mark", "ended"),
    [
        (f"{Lane.RESOURCES}.op-1.ab", True),
        (f"{Lane.RESOURCES}.op-2.ab", True),
        (OWN, False),
        (f"{Lane.DOORS}.op-3.ef", False),
        (f"{Lane.DOORS}.resources.op-3", False),
    ],
    ids=["earlier operation", "earlier attempt", "own", "other lane", "name of a lane inside a mark"],
)
def test_a_play_ends_what_dead_plays_of_its_lane_left(mark: str, *, ended: bool) -> None:
    """In its lane nobody else can be alive; in another one somebody may be at work."""
    doomed, kept = of_others(OWN)
    variable = f"TENURE_PLAY={mark}"
    assert bool(re.search(doomed, variable) and not re.search(kept, variable)) is ended
