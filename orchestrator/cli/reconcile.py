"""``tenure reconcile``: what was merged is asked for, and approvals of pull requests are taken over."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, emit, is_json, report, report_findings, say, suggest, table, use_json
from orchestrator.domain.errors import BusyError, ExitCode, Severity
from orchestrator.domain.merges import MergeState
from orchestrator.workflows.manner import Manner

if TYPE_CHECKING:
    from orchestrator.domain.merges import Merge, Reconciliation
    from orchestrator.workflows.desired import Desired
    from orchestrator.workflows.reconcile import Rewrite


def reconcile(
    once: Annotated[bool, typer.Option("--once", help="Look once; else again and again until Ctrl-C.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be asked for.")] = False,
    accept_rewrite: Annotated[
        bool, typer.Option("--accept-rewrite", help="Follow a branch whose history was written anew.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Follow the branch of desired state: each changed file becomes a request, once.

    A worker does this by itself; by hand it shows what it sees. Exit codes: 0 done, 3 something merged is refused, 4
    the branch was written anew or the forge is away.
    """
    use_json(json)
    from orchestrator.bootstrap_git import desired_state
    from orchestrator.workflows.reconcile import Rewrite

    installation = open_installation()
    desired = desired_state(installation)
    rewrite = Rewrite.ACCEPT if accept_rewrite else Rewrite.REFUSE
    manner = Manner.REHEARSAL if dry_run else Manner.FOR_GOOD
    refused = _round(desired, rewrite, manner)
    pause = installation.settings.forge_poll_seconds
    while not once and not dry_run and not threading.Event().wait(pause):
        try:
            refused = _round(desired, Rewrite.REFUSE, manner)
        except BusyError as error:  # a forge that is away comes back
            report(error)
    desired.forge.close()
    installation.close()
    raise typer.Exit(ExitCode.REFUSED if refused else ExitCode.DONE)


def _round(desired: Desired, rewrite: Rewrite, manner: Manner) -> bool:
    """Follow, lead on, and show; gives whether something that was merged just now is refused."""
    from orchestrator.workflows.merged import lead_on
    from orchestrator.workflows.reconcile import reconcile as follow

    found = follow(desired, rewrite=rewrite, manner=manner)
    moved = lead_on(desired) if manner is Manner.FOR_GOOD else ()
    newest = {merge.id: merge for merge in (*found.merges, *moved)}
    _show(found, tuple(newest.values()))
    wrong = any(fault.severity is Severity.ERROR for fault in found.faults)
    return wrong or any(merge.state is MergeState.REFUSED for merge in found.merges)


def _show(found: Reconciliation, merges: tuple[Merge, ...]) -> None:
    if is_json():
        emit("reconciliation", found.model_copy(update={"merges": merges}))
        return
    before = "nothing" if found.before is None else found.before[:12]
    say(f"{found.forge}/{found.branch}: {before} -> {found.commit[:12]}")
    report_findings(found.faults, "git")
    rows = [
        (merge.environment, str(merge.state), merge.request, f"#{merge.pull}" if merge.pull else "", merge.detail)
        for merge in merges
    ]
    table(("environment", "state", "request", "pull", ""), rows, empty="nothing new")
    asked = next((merge.request for merge in merges if merge.request), "")
    if asked:
        suggest(f"tenure request show {asked}")
