"""``tenure request``: ask for something, and decide on what was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.follow import follow_request
from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.material import register as register_material
from orchestrator.cli.output import JsonFlag, emit, is_json, local, report_findings, say, suggest, table, use_json
from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.lifecycle import RequestState
from orchestrator.domain.records import Request, Role
from orchestrator.domain.rulebook import missing_material
from orchestrator.domain.submission import submission_from_data

app = typer.Typer(no_args_is_help=True, help="Requests: submit, accept, reject, review, list, show.")
register_material(app)

RequestId = Annotated[str, typer.Argument(help="Id of the request, req-…")]
Wait = Annotated[bool, typer.Option("--wait", help="Stay and show what happens until the work is over.")]


@app.command("submit")
def submit(
    file: Annotated[Path, typer.Argument(help="The request as YAML; see templates/examples/.")],
    role: RoleOption = Role.UNIT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and change nothing.")] = False,
    wait: Wait = False,
    json: JsonFlag = False,
) -> None:
    """Submit a request; the plan is made at once, the work waits for the decisions."""
    use_json(json)
    from orchestrator.adapters.documents import read_request_file
    from orchestrator.workflows.requests import submit as submit_request

    installation = open_installation()
    library = installation.ports.library
    submission = read_request_file(file, library)
    report_findings(missing_material(submission, library.rulebook()), "incomplete")
    if dry_run:
        _show_checked(submission.environment_name, str(submission.kind))
        return
    made = submit_request(installation.ports, submission, actor(role))
    _show(made)
    if wait:
        follow_request(installation.ports.records, made.id)
    elif not is_json():
        suggest(f"tenure request show {made.id}", "the plan")
        suggest(f"tenure request accept {made.id} --as office")


def _show_checked(environment: str, kind: str) -> None:
    if is_json():
        emit("checked", {"kind": kind, "environment": environment, "changed": False})
    else:
        say(f"{kind} request for {environment}: valid; nothing was changed (--dry-run)")


@app.command("accept")
def accept(request_id: RequestId, role: RoleOption = Role.OFFICE, json: JsonFlag = False) -> None:
    """Accept a request as complete and reasonable (Art. 12)."""
    use_json(json)
    from orchestrator.workflows.requests import accept as accept_request

    _show(accept_request(open_installation().ports, request_id, actor(role)))
    suggest(f"tenure request review {request_id} --as office")


@app.command("reject")
def reject(
    request_id: RequestId,
    reason: Annotated[str, typer.Option("--reason", help="Why; the unit reads it and may submit again (Art. 12).")],
    role: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """Reject a request, with reasons (Art. 12)."""
    use_json(json)
    from orchestrator.workflows.requests import reject as reject_request

    _show(reject_request(open_installation().ports, request_id, actor(role), reason))


@app.command("review")
def review(
    request_id: RequestId,
    plan: Annotated[str, typer.Option("--plan", help="Digest of the plan that you sign; default: the newest.")] = "",
    role: RoleOption = Role.OFFICE,
    wait: Wait = False,
    json: JsonFlag = False,
) -> None:
    """Give the favourable review opinion (Art. 12); the work starts."""
    use_json(json)
    from orchestrator.workflows.requests import review as review_request

    installation = open_installation()
    done = review_request(installation.ports, request_id, actor(role), plan)
    _show(done)
    if wait:
        follow_request(installation.ports.records, request_id)
    else:
        suggest(f"tenure operation list --environment {done.environment}")


@app.command("list")
def list_requests(
    state: Annotated[str | None, typer.Option(help="Only requests in this state.")] = None,
    environment: Annotated[str | None, typer.Option(help="Only requests on this environment.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    json: JsonFlag = False,
) -> None:
    """List requests, newest first."""
    use_json(json)

    with open_installation().records.read() as tx:
        found = tx.requests.list(state=state, environment=environment, limit=limit)
    if is_json():
        for item in found:
            emit("request", item)
        return
    rows = [(r.id, str(r.kind), r.environment, str(r.state), local(r.submitted_at), r.reason) for r in found]
    table(("id", "kind", "environment", "state", "submitted", "reason"), rows, empty="no requests")


@app.command("show")
def show(request_id: RequestId, json: JsonFlag = False) -> None:
    """Show one request: state, decisions, dates and operations."""
    use_json(json)

    with open_installation().records.read() as tx:
        found = tx.requests.get(request_id)
        deadlines = tx.deadlines.of(request_id)
        operations = tx.operations.list(request=request_id)
    _show(found)
    if found.state is RequestState.SUBMITTED:
        report_findings(_missing(found), "incomplete")
    for deadline in deadlines:
        if is_json():
            emit("deadline", deadline)
        else:
            state = f"met {local(deadline.met_at)}" if deadline.met_at else "open"
            mark = " (provisional)" if deadline.provisional else ""
            say(f"  due        {local(deadline.due_at)}{mark}  {deadline.kind} ({deadline.article}), {state}")
    for operation in operations:
        if is_json():
            emit("operation", operation)
        else:
            say(f"  operation  {operation.id}  {operation.kind}: {operation.state}")
            if operation.error:
                say(f"             [red]{operation.error.summary}[/red]")


def _missing(found: Request) -> tuple[Diagnostic, ...]:
    return missing_material(submission_from_data(found.content), open_installation().ports.library.rulebook())


def _show(found: Request) -> None:
    if is_json():
        emit("request", found)
        return
    say(f"[bold]{found.id}[/bold]  {found.kind} for {found.environment}: [bold]{found.state}[/bold]")
    say(f"  reason     {found.reason}")
    say(f"  submitted  {local(found.submitted_at)} by {found.submitted_by.name} ({found.submitted_by.role})")
    for decision in found.decisions:
        why = f": {decision.reasons}" if decision.reasons else ""
        say(f"  {decision.verdict:<9}  {local(decision.at)} by {decision.by.name} ({decision.by.role}){why}")
        if decision.bound_to:
            say(f"             signs {decision.bound_to}")
    if found.outcome:
        say(f"  outcome    {found.outcome}")
