"""What a range of commits would do: each environment that changed, and by which request."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.domain.errors import BadInputError, Diagnostic
from orchestrator.domain.git_plan import Depth, GitPlan, Standing
from orchestrator.domain.records import DeadlineKind, Kind, Role
from orchestrator.domain.tree import FileChange
from orchestrator.workflows.git_plan import MOST_PREVIEWS, GitCheck
from tests.fakes.installation import Installation
from tests.fakes.previews import FakePreviews
from tests.git import Written, a_file
from tests.integration.git.conftest import Ask

NAME = "archives-catalogue-test"
PATH = f"environments/{NAME}.yaml"
OTHER = {"environments/civil-eldercare-test.yaml": a_file("civil", "eldercare")}


def rules(plan: GitPlan) -> set[str | None]:
    """Give the rules of every finding."""
    return {finding.rule for one in plan.environments for finding in one.findings} | {
        fault.rule for fault in plan.faults
    }


def test_a_new_file_asks_for_its_environment_and_is_previewed(written: Written, ask: Ask) -> None:
    """With the request, its dates, and who decides."""
    base = written.commit({**OTHER, "README.md": "ours"})
    head = written.commit({**OTHER, "README.md": "ours", PATH: a_file()}, base)
    plan = ask(base, head)
    (one,) = plan.environments
    assert (one.environment, one.change, one.kind, one.standing) == (
        NAME,
        FileChange.ADDED,
        Kind.TEST,
        Standing.PLANNED,
    )
    assert one.plan is not None
    assert one.plan.effect.vcpus == 1
    assert one.approvers == (Role.OFFICE,)
    assert [date.kind for date in one.dates][:3] == [
        DeadlineKind.ACCEPTANCE,
        DeadlineKind.REVIEW,
        DeadlineKind.PROVISION,
    ]
    assert list(one.dates) == sorted(one.dates, key=lambda date: date.due_at)
    assert plan.good
    assert plan.has_changes


def test_asking_stores_nothing(written: Written, ask: Ask, installation: Installation) -> None:
    """No environment, no request, no operation, no audit entry."""
    base = written.commit(OTHER)
    ask(base, written.commit({**OTHER, PATH: a_file()}, base))
    with installation.records.read() as tx:
        assert tx.environments.find(NAME) is None
        assert tx.requests.list() == ()
        assert tx.operations.list() == ()
        assert tx.audit.list(limit=10) == ()


def test_validation_alone_looks_at_neither_records_nor_cloud(written: Written, check: GitCheck, ask: Ask) -> None:
    """For forks and outsiders: they learn whether the rules are kept, and nothing of what is there."""
    base = written.commit(OTHER)
    head = written.commit({**OTHER, PATH: a_file()}, base)
    (one,) = ask(base, head, Depth.VALIDATE).environments
    assert (one.standing, one.kind, one.plan, one.dates) == (Standing.VALID, None, None, ())
    assert isinstance(check.previews, FakePreviews)
    assert check.previews.asked == []


def test_a_changed_file_asks_for_a_change_of_a_running_environment(
    written: Written, ask: Ask, installation: Installation
) -> None:
    """And what came by another door is told to be taken over."""
    installation.make_ready()
    base = written.commit({PATH: a_file()})
    wider = a_file().replace("[198.51.100.0/24]", "[198.51.100.0/24, 10.0.0.0/8]")
    (one,) = ask(base, written.commit({PATH: wider}, base)).environments
    assert (one.change, one.kind, one.standing) == (FileChange.CHANGED, Kind.CHANGE, Standing.PLANNED)
    assert one.weight == "major"
    assert "git/managed-by" in {finding.rule for finding in one.findings}


def test_a_comment_changes_nothing(written: Written, ask: Ask, installation: Installation) -> None:
    """The environment is already what the file says."""
    installation.make_ready()
    base = written.commit({PATH: a_file()})
    plan = ask(base, written.commit({PATH: "# 二期\n" + a_file()}, base))
    assert [one.standing for one in plan.environments] == [Standing.SAME]
    assert plan.good
    assert not plan.has_changes


def test_a_removed_file_asks_for_the_end_and_shows_what_goes(
    written: Written, ask: Ask, installation: Installation
) -> None:
    """It is a termination request; nothing is deleted by it."""
    installation.make_ready()
    base = written.commit({**OTHER, PATH: a_file()})
    (one,) = ask(base, written.commit(OTHER, base)).environments
    assert (one.change, one.kind, one.path) == (FileChange.REMOVED, Kind.TERMINATE, PATH)
    assert one.plan is not None
    assert {step.action for step in one.plan.steps} == {"delete"}
    assert one.plan.effect.vcpus == -1
    assert installation.environment(NAME).state == "ready"


def test_a_removed_file_of_what_never_was_asks_for_nothing(written: Written, ask: Ask) -> None:
    """There is nothing to end."""
    base = written.commit({**OTHER, PATH: a_file()})
    (one,) = ask(base, written.commit(OTHER, base)).environments
    assert (one.standing, one.kind) == (Standing.SAME, None)


def test_a_file_that_moves_is_renamed_and_asks_for_nothing_else(
    written: Written, ask: Ask, installation: Installation
) -> None:
    """An environment is known by its file's name, wherever it stands."""
    installation.make_ready()
    base = written.commit({PATH: a_file()})
    moved = f"environments/archives/{NAME}.yaml"
    (one,) = ask(base, written.commit({moved: a_file()}, base)).environments
    assert (one.change, one.path, one.path_before) == (FileChange.RENAMED, moved, PATH)
    assert one.standing is Standing.SAME


def test_what_came_to_the_base_meanwhile_is_not_the_branchs_doing(written: Written, ask: Ask) -> None:
    """Changes count from where the branch left; an environment that both changed is told."""
    base = written.commit(OTHER)
    head = written.commit({**OTHER, PATH: a_file()}, base)
    newer = written.commit({PATH: a_file(extra="# main\n"), "environments/tax-forms-test.yaml": a_file()}, base)
    plan = ask(newer, head)
    assert [one.environment for one in plan.environments] == [NAME]
    assert plan.base == base
    assert "git/overtaken" in rules(plan)
    assert plan.good


def test_a_revert_asks_for_what_was(written: Written, ask: Ask, installation: Installation) -> None:
    """A reverted change is a change back."""
    installation.make_ready()
    base = written.commit({PATH: a_file()})
    wider = a_file().replace("[198.51.100.0/24]", "[198.51.100.0/24, 10.0.0.0/8]")
    changed = written.commit({PATH: wider}, base)
    (one,) = ask(changed, written.commit({PATH: a_file()}, changed)).environments
    assert one.standing is Standing.SAME  # the change was never carried out


def test_production_begins_as_a_trial(written: Written, ask: Ask) -> None:
    """No request leads to a production environment that never was a trial (Art. 14)."""
    path = "environments/archives-catalogue-live.yaml"
    base = written.commit(OTHER)
    (one,) = ask(base, written.commit({**OTHER, path: a_file(stage="production")}, base)).environments
    assert one.standing is Standing.REFUSED
    assert one.findings[0].rule == "Art. 14"
    assert one.findings[0].place is not None
    assert one.findings[0].place.line == 4


def test_a_file_that_only_shows_what_the_hook_manages_may_not_change_it(
    written: Written, ask: Ask, installation: Installation
) -> None:
    """The conflict is told with a way out."""
    installation.make_ready()
    mirror = a_file(extra="managed_by: hook\n")
    base = written.commit({PATH: mirror})
    wider = mirror.replace("[198.51.100.0/24]", "[198.51.100.0/24, 10.0.0.0/8]")
    (one,) = ask(base, written.commit({PATH: wider}, base)).environments
    assert one.standing is Standing.REFUSED
    assert one.findings[0].rule == "git/managed-by"
    (same,) = ask(base, written.commit({PATH: mirror + "# seen\n"}, base)).environments
    assert same.standing is Standing.SAME


def test_the_file_of_what_the_hook_manages_may_not_go(written: Written, ask: Ask, installation: Installation) -> None:
    """It shows an environment whose end is asked for elsewhere; a broken file may always go."""
    installation.make_ready()
    base = written.commit({**OTHER, PATH: a_file(extra="managed_by: hook\n")})
    (one,) = ask(base, written.commit(OTHER, base)).environments
    assert (one.standing, one.kind) == (Standing.REFUSED, None)
    assert one.findings[0].rule == "git/managed-by"
    broken = written.commit({**OTHER, "environments/civil-old-test.yaml": "broken: ["})
    assert ask(broken, written.commit(OTHER, broken)).good


def test_what_the_cloud_lacks_is_told(written: Written, ask: Ask, installation: Installation) -> None:
    """Capacity is compared before anybody reviews."""
    installation.inventory.faults = (Diagnostic(summary="no room for 1 more host", rule="capacity"),)
    base = written.commit(OTHER)
    (one,) = ask(base, written.commit({**OTHER, PATH: a_file()}, base)).environments
    assert one.standing is Standing.REFUSED
    assert "no room" in one.findings[0].summary


@pytest.mark.parametrize("revision", ["no-such-branch", "--output=/tmp/x", "main@{upstream}", "", "a b"])
def test_a_revision_that_is_none_is_refused(written: Written, ask: Ask, revision: str) -> None:
    """Options are no revisions."""
    head = written.commit(OTHER)
    with pytest.raises(BadInputError):
        ask(revision, head)


def test_histories_without_a_common_commit_are_refused(written: Written, ask: Ask) -> None:
    """Nobody can say what such a branch has added."""
    with pytest.raises(BadInputError, match="no commit in common"):
        ask(written.commit(OTHER), written.commit({**OTHER, PATH: a_file()}))


def test_the_digest_names_head_requests_and_plans_and_no_time(
    written: Written, ask: Ask, installation: Installation
) -> None:
    """The same asked twice has the same digest; another commit has another."""
    base = written.commit(OTHER)
    head = written.commit({**OTHER, PATH: a_file()}, base)
    first = ask(base, head).digest
    installation.clock.advance(timedelta(days=1))
    assert ask(base, head).digest == first
    other = written.commit({**OTHER, PATH: a_file(extra="# x\n")}, head)
    assert ask(base, other).digest != first


def test_five_hundred_changed_files_are_all_validated_and_the_first_previewed(
    written: Written, check: GitCheck, ask: Ask
) -> None:
    """And everybody is told that a review of so much is none."""
    many = {f"environments/unit{n}-system-test.yaml": a_file(f"unit{n}", "system") for n in range(200, 700)}
    base = written.commit(OTHER)
    plan = ask(base, written.commit({**OTHER, **many}, base))
    assert len(plan.environments) == 500
    assert isinstance(check.previews, FakePreviews)
    assert len(check.previews.asked) == MOST_PREVIEWS
    assert "git/previews" in rules(plan)
