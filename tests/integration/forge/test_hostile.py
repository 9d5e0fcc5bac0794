"""A pull request that means harm on a real Gitea: told plainly, and merged all the same it asks for nothing."""

from __future__ import annotations

import random
from pathlib import Path

from orchestrator.domain.forge import CheckOutcome
from orchestrator.domain.merges import MergeState
from orchestrator.domain.plan_comment import MARKER
from tests.forges.world import INSIDER, REVIEWER
from tests.git import LINK, SUBMODULE, a_file
from tests.integration.forge.house import House
from tests.integration.git.test_hostile import BOMB

SECRET = "Zx9treeLampQ7vR2mK8pT4wY6bN1cF3hJ5dL0sA"
TWIN = "environments/archives-catalogue-test.yaml"
JUST_TEXT = "archives-inject-test"
"""Whose reason looks like a template: it is a text like every other."""
HOSTILE: dict[str, str | bytes] = {
    "environments/archives-bomb-test.yaml": BOMB,
    "environments/archives-giant-test.yaml": random.Random(6).randbytes(3 * 2**20),  # noqa: S311  content of a file
    "environments/archives-keys-test.yaml": a_file(system="keys", extra=f"# {SECRET}\n"),
    f"environments/{JUST_TEXT}.yaml": a_file(system="inject").replace(
        "test before migration", "'{{ 7*7 }} ${IFS} @wang </details><img src=x>'"
    ),
    "environments/archlves-catalogue-test.yaml": a_file("archlves"),
    "environments/link": "/etc/passwd",
    "environments/module": "1" * 40,
    "environments/\u0430rchives-other-test.yaml": a_file(system="other"),
    "video.bin": random.Random(7).randbytes(3 * 2**20),  # noqa: S311  content of a file
}


def test_what_means_harm_is_refused_and_asks_for_nothing(house: House, tmp_path: Path) -> None:
    """Bombs, giants, secrets, links, look-alikes, markup: by one who may write, approved and merged in spite of it."""
    main = house.main()
    house.written.modes |= {"environments/link": LINK, "environments/module": SUBMODULE}
    head = house.written.commit({"README.md": "ours", TWIN: a_file(), **HOSTILE}, main)
    house.world.send(house.written, head, "hostile")
    number = house.world.propose(INSIDER, house.world.path, "hostile")
    house.rounds.poll()
    assert house.check(number).outcome is CheckOutcome.REFUSED
    assert not house.world.statuses(head)["tenure"].good
    (said,) = house.said(number, MARKER)
    for rule in ("yaml/alias", "git/size", "git/leak", "git/look-alike", "git/mode"):
        assert f"`{rule}`" in said
    for leaked in (SECRET, "/etc/passwd", "<img", "@wang"):
        assert leaked not in said
    mirrored = (file for file in (tmp_path / "mirror").rglob("*") if file.is_file())
    assert sum(file.stat().st_size for file in mirrored) < 2**20, "giants stay at the forge"
    house.world.approve(number, REVIEWER)
    house.world.merge(number)
    house.rounds.poll()
    states = {merge.environment: merge.state for merge in house.merges()}
    assert {name for name, state in states.items() if state is not MergeState.REFUSED} == {JUST_TEXT}
    assert [request.environment for request in house.requests()] == [JUST_TEXT]
