"""``tenure access``: who may enter hosts: grants for people, standing authorisations for jobs, sessions (Art. 36)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from orchestrator.cli.access_views import show_authorisations, show_grants, show_sessions
from orchestrator.cli.arguments import EnvironmentName
from orchestrator.cli.follow import follow_operation
from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, suggest, use_json
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.lifecycle import GrantState
from orchestrator.domain.records import JobKind, Role

app = typer.Typer(
    no_args_is_help=True,
    help="Entering hosts: request, approve, refuse, list, show, revoke, authorise, sessions, certify.",
)

GrantId = Annotated[str, typer.Argument(help="Id of the grant, gr-….")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays in the audit log.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Stay and show what happens.")]


def _now() -> datetime:
    """Grants follow real time, as certificates and hosts do."""
    return datetime.now(UTC)


@app.command("request")
def request(
    name: EnvironmentName,
    reason: Reason = "",
    minutes: Annotated[int, typer.Option("--minutes", min=1, help="For how long, from the second approval on.")] = 60,
    roles: Annotated[list[str] | None, typer.Option("--host-role", help="Hosts of this role only; repeat it.")] = None,
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Ask to enter hosts; unit and office approve it, and nobody approves his own."""
    use_json(json)
    from orchestrator.workflows.access import ask

    asked = ask(open_installation().ports, name, tuple(roles or ()), minutes, reason, actor(role), _now())
    show_grants((asked,))
    suggest(f"tenure access approve {asked.id} --as unit", "then another person --as office")


@app.command("approve")
def approve(grant_id: GrantId, role: RoleOption = Role.OFFICE, json: JsonFlag = False) -> None:
    """Approve for the unit or the office, as --as says; the second approval begins the time."""
    use_json(json)
    from orchestrator.workflows.access import approve as approve_grant

    signed = approve_grant(open_installation().ports, grant_id, actor(role), _now())
    show_grants((signed,))
    if signed.state is GrantState.GRANTED:
        suggest(f"tenure env ssh {signed.environment}", f"for {signed.person.name}")
    else:
        suggest(f"tenure access approve {grant_id} --as {'unit' if signed.by_unit is None else 'office'}")


@app.command("refuse")
def refuse(grant_id: GrantId, reason: Reason = "", role: RoleOption = Role.OFFICE, json: JsonFlag = False) -> None:
    """Refuse a request to enter; who made it takes it back by the same command."""
    use_json(json)
    from orchestrator.workflows.access import refuse as refuse_grant

    show_grants((refuse_grant(open_installation().ports, grant_id, reason, actor(role), _now()),))


@app.command("list")
def list_access(
    name: Annotated[str, typer.Argument(help="Only of this environment, with what its jobs may do.")] = "",
    state: Annotated[GrantState | None, typer.Option(help="Only grants in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    json: JsonFlag = False,
) -> None:
    """List grants, newest first, and the standing authorisations of an environment."""
    use_json(json)
    from orchestrator.workflows.access import settle

    ports = open_installation().ports
    settle(ports, _now())
    with ports.records.read() as tx:
        states = None if state is None else (state,)
        found = tx.grants.list(environment=name or None, states=states, limit=limit)
        held = tx.authorisations.of(subject_of(tx.environments.get(name))) if name else ()
    show_grants(found)
    if name:
        show_authorisations(held)


@app.command("show")
def show(grant_id: GrantId, json: JsonFlag = False) -> None:
    """Show one grant: who approved, until when, and the certificates that were issued for it."""
    use_json(json)
    from orchestrator.workflows.access import settle

    ports = open_installation().ports
    settle(ports, _now())
    with ports.records.read() as tx:
        found = tx.grants.get(grant_id)
    show_grants((found,), with_certificates=True)


@app.command("revoke")
def revoke(
    identifier: Annotated[str, typer.Argument(help="Id of a grant, gr-…, or of an authorisation, auth-….")],
    reason: Reason = "",
    role: RoleOption = Role.OFFICE,
    wait: Wait = True,
    json: JsonFlag = False,
) -> None:
    """Take a right back: the hosts refuse a grant's certificates from now on, and its sessions end."""
    use_json(json)
    from orchestrator.workflows import access, rights

    installation = open_installation()
    if identifier.startswith("auth-"):
        show_authorisations((rights.revoke(installation.ports, identifier, reason, actor(role)),))
        return
    revoked, operation = access.revoke(installation.ports, identifier, reason, actor(role), _now())
    show_grants((revoked,))
    if operation is not None and wait:
        follow_operation(installation.records, operation.id)
    elif operation is not None:
        suggest(f"tenure operation watch {operation.id}", "until then the hosts do not know of it")


@app.command("authorise")
def authorise(
    name: EnvironmentName,
    jobs: Annotated[list[JobKind] | None, typer.Option("--job", help="Kind of jobs; repeat it.")] = None,
    reason: Reason = "",
    role: RoleOption = Role.OFFICE,
    json: JsonFlag = False,
) -> None:
    """Agree for the unit or the office, as --as says, to kinds of jobs; both sides together let them enter."""
    use_json(json)
    from orchestrator.workflows.rights import authorise as authorise_jobs

    written = authorise_jobs(open_installation().ports, name, tuple(jobs or ()), reason, actor(role))
    show_authorisations(written)
    if any(not each.in_force for each in written):
        other = Role.OFFICE if role is Role.UNIT else Role.UNIT
        kinds = " ".join(f"--job {job}" for each in written if not each.in_force for job in each.jobs)
        suggest(f"tenure access authorise {name} {kinds} --as {other}")


@app.command("sessions")
def sessions(
    name: EnvironmentName,
    recorded: Annotated[bool, typer.Option("--recorded", help="What is in the audit log; ask no host.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    role: RoleOption = Role.PROVIDER,
    json: JsonFlag = False,
) -> None:
    """Collect the hosts' logs of sessions into the audit log, and show who entered, through which host, until when."""
    use_json(json)
    from orchestrator.workflows.access import look_in

    installation = open_installation()
    if not recorded:
        follow_operation(installation.records, look_in(installation.ports, name, actor(role)).id)
    show_sessions(installation.records, name, limit)


@app.command("certify")
def certify(
    name: EnvironmentName,
    fingerprints: Annotated[
        list[str] | None,
        typer.Option("--fingerprint", help="HOST=SHA256:…, read at the host itself; without it, its console is read."),
    ] = None,
    role: RoleOption = Role.PROVIDER,
    wait: Wait = True,
    json: JsonFlag = False,
) -> None:
    """Certify the keys of hosts that are not: of an older installation, or of a server that was rebuilt."""
    use_json(json)
    from orchestrator.workflows.access import certify as certify_hosts

    installation = open_installation()
    queued = certify_hosts(installation.ports, name, _vouched(fingerprints or []), actor(role))
    if wait:
        follow_operation(installation.records, queued.id)
    else:
        suggest(f"tenure operation watch {queued.id}")


def _vouched(given: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    wrong = [host for host, _, fingerprint in pairs if not host or not fingerprint]
    if wrong:
        raise BadInputError("a fingerprint is given as HOST=SHA256:…", field="--fingerprint")
    return {host: fingerprint for host, _, fingerprint in pairs}
