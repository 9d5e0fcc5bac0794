"""What was merged in spite of a refused check: it asks for nothing, and the provider learns of it."""

from __future__ import annotations

from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.merges import MergeState
from orchestrator.domain.records import Kind
from tests.git import LINK
from tests.integration.git.merging import NAME, PATH, House, wanted

ALIKE = "environments/archlves-catalogue-test.yaml"
SECOND = f"environments/more/{NAME}.yaml"


def told(house: House) -> list[str]:
    """Give why something that was merged is refused, as the notices say."""
    with house.installation.records.read() as tx:
        return [str(one.facts["why"]) for one in tx.notices.list() if one.key == "merge-refused"]


def test_a_name_that_reads_like_another_asks_for_nothing(house: House) -> None:
    """However many have approved it: they may have taken it for the other."""
    house.merged({PATH: wanted()})
    house.carried_out()
    number = house.merged({PATH: wanted(), ALIKE: wanted().replace("unit: archives", "unit: archlves")})
    house.carried_out()
    merge = house.merges()[-1]
    assert (merge.environment, merge.state) == ("archlves-catalogue-test", MergeState.REFUSED)
    assert "reads like" in house.told(number)
    assert [request.environment for request in house.requests()] == [NAME]
    assert any("reads like" in why for why in told(house))


def test_a_link_that_was_merged_is_told(house: House) -> None:
    """Nothing of it is read, and no environment is known by it."""
    house.written.modes[PATH] = LINK
    house.merged({PATH: "/etc/passwd"})
    followed = house.follow()
    assert (followed.merges, [fault.rule for fault in followed.faults]) == ((), ["git/mode"])
    assert [why for why in told(house) if "a symbolic link" in why]
    assert not any("passwd" in why for why in told(house))


def test_the_second_file_of_an_environment_neither_changes_nor_ends_it(house: House) -> None:
    """Refused when it comes, and no wish to end anything when it goes."""
    house.merged({PATH: wanted()})
    house.carried_out()
    house.merged({PATH: wanted(), SECOND: wanted(3)})
    house.carried_out()
    assert house.merges()[-1].state is MergeState.REFUSED
    house.merged({PATH: wanted()})
    followed = house.follow()
    assert followed.merges == ()
    assert any("another one stays" in why for why in told(house))
    assert [request.kind for request in house.requests()] == [Kind.TEST]
    assert house.installation.environment(NAME).state is EnvironmentState.READY
