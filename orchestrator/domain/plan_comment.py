"""A git plan as one Markdown comment, which is edited in place as the pull request goes on.

What is destroyed stands first, then the sums, then one folded tree per environment. A comment that grows too long is
cut between lines: the summary, the digest and every closing tag stay.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from orchestrator.domain.calendar import last_day
from orchestrator.domain.duties import DUTIES, ROLES, Words
from orchestrator.domain.errors import Diagnostic, Severity
from orchestrator.domain.git_plan import Depth, EnvironmentPlan, FollowingDate, GitPlan, Standing
from orchestrator.domain.markdown import code, fence
from orchestrator.domain.plan import Action, Plan, PlannedStep
from orchestrator.domain.plan_comment_words import (
    ACTIONS,
    CHANGES,
    KINDS,
    PHRASES,
    STANDINGS,
    WEIGHTS,
    Language,
    Say,
    article_in,
)
from orchestrator.domain.records import Kind
from orchestrator.domain.spec import Totals
from orchestrator.domain.tree import FileChange

MARKER = "<!-- tenure:plan -->"
"""Stands first; by it a forge's comment is found again."""

LONGEST_CHARACTERS = 65_536
"""What GitHub takes."""

SHORTEST_CHARACTERS = 16_384
"""Below this a summary may not fit."""

OPEN_UP_TO_LINES = 12
"""A longer tree is folded."""

MOST_NAMED = 10
URL_SIGNS = ":/?#[]@!$&'()*+,;=%"
MIB_PER_GIB = 1024
SIGNS = {Action.CREATE: "+", Action.UPDATE: "!", Action.REPLACE: "-/+", Action.DELETE: "-"}


@dataclass(frozen=True)
class _Block:
    """Lines that are cut together: the first and the last stay when some between them go."""

    first: str = ""
    lines: tuple[str, ...] = ()
    last: str = ""

    def text(self, lines: Iterable[str]) -> str:
        return "\n".join((*filter(None, (self.first,)), *lines, *filter(None, (self.last,)))) + "\n\n"


def comment(plan: GitPlan, language: Language, *, longest_characters: int = LONGEST_CHARACTERS, link: str = "") -> str:
    """Give the comment, of so many characters at most; ``link`` leads to the whole plan.

    Raises ValueError when ``longest_characters`` is below :data:`SHORTEST_CHARACTERS`.
    """
    if longest_characters < SHORTEST_CHARACTERS:
        raise ValueError(f"a summary may need {SHORTEST_CHARACTERS} characters, {longest_characters} are given")
    writer = _Writer(plan, language)
    head, foot, foot_of_all = writer.head(), writer.foot(link or writer.command()), writer.foot(link)
    whole = "".join(writer.fitting(sys.maxsize))
    if len(head) + len(whole) + len(foot_of_all) <= longest_characters:
        return head + whole + foot_of_all
    return head + "".join(writer.fitting(longest_characters - len(head) - len(foot))) + foot


@dataclass(frozen=True)
class _Writer:
    plan: GitPlan
    language: Language

    def _word(self, words: Words) -> str:
        return words.zh if self.language is Language.ZH else words.en

    def _say(self, phrase: Say) -> str:
        return self._word(PHRASES[phrase])

    def head(self) -> str:
        """Give what is never cut: what is destroyed, the sums, and what stands against the whole."""
        plans = self.plan.environments
        title = f"{self._say(Say.COUNT)}: {len(plans)}" if plans else self._say(Say.NOTHING)
        lines = [MARKER, f"### {self._say(Say.TITLE)} · {title}", ""]
        lines += self._destroyed()
        lines += [self._sums(), "", f"{'✅' if self.plan.good else '❌'} {self._verdict()}", ""]
        lines += self._named([self._finding(fault) for fault in self.plan.faults])
        return "\n".join((*lines, "", ""))

    def _verdict(self) -> str:
        if not self.plan.good:
            return self._say(Say.REFUSED)
        return self._say(Say.VALIDATED if self.plan.depth is Depth.VALIDATE else Say.ALL_GOOD)

    def _destroyed(self) -> list[str]:
        lost = [(one.environment, step) for one in self.plan.environments if one.plan for step in one.plan.destroys]
        if not lost:
            return []
        named = [f"- **{name} · {code(step.name)}** ({self._word(ACTIONS[step.action])})" for name, step in lost]
        return [f"**⚠ {self._say(Say.DESTROYS)}: {len(lost)}**", "", *self._named(named), ""]

    def _named(self, lines: list[str]) -> list[str]:
        more = len(lines) - MOST_NAMED
        return [*lines[:MOST_NAMED], *([f"- … {more} {self._say(Say.MORE)}"] if more > 0 else [])]

    def _sums(self) -> str:
        counts = ", ".join(f"{self.plan.count(action)} {self._word(words)}" for action, words in ACTIONS.items())
        return f"{counts} · {self._say(Say.COST)}: {self._cost(self.plan.effect)}"

    def _cost(self, effect: Totals) -> str:
        return ", ".join(self._amounts(effect)) or self._say(Say.NO_DIFFERENCE)

    def _amounts(self, effect: Totals) -> list[str]:
        """Give what comes on top of what there is, or less; what stays as it is goes without saying."""
        amounts = {
            Say.VCPU: effect.vcpus,
            Say.MEMORY: effect.ram_mib / MIB_PER_GIB,
            Say.VOLUMES: effect.volume_gib,
            Say.ADDRESSES: effect.addresses,
        }
        return [self._say(phrase).format(amount) for phrase, amount in amounts.items() if amount]

    def command(self) -> str:
        """Give the command that shows the whole plan, for where no page does."""
        return f"tenure plan --git {self.plan.base[:12]}..{self.plan.head[:12]}"

    def foot(self, way: str) -> str:
        """Give what stands last and is never cut: digest, commits, and the way to the whole plan.

        Args:
            way: An address or a command; empty when all of it stands here.
        """
        lines = [
            f"{self._say(Say.DIGEST)}: `{self.plan.digest}`",
            f"{self._say(Say.COMMITS)}: `{self.plan.base[:12]}..{self.plan.head[:12]}`",
        ]
        if way == self.command():
            lines.append(f"{self._say(Say.LINK)}: `{way}`")
        elif way:
            lines.append(f"[{self._say(Say.LINK)}](<{quote(way, safe=URL_SIGNS)}>)")
        return "<br>\n".join(lines) + "\n"

    def fitting(self, room: int) -> Iterator[str]:
        """Give the environments' sections as far as there is room, what matters most first."""
        in_order = sorted(self.plan.environments, key=_weight)
        notice = 100
        left = room - notice
        for index, one in enumerate(in_order):
            opening, closing = self._summary(one), "</details>\n\n"
            inside = left - len(opening) - len(closing)
            if inside < notice:
                yield f"… {len(in_order) - index} {self._say(Say.MORE)}\n\n"
                return
            body = "".join(self._cut(tuple(self._blocks(one)), inside))
            left = inside - len(body)
            yield opening + body + closing

    def _cut(self, blocks: tuple[_Block, ...], room: int) -> Iterator[str]:
        """Give blocks as far as there is room; one that is too long loses its last lines, and the rest is left out."""
        for block in blocks:
            whole = block.text(block.lines)
            if len(whole) <= room:
                room -= len(whole)
                yield whole
                continue
            kept: list[str] = []
            spare = room - len(block.text(())) - 40
            for line in block.lines:
                spare -= len(line) + 1
                if spare < 0:
                    break
                kept.append(line)
            if kept:
                yield block.text((*kept, f"… {len(block.lines) - len(kept)} {self._say(Say.MORE_LINES)}"))
            return

    def _summary(self, one: EnvironmentPlan) -> str:
        """Give the line that is seen while a section is folded; names in it are nothing but letters and hyphens."""
        facts = [self._word(CHANGES[one.change]), self._word(STANDINGS[one.standing])]
        facts += [self._word(KINDS[one.kind])] if one.kind else []
        facts += [self._word(WEIGHTS[one.weight])] if one.weight else []
        amounts = ", ".join(self._amounts(one.plan.effect)) if one.plan else ""
        facts += [_counts(one.plan)] if one.plan else []
        facts += [amounts] if amounts else []
        lines = len(one.plan.changes) if one.plan else len(one.findings)
        state = " open" if lines <= OPEN_UP_TO_LINES else ""
        sign = "✅" if one.good else "❌"
        return f"<details{state}><summary>{sign} <b>{one.environment}</b> · {' · '.join(facts)}</summary>\n\n"

    def _blocks(self, one: EnvironmentPlan) -> Iterator[_Block]:
        if one.kind is Kind.TERMINATE:
            yield _Block(self._say(Say.TERMINATION))
        if one.change is FileChange.RENAMED:
            yield _Block(f"{code(one.path)} ({self._say(Say.RENAMED)} {code(one.path_before)})")
        for finding in one.findings:
            yield from self._explained(finding)
        if one.plan is not None and one.plan.changes:
            yield _Block(*fence(self._tree(one.plan), "diff"))
        if one.dates:
            lines = tuple(self._date(date) for date in one.dates)
            yield _Block(f"{self._say(Say.DATES)} ({self._say(Say.DATES_NOTE)}):\n", lines)
        if one.kind is not None:
            who = ", ".join(self._word(ROLES[role]) for role in one.approvers)
            yield _Block(f"{self._say(Say.APPROVERS)}: {who}" if who else self._say(Say.BY_POLICY))

    def _explained(self, finding: Diagnostic) -> Iterator[_Block]:
        yield _Block(self._finding(finding))
        if finding.place is not None and finding.place.snippet:
            yield _Block(*fence(finding.place.snippet.splitlines()))

    def _finding(self, finding: Diagnostic) -> str:
        sign = "❌" if finding.severity is Severity.ERROR else "⚠️"
        parts = [f"- {sign} {code(finding.summary)}"]
        parts += [code(str(finding.place))] if finding.place else []
        parts += [code(finding.rule)] if finding.rule else []
        parts += [f"{self._say(Say.HINT)}: {code(finding.hint)}"] if finding.hint else []
        return " · ".join(parts)

    def _tree(self, plan: Plan) -> Iterator[str]:
        """Give the resources that change, by service, what is lost first."""
        groups: dict[str, list[PlannedStep]] = {}
        for step in sorted(plan.changes, key=lambda step: (not step.loses_data, step.type, step.name)):
            groups.setdefault(_service(step), []).append(step)
        for service, steps in groups.items():
            yield f"@@ {service} @@"
            yield from (self._line(step) for step in steps)

    def _line(self, step: PlannedStep) -> str:
        changed = f"  ({', '.join(step.changed)})" if step.changed else ""
        lost = f"  {self._say(Say.LOSES_DATA)}" if step.loses_data else ""
        return f"{SIGNS[step.action]} {step.name}  {step.type.rsplit(':', 1)[-1]}{changed}{lost}"

    def _date(self, date: FollowingDate) -> str:
        provisional = f" ({self._say(Say.PROVISIONAL)})" if date.provisional else ""
        article = article_in(date.article, self.language)
        return f"- {last_day(date.due_at)}{provisional} {self._word(DUTIES[date.kind].title)} ({article})"


def _counts(plan: Plan) -> str:
    return " ".join(f"{sign}{plan.count(action)}" for action, sign in SIGNS.items() if plan.count(action)) or "±0"


def _service(step: PlannedStep) -> str:
    return step.type.partition(":")[2].partition("/")[0] or step.type


def _weight(one: EnvironmentPlan) -> tuple[int, str]:
    """Sort what is refused first, then what destroys, then what changes."""
    if not one.good:
        return (0, one.environment)
    if one.plan is not None and one.plan.loses_data:
        return (1, one.environment)
    return (3 if one.standing is Standing.SAME else 2, one.environment)
