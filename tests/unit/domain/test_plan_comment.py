"""The comment of a git plan: what is destroyed first, cut without harm, and no stranger's text taken for markup."""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from orchestrator.domain.errors import Diagnostic, Place, Severity
from orchestrator.domain.git_plan import Depth, EnvironmentPlan, FollowingDate, GitPlan, Standing
from orchestrator.domain.markdown import LONGEST_TEXT, code, fence
from orchestrator.domain.plan import Action, Plan, PlannedStep
from orchestrator.domain.plan_comment import LONGEST_CHARACTERS, MARKER, SHORTEST_CHARACTERS, comment
from orchestrator.domain.plan_comment_words import Language, article_in
from orchestrator.domain.records import DeadlineKind, Kind, Role
from orchestrator.domain.texts import visible
from orchestrator.domain.tree import FileChange
from tests.unit.domain.plans import PLANS, a_plan

MADE_AT = datetime(2026, 3, 2, tzinfo=UTC)
HOSTILE = (
    "@office please approve",
    "closes #1",
    "</summary></details><script>alert(1)</script>",
    "``` </details>",
    "{{ 7 * 7 }} ${HOME} {% raw %}",
    "[click](https://evil.example)",
    "![](https://evil.example/pixel.png)",
    "<!-- tenure:plan -->",
    "| a | b |\n|---|---|",
    "# heading\n\n- list",
    "\u202etxt.exe \x1b[31mred\x00",
    "`",
    "\\`\\",
)
TEXTS = st.text(max_size=400) | st.sampled_from(HOSTILE)
MARKDOWN = MarkdownIt("commonmark")


def a_git_plan(*environments: EnvironmentPlan, faults: tuple[Diagnostic, ...] = ()) -> GitPlan:
    """Give a plan of these environments."""
    commits = {"base": "1" * 40, "head": "2" * 40}
    return GitPlan(**commits, depth=Depth.PREVIEW, environments=environments, faults=faults, made_at=MADE_AT)


def one_of(plan: Plan | None, name: str = "water-gauge-test", *findings: Diagnostic) -> EnvironmentPlan:
    """Give what would happen to one environment."""
    return EnvironmentPlan(
        environment=name,
        change=FileChange.CHANGED,
        path=f"environments/{name}.yaml",
        standing=Standing.PLANNED if plan else Standing.REFUSED,
        kind=Kind.CHANGE if plan else None,
        plan=plan,
        findings=findings,
        dates=(FollowingDate(kind=DeadlineKind.REVIEW, due_at=MADE_AT, article="Art. 15"),) if plan else (),
        approvers=(Role.OFFICE,) if plan else (),
    )


def a_step(name: str, action: Action, *, stateful: bool = False) -> PlannedStep:
    """Give a step on a volume."""
    kind = "openstack:blockstorage/volume:Volume"
    return PlannedStep(urn=f"urn:{name}", type=kind, name=name, action=action, stateful=stateful)


def many(count: int, steps: int) -> GitPlan:
    """Give a plan of so many environments with so many steps each."""
    plan = a_plan(tuple(a_step(f"volume-{n}", Action.DELETE, stateful=True) for n in range(steps)))
    return a_git_plan(*(one_of(plan, f"unit{n}-system-test") for n in range(count)))


@given(TEXTS)
def test_a_strangers_text_is_one_code_span_whatever_it_says(text: str) -> None:
    """Code is where no forge looks for mentions, references, HTML or commands."""
    (paragraph,) = (token for token in MARKDOWN.parse(f"- {code(text)} · end") if token.type == "inline")
    kinds = [child.type for child in paragraph.children or []]
    assert kinds == ["code_inline", "text"]
    shown = (paragraph.children or [])[0].content
    expected = visible(" ".join(text.splitlines()).replace("\t", " "))[:LONGEST_TEXT]
    assert shown.strip(" …") == expected.strip(" …") or not expected.strip()


@given(st.lists(TEXTS, max_size=8))
def test_no_line_ends_the_fence_that_it_stands_in(lines: list[str]) -> None:
    """A fence is longer than any run of backticks inside."""
    first, shown, last = fence(lines)
    tokens = MARKDOWN.parse("\n".join((first, *shown, last)) + "\nafter\n")
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("language", Language)
def test_what_a_file_says_never_becomes_markup(text: str, language: Language) -> None:
    """Summaries, hints, paths and snippets of a finding stay text, and the comment's own frame stays whole."""
    place = Place(file=text, line=1, column=1, snippet=f"   1 | {text}\n     | ^")
    finding = Diagnostic(summary=text, rule="text", hint=text, place=place)
    made = comment(a_git_plan(one_of(None, "water-gauge-test", finding), faults=(finding,)), language)
    html = MARKDOWN.render(made)
    outside = "".join(part.rpartition("</code>")[2] for part in html.split("<code"))
    for mark in ("@office", "closes #1", "<script", "evil.example", "<h1", "<table", "{{"):
        assert mark not in outside
    assert made.count(MARKER) == 1 or text == MARKER
    assert outside.count("<details") == outside.count("</details>") == 1


def test_what_is_destroyed_stands_first_and_bold() -> None:
    """Before any sum: nobody may miss it."""
    steps = (a_step("data", Action.DELETE, stateful=True), a_step("more", Action.CREATE))
    text = comment(a_git_plan(one_of(a_plan(steps))), Language.EN)
    assert "**⚠ destroyed with their data: 1**" in text
    assert text.index("destroyed") < text.index("1 to create")
    assert "- **water-gauge-test · `data`** (to delete)" in text
    assert text.startswith(MARKER)


def test_the_comment_speaks_both_languages() -> None:
    """With the official words in Chinese."""
    plan = a_git_plan(one_of(a_plan((a_step("data", Action.CREATE),))))
    zh, en = comment(plan, Language.ZH), comment(plan, Language.EN)
    for word in ("变更申请", "市电子政务办", "审核意见 (第十五条)", "1 新建", "内存 +0.5 GiB", "公网地址 +1"):
        assert word in zh
    for word in (
        "change request",
        "office",
        "review opinion (Art. 15)",
        "1 to create",
        "2026-03-02",
        "+0.5 GiB memory",
        "+1 addresses",
    ):
        assert word in en
    assert plan.digest in zh
    assert plan.digest in en


def test_a_long_tree_is_folded_and_a_short_one_open() -> None:
    """Above twelve lines."""
    assert "<details open>" in comment(many(1, 12), Language.EN)
    assert "<details>" in comment(many(1, 13), Language.EN)


def test_nothing_to_do_is_said_in_a_line() -> None:
    """A range that touches no environment."""
    text = comment(a_git_plan(), Language.EN)
    assert "no environment changes" in text
    assert "every check passed" in text


@pytest.mark.parametrize(("count", "steps"), [(1, 2500), (500, 8), (1000, 1)])
@pytest.mark.parametrize("longest", [SHORTEST_CHARACTERS, 30_000, LONGEST_CHARACTERS])
def test_a_long_comment_is_cut_without_harm(count: int, steps: int, longest: int) -> None:
    """It keeps its limit, summary, digest and every closing tag, and says how much is left out."""
    plan = many(count, steps)
    text = comment(plan, Language.ZH, longest_characters=longest, link="https://tenure.example/plans/1")
    assert len(text) <= longest
    assert_whole(text, plan)
    assert "未显示" in text
    assert "https://tenure.example/plans/1" in text


def test_a_comment_that_is_cut_says_how_to_see_the_rest() -> None:
    """By a command where there is no page; a whole one needs neither."""
    command = "the whole plan: `tenure plan --git 111111111111..222222222222`"
    assert command in comment(many(3, 1500), Language.EN)
    assert command not in comment(many(1, 1), Language.EN)


def test_what_costs_no_more_and_no_less_says_so() -> None:
    """And of what differs only that is told which does."""
    plan = a_plan((a_step("data", Action.UPDATE),))
    same = plan.model_copy(update={"before": plan.totals})
    assert "cost: no difference" in comment(a_git_plan(one_of(same)), Language.EN)
    less = plan.totals.model_copy(update={"vcpus": plan.totals.vcpus + 2})
    assert "cost: -2 vCPU\n" in comment(a_git_plan(one_of(plan.model_copy(update={"before": less}))), Language.EN)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Art. 9", "第九条"),
        ("Art. 10", "第十条"),
        ("Art. 20, 46", "第二十条、第四十六条"),
        ("policy", "本市规定"),
    ],
)
def test_articles_are_written_as_the_language_does(text: str, shown: str) -> None:
    """The regulation's own numerals in Chinese."""
    assert article_in(text, Language.ZH) == shown
    assert article_in(text, Language.EN) == text


@settings(max_examples=25)
@given(st.lists(PLANS, max_size=3), st.integers(SHORTEST_CHARACTERS, LONGEST_CHARACTERS), st.sampled_from(Language))
def test_any_comment_keeps_its_limit_and_its_frame(plans: list[Plan], longest: int, language: Language) -> None:
    """Whatever is planned."""
    plan = a_git_plan(*(one_of(each, f"unit{n}-system-test") for n, each in enumerate(plans)))
    text = comment(plan, language, longest_characters=longest)
    assert len(text) <= longest
    assert_whole(text, plan)


def test_findings_of_every_weight_are_told_with_rule_and_hint() -> None:
    """An error refuses, a warning does not."""
    warning = Diagnostic(severity=Severity.WARNING, summary="no report", rule="Art. 11", hint="attach it")
    text = comment(a_git_plan(one_of(a_plan(()), "water-gauge-test", warning)), Language.EN)
    assert "- ⚠️ `no report` · `Art. 11` · hint: `attach it`" in text
    assert "every check passed" in text


def test_a_limit_that_no_summary_fits_into_is_refused() -> None:
    """Rather than a comment without its digest."""
    with pytest.raises(ValueError, match="may need"):
        comment(a_git_plan(), Language.EN, longest_characters=SHORTEST_CHARACTERS - 1)


def assert_whole(text: str, plan: GitPlan) -> None:
    """Check that nothing of the frame was cut."""
    assert text.startswith(MARKER)
    assert plan.digest in text
    assert text.count("<details") == text.count("</details>") == text.count("</summary>")
    tokens = MARKDOWN.parse(text)
    fences = [token for token in tokens if token.type == "fence"]
    assert all("</details>" not in unescape(token.content) for token in fences)
