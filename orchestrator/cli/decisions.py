"""``tenure request accept|reject|ask|waive|confirm|review``: what office and unit decide and confirm."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli.follow import follow_request
from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, suggest, use_json
from orchestrator.cli.standing import show_outlook, show_request
from orchestrator.domain.gates import GateName
from orchestrator.domain.records import EvidenceKind, Role

RequestId = Annotated[str, typer.Argument(help="Id of the request, req-…")]
Wait = Annotated[bool, typer.Option("--wait", help="Stay and show what happens until the work is over.")]


def register(app: typer.Typer) -> None:
    """Add the commands to ``tenure request``."""
    app.command("accept")(accept)
    app.command("reject")(reject)
    app.command("ask")(ask)
    app.command("waive")(waive)
    app.command("confirm")(confirm)
    app.command("fixed")(fixed)
    app.command("review")(review)


def accept(
    request_id: RequestId,
    reason: Annotated[str, typer.Option("--reason", help="Needed when material is missing: why it goes on.")] = "",
    role: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """Accept a request as complete and reasonable (Art. 12); what is missing needs your reason (Art. 11)."""
    use_json(json)
    from orchestrator.workflows.requests import accept as accept_request

    show_request(accept_request(open_installation().ports, request_id, actor(role), reason))
    suggest(f"tenure request review {request_id} --as office")


def reject(
    request_id: RequestId,
    reason: Annotated[str, typer.Option("--reason", help="Why; the unit reads it and may submit again (Art. 12).")],
    role: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """Reject a request, with reasons (Art. 12)."""
    use_json(json)
    from orchestrator.workflows.requests import reject as reject_request

    show_request(reject_request(open_installation().ports, request_id, actor(role), reason))


def ask(
    request_id: RequestId,
    what: Annotated[str, typer.Option("--for", help="What the unit shall hand in.")],
    role: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """Ask the unit for further material (Art. 11); your clock stands still until it comes."""
    use_json(json)
    from orchestrator.workflows.requests import ask as ask_unit

    show_request(ask_unit(open_installation().ports, request_id, actor(role), what))


def waive(
    request_id: RequestId,
    gate: Annotated[GateName, typer.Option("--gate", help="The gate that is passed without its evidence.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays in the audit log under your name.")],
    role: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """Let a request pass a gate without its evidence: a named decision of the office."""
    use_json(json)
    from orchestrator.workflows.requests import outlook
    from orchestrator.workflows.requests import waive as waive_gate

    ports = open_installation().ports
    show_request(waive_gate(ports, request_id, gate, actor(role), reason))
    show_outlook(outlook(ports, request_id))


def confirm(
    request_id: RequestId,
    what: Annotated[EvidenceKind, typer.Argument(help="offline (the unit) or tests-passed (the office).")],
    reason: Annotated[str, typer.Option("--reason", help="What was done, and when.")],
    role: RoleOption = Role.UNIT,
    json: JsonFlag = False,
) -> None:
    """Confirm that the system is offline (Art. 16), or that a major change passed its tests (Art. 15)."""
    use_json(json)
    from orchestrator.workflows.requests import confirm as confirm_evidence

    found = confirm_evidence(open_installation().ports, request_id, what, actor(role), reason)
    show_request(found)
    if what is EvidenceKind.OFFLINE:
        suggest(f"tenure operation list --environment {found.environment}", "the final backup is under way")


def fixed(
    request_id: RequestId,
    reason: Annotated[str, typer.Option("--reason", help="How you know.")],
    role: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """Confirm that the finding of a low risk is fixed (Art. 37); its day opens no suspension any more."""
    use_json(json)
    from orchestrator.workflows.requests import confirm_fixed

    installation = open_installation()
    confirm_fixed(installation.ports, request_id, actor(role), reason)
    with installation.records.read() as tx:
        show_request(tx.requests.get(request_id))


def review(
    request_id: RequestId,
    plan: Annotated[str, typer.Option("--plan", help="Digest of the plan that you sign; default: the newest.")] = "",
    role: RoleOption = Role.OFFICE,
    wait: Wait = False,
    json: JsonFlag = False,
) -> None:
    """Give the favourable review opinion (Art. 12); the work starts, or waits for its window."""
    use_json(json)
    from orchestrator.workflows.requests import review as review_request

    installation = open_installation()
    done = review_request(installation.ports, request_id, actor(role), plan)
    show_request(done)
    if wait:
        follow_request(installation.ports.records, request_id)
    else:
        suggest(f"tenure operation list --environment {done.environment}")
