"""``tenure plan``: what a range of commits would do to environments, for pipelines of every forge."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, emit, is_json, report_findings, say, tell, use_json
from orchestrator.cli.plans import show_plan
from orchestrator.domain.errors import BadInputError, ExitCode
from orchestrator.domain.git_plan import Depth, Standing
from orchestrator.domain.plan import Action
from orchestrator.domain.plan_comment_words import Language

if TYPE_CHECKING:
    from orchestrator.bootstrap import Installation
    from orchestrator.domain.git_plan import EnvironmentPlan, GitPlan

LONGEST_SECONDS = 3600.0


@dataclass(frozen=True)
class Patience:
    """Implements :class:`orchestrator.ports.RunControl` for a command: it goes on until its time is over."""

    ends: float

    def cancelled(self) -> bool:
        """Never: who interrupts the command ends its children with it."""
        return False

    def valid_until(self) -> float:
        """Give the end on ``time.monotonic``'s scale."""
        return self.ends


def plan(
    git: Annotated[str, typer.Option("--git", help="BASE..HEAD: what HEAD has added since it left BASE.")],
    repository: Annotated[Path, typer.Option(help="A git repository; nothing of it is checked out.")] = Path(),
    markdown: Annotated[
        Path | None, typer.Option(help="Write the comment of a pull request to this file; - is standard output.")
    ] = None,
    language: Annotated[Language, typer.Option(help="Language of the comment.")] = Language.ZH,
    link: Annotated[str, typer.Option(help="Where the whole plan is, for a comment that is cut.")] = "",
    validate_only: Annotated[
        bool, typer.Option("--validate-only", help="Rules alone, without records, cloud and preview: for forks.")
    ] = False,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 6 when a merge would ask for something.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Say what a merge would do: parse and check only the environments that changed, and preview them.

    Nothing is stored, and the state of stacks is never written. Exit codes: 0 good, 1 no plan could be made, 2 bad
    range, 3 refused by a rule, 6 changes (with --detailed-exitcode).
    """
    use_json(json)
    base, head = _ends(git)
    depth = Depth.VALIDATE if validate_only else Depth.PREVIEW
    installation = open_installation()
    try:
        made = _planned(installation, repository, base, head, depth)
    finally:
        installation.close()
    if markdown is not None:
        _write(made, markdown, language, link)
    if markdown != Path("-"):
        _show(made)
    raise typer.Exit(_exit_code(made, ExitCode.CHANGES if detailed_exitcode else ExitCode.DONE))


def _ends(span: str) -> tuple[str, str]:
    base, dots, head = span.partition("..")
    head = head.removeprefix(".")
    if not dots or not base:
        raise BadInputError(
            f"{span!r} is no range of commits",
            field="git",
            rule="git/revision",
            hint="write BASE..HEAD, for instance origin/main..HEAD",
        )
    return base, head or "HEAD"


def _planned(installation: Installation, repository: Path, base: str, head: str, depth: Depth) -> GitPlan:
    from orchestrator.adapters.git import GitRepository
    from orchestrator.workflows.git_plan import plan_range

    check = installation.git_check(GitRepository(repository))
    return plan_range(check, base, head, depth, Patience(time.monotonic() + LONGEST_SECONDS))


def _write(made: GitPlan, file: Path, language: Language, link: str) -> None:
    from orchestrator.domain.plan_comment import comment

    text = comment(made, language, link=link)
    if file == Path("-"):
        typer.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"{file} can't be written: {error.strerror}", field="markdown") from None
    tell(f"wrote {file}")


def _show(made: GitPlan) -> None:
    report_findings(made.faults, "finding")
    for one in made.environments:
        _show_one(one)
    counts = {str(action): made.count(action) for action in Action}
    if is_json():
        facts = made.model_dump(mode="json", exclude={"environments", "faults"})
        sums = {"good": made.good, "has_changes": made.has_changes, "digest": made.digest, "counts": counts}
        emit("git_plan", {**facts, **sums, "effect": made.effect.model_dump(), "approvers": list(made.approvers)})
        return
    changed = ", ".join(f"{count} {action}" for action, count in counts.items() if count)
    span = f"{made.base[:12]}..{made.head[:12]}"
    say(f"[bold]environments: {len(made.environments)}[/bold] {span}: {changed or 'nothing'}")
    say(f"  digest     {made.digest}")


def _show_one(one: EnvironmentPlan) -> None:
    if is_json():
        emit("environment_plan", one.model_dump(mode="json", exclude={"plan", "findings"}))
        report_findings(one.findings, "finding")
    else:
        colour = "green" if one.good else "red"
        asks = f" · {one.kind} request" if one.kind else ""
        say(f"[{colour}]{one.standing}[/{colour}] [bold]{one.environment}[/bold] {one.change}{asks}")
        report_findings(one.findings, "finding")
    if one.plan is not None:
        show_plan(one.plan)


def _exit_code(made: GitPlan, changes: int) -> int:
    standings = {one.standing for one in made.environments}
    if not made.good:
        only_failed = Standing.FAILED in standings and Standing.REFUSED not in standings
        return ExitCode.FAILED if only_failed else ExitCode.REFUSED
    return changes if made.has_changes else ExitCode.DONE
