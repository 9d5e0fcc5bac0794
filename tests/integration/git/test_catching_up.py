"""A file that is behind what another door, or somebody's hand, made of its environment is proposed anew."""

from __future__ import annotations

from difflib import ndiff
from typing import Any

import pytest

from orchestrator.domain.errors import BusyError
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.merges import MergeState, WrittenBack
from orchestrator.domain.names import ManagedBy, Stage
from orchestrator.domain.records import Actor, Kind, Role, Suppression
from orchestrator.workflows import requests
from orchestrator.workflows.managers import hand_over
from orchestrator.workflows.write_back import COMMENT, Settled, write_back
from tests.fakes.installation import OFFICE, UNIT, a_submission
from tests.forges.world import SERVICE
from tests.git import a_file
from tests.integration.git.merging import NAME, PATH, House, wanted
from tests.integration.git.other_doors import a_wish, changed, found, kept, resized
from tests.tenancy_steps import (
    DAY,
    LIVE,
    about,
    asked_for_production,
    hand_in,
    in_trial,
    pass_days,
)

HOOK = Actor(name="oa", role=Role.UNIT, door="hook:oa")


@pytest.fixture
def standing(house: House) -> House:
    """Give an environment that came by git and is what its file says."""
    house.merged({PATH: wanted(1)})
    house.carried_out()
    assert write_back(house.desired) == ()
    return house


def proposed(house: House, name: str = NAME) -> str:
    """Give the file as the service user's branch has it."""
    return house.model.trees[house.model.branches[f"tenure/{name}"]][f"environments/{name}.yaml"]


def differing(before: str, after: str) -> list[str]:
    """Give the lines that went and came."""
    return [line for line in ndiff(before.splitlines(), after.splitlines()) if line[0] in "-+"]


def one(written: tuple[WrittenBack, ...]) -> int:
    """Give the only pull request that a round proposed."""
    (only,) = written
    return only.pull


class TestAnotherDoor:
    """What the command line, a comment or the approval system changed."""

    def test_just_the_changed_field_is_proposed(self, standing: House) -> None:
        """The file's own words, order and material stay; its merge asks for nothing, and nothing is proposed again."""
        changed(standing.installation, 3)
        number = one(write_back(standing.desired))
        text = proposed(standing)
        assert differing(wanted(1), text) == ["-   roles: {web: {count: 1}}", "+   roles: {web: {count: 3}}"]
        pull = standing.model.pulls[number]
        assert (pull.by, "environment.roles.web.count: 1 -> 3" in pull.text) == (SERVICE, True)
        before = standing.requests()
        standing.model.close(pull)
        standing.merged({PATH: text})
        assert [merge.state for merge in standing.follow().merges] == [MergeState.NOTHING]
        assert standing.requests() == before
        assert write_back(standing.desired) == ()

    def test_one_pull_request_is_edited_in_place(self, standing: House) -> None:
        """Files, and what it says of them, follow the environment."""
        changed(standing.installation, 3)
        number = one(write_back(standing.desired))
        assert write_back(standing.desired) == ()
        changed(standing.installation, 4)
        assert one(write_back(standing.desired)) == number
        assert "{count: 4}" in proposed(standing)
        assert "environment.roles.web.count: 1 -> 4" in standing.model.pulls[number].text

    def test_it_is_closed_when_git_has_caught_up(self, standing: House) -> None:
        """By somebody else's merge; it says why, and another difference is proposed as ever."""
        changed(standing.installation, 3)
        number = one(write_back(standing.desired))
        standing.merged({PATH: wanted(3)})
        standing.follow()
        assert write_back(standing.desired) == ()
        pull = standing.model.pulls[number]
        assert not pull.open
        assert [note.by for note in pull.notes if COMMENT in note.text] == [SERVICE]
        changed(standing.installation, 4)
        assert one(write_back(standing.desired)) > number

    def test_what_people_closed_is_not_proposed_again(self, standing: House) -> None:
        """Not even when the file is written otherwise meanwhile; another value is another matter."""
        settled: Settled = {}
        changed(standing.installation, 3)
        number = one(write_back(standing.desired, settled))
        standing.model.close(standing.model.pulls[number])
        assert write_back(standing.desired, settled) == ()
        assert write_back(standing.desired, settled) == ()
        assert write_back(standing.desired) == ()
        changed(standing.installation, 4)
        assert one(write_back(standing.desired, settled)) > number

    def test_a_newer_wish_in_git_is_not_overwritten(self, standing: House) -> None:
        """While it is under way, and when it was rejected: what was proposed before is closed then."""
        changed(standing.installation, 3)
        number = one(write_back(standing.desired))
        files = {PATH: wanted(5)}
        standing.merge(standing.propose(files), files)
        standing.follow()
        standing.installation.run_all()
        assert write_back(standing.desired) == ()
        merge = standing.merges()[-1]
        requests.reject(standing.installation.ports, merge.request, OFFICE, "not needed")
        standing.carried_out()
        assert standing.merges()[-1].state is MergeState.OVER
        assert write_back(standing.desired) == ()
        assert not standing.model.pulls[number].open

    def test_a_promotion_is_the_file_s_stage(self, house: House) -> None:
        """It changes nothing else."""
        in_trial(house.installation)
        path = f"environments/{LIVE}.yaml"
        house.merged({path: a_file(stage="trial")})
        house.follow()
        pass_days(house.installation, 31)
        house.installation.approve(hand_in(house.installation, asked_for_production(house.installation)))
        house.installation.run_all()
        write_back(house.desired)
        text = proposed(house, LIVE)
        assert differing(a_file(stage="trial"), text) == ["- stage: trial", "+ stage: production"]
        house.merged({path: text})
        assert house.follow().merges[-1].state is MergeState.NOTHING

    def test_a_longer_test_stands_in_no_file(self, standing: House) -> None:
        """Periods are on record (Art. 13); there is nothing to propose."""
        extension = about(Kind.EXTEND, Stage.TEST, days=5)
        request = requests.submit(standing.installation.ports, extension, UNIT)
        standing.installation.approve(request)
        standing.installation.run_all()
        assert standing.installation.request(request.id).outcome
        assert write_back(standing.desired) == ()

    def test_a_file_that_only_shows_follows_the_hook(self, house: House) -> None:
        """What the approval system changes is shown; the merge hands nothing over."""
        material = a_submission().content["material"]
        founded = a_submission(environment=a_wish(1), material=material)
        request = requests.submit(house.installation.ports, founded, HOOK)
        house.installation.run_all()
        house.installation.approve(request)
        house.installation.run_all()
        write_back(house.desired)
        house.model.close(house.model.pulls[1])
        house.merged({PATH: proposed(house)})
        house.follow()
        changed(house.installation, 2, HOOK)
        write_back(house.desired)
        assert "count: 2" in proposed(house)
        house.merged({PATH: proposed(house)})
        assert house.follow().merges[-1].state is MergeState.NOTHING
        assert house.installation.environment(NAME).managed_by is ManagedBy.HOOK

    def test_who_manages_it_is_written_down(self, standing: House) -> None:
        """A hand-over by another door is one line of the file."""
        with standing.installation.records.transaction() as tx:
            hand_over(standing.installation.ports, tx, NAME, ManagedBy.HOOK, OFFICE)
        write_back(standing.desired)
        text = proposed(standing)
        assert differing(wanted(1), text) == ["+ managed_by: hook"]
        standing.merged({PATH: text})
        assert standing.follow().merges[-1].state is MergeState.NOTHING
        assert standing.installation.environment(NAME).managed_by is ManagedBy.HOOK

    def test_the_end_takes_an_open_pull_request_along(self, standing: House) -> None:
        """What is proposed then is that the file goes."""
        changed(standing.installation, 3)
        number = one(write_back(standing.desired))
        requests.terminate(standing.installation.ports, NAME, UNIT, "not needed any more")
        standing.installation.run_all()
        assert standing.installation.environment(NAME).state is EnvironmentState.RETIRED
        assert one(write_back(standing.desired)) == number
        assert PATH not in standing.model.trees[standing.model.branches[f"tenure/{NAME}"]]

    def test_where_nothing_has_moved_nobody_is_asked(self, standing: House) -> None:
        """Neither the forge nor anybody's file: a round of a large fleet costs little."""
        settled: Settled = {}
        changed(standing.installation, 3)
        number = one(write_back(standing.desired, settled))
        standing.model.close(standing.model.pulls[number])
        assert write_back(standing.desired, settled) == ()
        standing.forge.away = True
        assert write_back(standing.desired, settled) == ()
        with pytest.raises(BusyError):
            write_back(standing.desired)

    def test_what_is_on_its_way_out_is_left_alone(self, standing: House) -> None:
        """Its period is over: no change could follow; what is open stays open until the end."""
        changed(standing.installation, 3)
        number = one(write_back(standing.desired))
        changed(standing.installation, 4)
        pass_days(standing.installation, 15)
        assert standing.installation.environment(NAME).state is EnvironmentState.EXPIRING
        assert write_back(standing.desired) == ()
        assert standing.model.pulls[number].open

    def test_a_file_that_never_came_is_not_wanted_after_the_end(self, house: House) -> None:
        """The pull request that brought it closes by itself."""
        house.installation.make_ready()
        number = one(write_back(house.desired))
        requests.terminate(house.installation.ports, NAME, UNIT, "not needed any more")
        house.installation.run_all()
        assert write_back(house.desired) == ()
        assert not house.model.pulls[number].open

    def test_a_file_that_came_back_is_somebodys_wish(self, standing: House) -> None:
        """Its environment was ended by git itself; it is not taken away again."""
        standing.merged({"README.md": "nothing is left\n"})
        standing.carried_out()
        assert standing.installation.environment(NAME).state is EnvironmentState.RETIRED
        files = {PATH: wanted(1)}
        standing.merge(standing.propose(files), files)
        standing.follow()
        assert write_back(standing.desired) == ()


class TestDrift:
    """What somebody changed by hand, where the rulebook leaves the decision to people."""

    def test_a_file_that_says_what_was_found_is_proposed(self, standing: House) -> None:
        """With what no file can say beside it; its merge asks for a change, which approves what is there."""
        resized(standing.installation)
        found(standing.installation, "drift-2", kind="router", name="router", drift="missing", properties=[])
        number = one(write_back(standing.desired))
        text = proposed(standing)
        assert differing(wanted(1), text)[-1].strip() == "+   roles: {db: {flavor: m1.tiny}, web: {count: 1}}"
        said = standing.model.pulls[number].text
        assert "environment.roles.db.flavor: m1.small -> m1.tiny" in said
        assert "missing: router router" in said
        assert f"`tenure drift mend {NAME}`" in said
        assert write_back(standing.desired) == ()
        standing.merged({PATH: text})
        standing.carried_out()
        assert standing.requests()[0].kind is Kind.CHANGE
        assert standing.installation.environment(NAME).spec.role("db").flavor == "m1.tiny"
        assert write_back(standing.desired) == ()

    def test_it_is_closed_when_the_drift_is_gone(self, standing: House) -> None:
        """Mended, or vouched for; when it comes back it is proposed again."""
        drift = resized(standing.installation)
        settled: Settled = {}
        number = one(write_back(standing.desired, settled))
        now = standing.installation.clock.now()
        kept(standing.installation, drift, gone_at=now)
        assert write_back(standing.desired, settled) == ()
        assert not standing.model.pulls[number].open
        resized(standing.installation)
        assert one(write_back(standing.desired, settled)) > number
        word = Suppression(by=OFFICE, reason="a test", at=now, until=now + DAY)
        kept(standing.installation, drift, suppression=word)
        assert write_back(standing.desired, settled) == ()
        assert not any(pull.open for pull in standing.model.pulls.values())

    def test_it_begins_anew_when_the_file_has_moved(self, standing: House) -> None:
        """A pull request from before might not fit any more; the new one has the file's newest words."""
        resized(standing.installation)
        number = one(write_back(standing.desired))
        standing.merged({PATH: "# ask the duty office\n" + wanted(1)})
        standing.follow()
        assert one(write_back(standing.desired)) > number
        assert not standing.model.pulls[number].open
        assert proposed(standing).startswith("# ask the duty office\n")
        assert write_back(standing.desired) == ()

    @pytest.mark.parametrize(
        "facts",
        [
            {"drift": "missing", "kind": "router", "name": "router", "properties": []},
            {"drift": "extra", "kind": "volume", "name": "beside", "properties": []},
            {"kind": "port", "name": "port-db-1"},
        ],
    )
    def test_what_no_file_can_say_makes_no_pull_request(self, standing: House, facts: dict[str, Any]) -> None:
        """An empty one would be no help: the notice names the mend."""
        found(standing.installation, **facts)
        assert write_back(standing.desired) == ()

    def test_what_a_rule_forbids_is_not_proposed(self, standing: House) -> None:
        """The blueprint has no such flavor; neither may anybody's file say it."""
        resized(standing.installation, "m1.huge")
        assert write_back(standing.desired) == ()

    def test_nothing_is_proposed_before_people_were_told(self, standing: House) -> None:
        """In the quiet hours, and before the engine has looked; nor while something that held data is missing."""
        resized(standing.installation, told_at=None)
        assert write_back(standing.desired) == ()
        resized(standing.installation, exact="")
        assert write_back(standing.desired) == ()
        resized(standing.installation)
        lost = {"drift": "missing", "kind": "volume", "name": "volume-db-1-data", "properties": [], "stateful": True}
        found(standing.installation, "drift-2", **lost)
        assert write_back(standing.desired) == ()
