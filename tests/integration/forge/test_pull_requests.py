"""What people do with pull requests on a real Gitea: force, rename, conflict, revert, close, two on one environment."""

from __future__ import annotations

from orchestrator.domain.forge import CheckOutcome
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.merge_words import AWAITED
from orchestrator.domain.merges import MergeState
from tests.forges.world import INSIDER, REVIEWER
from tests.integration.forge.house import House
from tests.integration.git.merging import NAME, PATH, wanted


def hosts(house: House) -> int:
    """Give how many web hosts the environment has."""
    return house.installation.environment(NAME).spec.role("web").count


def states(house: House) -> list[MergeState]:
    """Give how every merge stands, oldest first."""
    return [merge.state for merge in house.merges()]


def test_a_change_is_merged_and_reverted_and_another_one_closed(house: House) -> None:
    """A revert is a change like every other; what is closed is nobody's wish."""
    house.merged("catalogue", {PATH: wanted(1)})
    house.carried_out()
    house.merged("wider", {PATH: wanted(2)})
    house.carried_out()
    assert hosts(house) == 2
    closed = house.world.open(INSIDER, "too-wide", {PATH: wanted(3)})
    house.rounds.poll()
    house.world.close(closed)
    house.merged("revert", {PATH: wanted(1)})
    house.carried_out()
    assert (hosts(house), states(house)) == (1, [MergeState.OVER] * 3)
    assert house.check(closed).outcome is CheckOutcome.CLOSED


def test_a_push_by_force_takes_the_approval_with_it(house: House) -> None:
    """The office has approved another commit than the one that was merged."""
    number = house.world.open(INSIDER, "catalogue", {PATH: wanted(1)})
    house.rounds.poll()
    house.world.approve(number, REVIEWER)
    other = house.written.commit({PATH: wanted(3), "README.md": "other\n"}, house.main())
    house.world.send(house.written, other, "catalogue")
    house.rounds.poll()
    assert house.check(number).head == other
    house.world.merge(number)
    house.carried_out()
    assert [(one.state, one.detail) for one in house.merges()] == [(MergeState.ASKED, AWAITED)]
    assert house.installation.environment(NAME).state is EnvironmentState.PLANNED


def test_two_pull_requests_on_one_environment(house: House) -> None:
    """One that conflicts is settled and approved anew; what git puts together by itself was approved by nobody."""
    house.merged("catalogue", {PATH: wanted(1)})
    house.carried_out()
    third = house.world.open(INSIDER, "three", {PATH: wanted(3)})
    resolver = wanted(1).replace("10.20.0.0/24}", "10.20.0.0/24, dns: [203.0.113.53]}")
    other = house.world.open(INSIDER, "resolver", {PATH: resolver})
    house.rounds.poll()
    for number in (third, other):
        house.world.approve(number, REVIEWER)
    house.merged("two", {PATH: wanted(2)})
    house.carried_out()
    house.world.merge(other)
    house.carried_out()
    assert states(house)[-1] is MergeState.REFUSED
    assert "nobody of the unit's side asks" in house.merges()[-1].detail
    assert all(text in str(house.world.content("main", PATH)) for text in ("count: 2", "203.0.113.53"))
    theirs = house.world.forge.pull_request(third).head
    settled = house.written.commit({PATH: wanted(3), "README.md": "both\n"}, theirs, house.main())
    house.world.send(house.written, settled, "three")
    house.rounds.poll()
    assert house.checked(third)[-1] == settled
    house.world.approve(third, REVIEWER)
    house.world.merge(third)
    house.carried_out()
    assert (hosts(house), states(house)[-1]) == (3, MergeState.OVER)


def test_a_file_that_moves_changes_nothing_and_a_branch_written_anew_waits(house: House) -> None:
    """An environment is known by its name; a push by force ends nothing, and the provider is told once."""
    house.merged("catalogue", {PATH: wanted()})
    house.carried_out()
    house.merged("sorted", {PATH: None, f"environments/archives/{NAME}.yaml": wanted()})
    house.carried_out()
    assert states(house) == [MergeState.OVER, MergeState.NOTHING]
    assert house.world.forge.open_pull_requests() == (), "nothing is written back that is there"
    house.world.send(house.written, house.written.commit({"README.md": "another history\n"}), "main")
    house.rounds.poll()
    house.rounds.poll()
    with house.installation.records.read() as tx:
        assert [notice.key for notice in tx.notices.list(limit=1000)].count("branch-rewritten") == 1
    assert states(house) == [MergeState.OVER, MergeState.NOTHING]
    assert house.installation.environment(NAME).state is EnvironmentState.READY
