"""``tenure request``: ask for something, and decide on what was asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.decisions import register as register_decisions
from orchestrator.cli.follow import follow_request
from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.material import register as register_material
from orchestrator.cli.output import JsonFlag, emit, is_json, local, report_findings, say, suggest, table, use_json
from orchestrator.cli.plans import show_plan
from orchestrator.cli.standing import show_deadlines, show_outlook, show_request
from orchestrator.domain.errors import Diagnostic, NotFoundError, Severity
from orchestrator.domain.gates import missing_material
from orchestrator.domain.records import Request, Role

if TYPE_CHECKING:
    from orchestrator.domain.rulebook import Rulebook
    from orchestrator.domain.submission import Submission
    from orchestrator.workflows.context import Ports

app = typer.Typer(no_args_is_help=True, help="Requests: submit, decide, show what is missing, attach documents.")
register_decisions(app)
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
    if dry_run:
        _report_material(submission, library.rulebook())
        _show_checked(submission.environment_name, str(submission.kind))
        return
    made = submit_request(installation.ports, submission, actor(role))
    show_request(made)
    _report_gates(installation.ports, made)
    if wait:
        follow_request(installation.ports.records, made.id)
    elif not is_json():
        suggest(f"tenure request show {made.id}", "the plan")
        suggest(f"tenure request accept {made.id} --as office")


def _report_material(submission: Submission, rulebook: Rulebook) -> None:
    lacks = missing_material(submission.kind, submission.material, rulebook)
    rule = rulebook.admission.material
    findings = (
        Diagnostic(severity=Severity.WARNING, summary=lack, detail=rule.zh, field="material", rule=rule.article)
        for lack in lacks
    )
    report_findings(findings, "incomplete")


def _report_gates(ports: Ports, made: Request) -> None:
    """Say at once what is missing for the next decision."""
    from orchestrator.workflows.requests import outlook

    closed = tuple(gate for gate in outlook(ports, made.id).gates if not gate.open)
    findings = tuple(gate.diagnostic.model_copy(update={"severity": Severity.WARNING}) for gate in closed)
    report_findings(findings, "incomplete")


def _show_checked(environment: str, kind: str) -> None:
    if is_json():
        emit("checked", {"kind": kind, "environment": environment, "changed": False})
    else:
        say(f"{kind} request for {environment}: valid; nothing was changed (--dry-run)")


@app.command("resubmit")
def resubmit(
    request_id: RequestId,
    file: Annotated[Path, typer.Argument(help="The request with what the office found missing.")],
    role: RoleOption = Role.UNIT,
    json: JsonFlag = False,
) -> None:
    """Hand a rejected request in again (Art. 12); its clock goes on where it stood still."""
    use_json(json)
    from orchestrator.adapters.documents import read_request_file
    from orchestrator.workflows.requests import resubmit as resubmit_request

    installation = open_installation()
    submission = read_request_file(file, installation.ports.library)
    show_request(resubmit_request(installation.ports, request_id, submission, actor(role)))
    suggest(f"tenure request show {request_id}")


@app.command("supply")
def supply(
    request_id: RequestId,
    answer: Annotated[str, typer.Option("--answer", help="What you hand in or say; the office reads it.")],
    role: RoleOption = Role.UNIT,
    json: JsonFlag = False,
) -> None:
    """Answer what the office asked for (Art. 11); its clock goes on. Files: tenure request attach."""
    use_json(json)
    from orchestrator.workflows.requests import supply as supply_request

    show_request(supply_request(open_installation().ports, request_id, actor(role), answer))


@app.command("withdraw")
def withdraw(
    request_id: RequestId,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays on record.")],
    role: RoleOption = Role.UNIT,
    json: JsonFlag = False,
) -> None:
    """Take a request back before it is decided."""
    use_json(json)
    from orchestrator.workflows.requests import withdraw as withdraw_request

    show_request(withdraw_request(open_installation().ports, request_id, actor(role), reason))


@app.command("plan")
def plan(
    request_id: RequestId,
    again: Annotated[bool, typer.Option("--again", help="Have the plan made anew.")] = False,
    role: RoleOption = Role.PROVIDER,
    wait: Wait = False,
    json: JsonFlag = False,
) -> None:
    """Show the newest plan of a request, whose digest a review signs."""
    use_json(json)

    installation = open_installation()
    if again:
        from orchestrator.workflows.requests import replan

        replan(installation.ports, request_id, actor(role))
        if wait:
            follow_request(installation.records, request_id)
        return
    with installation.records.read() as tx:
        found = tx.requests.get(request_id)
        if not found.plan_digest:
            raise NotFoundError(f"{request_id} has no plan", hint=f"tenure operation list --request {request_id}")
        newest = tx.operations.plan(found.plan_digest)
    show_plan(newest)


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
    """Show one request: what is missing, who has to act, by when, and what happens if nobody does."""
    use_json(json)
    from orchestrator.workflows.requests import outlook

    installation = open_installation()
    with installation.records.read() as tx:
        found = tx.requests.get(request_id)
        deadlines = tx.deadlines.of(request_id)
        operations = tx.operations.list(request=request_id)
    show_request(found)
    show_outlook(outlook(installation.ports, request_id))
    show_deadlines(deadlines)
    for operation in operations:
        if is_json():
            emit("operation", operation)
        else:
            say(f"  operation  {operation.id}  {operation.kind}: {operation.state}")
            if operation.error:
                say(f"             [red]{operation.error.summary}[/red]")
