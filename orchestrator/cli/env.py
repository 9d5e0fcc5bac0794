"""``tenure env``: environments, their plans, their history and their end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.arguments import EnvironmentName
from orchestrator.cli.follow import follow_request
from orchestrator.cli.identity import RoleOption, actor, person
from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, emit, is_json, local, say, suggest, table, use_json
from orchestrator.cli.plans import show_plan
from orchestrator.cli.standing import show_deadlines
from orchestrator.cli.tenancy import register as register_tenancy
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ExitCode, NotFoundError
from orchestrator.domain.names import Stage
from orchestrator.domain.plan import Plan
from orchestrator.domain.records import Backup, Environment, Role
from orchestrator.domain.wording import number_text

if TYPE_CHECKING:
    from orchestrator.bootstrap import Installation
    from orchestrator.ports import Transaction

app = typer.Typer(no_args_is_help=True, help="Environments: list, show, plan, history, extend, suspend, terminate.")
register_tenancy(app)


@app.command("list")
def list_environments(
    state: Annotated[str | None, typer.Option(help="Only environments in this state.")] = None,
    unit: Annotated[str | None, typer.Option(help="Only environments of this unit.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    json: JsonFlag = False,
) -> None:
    """List environments by name."""
    use_json(json)

    with open_installation().records.read() as tx:
        found = tx.environments.list(state=state, unit=unit, limit=limit)
    if is_json():
        for item in found:
            emit("environment", item)
        return
    rows = [
        (e.name, str(e.stage), str(e.state), str(e.spec.host_count), e.outputs.bastion_address, local(e.ends_at))
        for e in found
    ]
    table(("name", "stage", "state", "hosts", "bastion", "ends"), rows, empty="no environments")


@app.command("show")
def show(name: EnvironmentName, json: JsonFlag = False) -> None:
    """Show one environment: hosts, addresses and dates."""
    use_json(json)

    installation = open_installation()
    with installation.records.read() as tx:
        found = tx.environments.get(name)
        deadlines = tx.deadlines.of(subject_of(found))
        backups = tx.backups.of(subject_of(found))
        care = () if is_json() or found.stage is Stage.TEST else _care(found, installation, tx)
    if is_json():
        emit("environment", found)
    else:
        _show(found)
        for line in care:
            say(line)
    _show_recovery_point(found, backups, installation.ports.clock.now())
    show_deadlines(deadlines)


def _care(found: Environment, installation: Installation, tx: Transaction) -> tuple[str, ...]:
    """Say what a live environment gets from its first day on (Art. 30, 32), by its blueprint and the rulebook."""
    from orchestrator.workflows.rulebooks import rulebook_of
    from orchestrator.workflows.windows import window

    usual = rulebook_of(installation.ports, tx, tx.requests.get(found.request)).care
    own = installation.library.blueprint(found.spec.blueprint).care
    hours = window(installation.ports, tx, found)
    every = f"{own.backup_every_hours} hours" if own.backup_every_hours else number_text(usual.backup_every)
    kept = own.backups_kept or usual.backups_kept.value
    return (
        f"  backups    every {every}, {kept} kept; tenure backup list {found.name}",
        f"  patches    {number_text(hours)}; tenure patch status {found.name}",
    )


def _show_recovery_point(found: Environment, backups: tuple[Backup, ...], now: datetime) -> None:
    """Say how old the newest backup is that nothing is known against (Art. 30)."""
    newest = next((one for one in backups if one.sound), None)
    if newest is None and found.stage is Stage.TEST:
        return
    hours = None if newest is None else (now - newest.taken_at).total_seconds() / 3600
    if is_json():
        backup = None if newest is None else newest.id
        emit("recovery_point", {"environment": found.name, "backup": backup, "age_hours": hours})
    elif newest is None:
        say("  recovery   [bold red]there is no backup that counts[/bold red]")
    else:
        say(f"  recovery   the newest backup is {hours:.1f} hours old, from {local(newest.taken_at)}")


def _show(found: Environment) -> None:
    totals = found.spec.totals
    say(f"[bold]{found.name}[/bold]  {found.stage}, {found.spec.blueprint}: [bold]{found.state}[/bold]")
    say(f"  unit       {found.spec.unit_name or found.spec.unit}, {found.spec.system_name or found.spec.system}")
    say(
        f"  size       {totals.hosts} hosts, {totals.vcpus} vCPU, {totals.ram_mib} MiB, {totals.volume_gib} GiB volumes"
    )
    say(f"  network    {found.spec.network.cidr}, bastion {found.outputs.bastion_address or '–'}")
    for host in found.outputs.hosts:
        say(f"  host       {host.name:<12} {host.address:<15} {host.role}")
    if found.managed_by:
        say(f"  managed    by {found.managed_by}")
    if found.ends_at:
        say(f"  test ends  {local(found.ends_at)}")
    for test in found.evaluations:
        say(f"  evaluated  {local(test.at)} {'passed' if test.passed else 'failed'} by {test.by.name}: {test.reason}")
    if found.promoted_at:
        say(f"  production since {local(found.promoted_at)}")
    if found.suspended_at:
        say(f"  [bold red]suspended  since {local(found.suspended_at)}[/bold red]")


@app.command("plan")
def plan(
    name: EnvironmentName,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 6 when there are changes.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Show the newest plan: what is created, changed, replaced and deleted, its cost and its digest."""
    use_json(json)

    with open_installation().records.read() as tx:
        found = _newest_plan(tx, name)
    show_plan(found)
    if detailed_exitcode and found.changes:
        raise typer.Exit(ExitCode.CHANGES)


def _newest_plan(tx: Transaction, name: str) -> Plan:
    found = tx.environments.get(name)
    if not found.plan_digest:
        raise NotFoundError(
            f"{name} has no plan yet", hint=f"tenure operation list --environment {name} shows how far the preview is"
        )
    return tx.operations.plan(found.plan_digest)


@app.command("history")
def history(name: EnvironmentName, json: JsonFlag = False) -> None:
    """Tell an environment's life in order: decisions, operations, notices, from the audit log."""
    use_json(json)

    with open_installation().records.read() as tx:
        tx.environments.get(name)
        entries = tx.audit.list(subject=name, limit=1000)
    for entry in entries:
        if is_json():
            emit("history", entry)
        else:
            facts = ", ".join(f"{key} {value}" for key, value in entry.facts.items())
            say(f"{local(entry.at)}  {entry.action:<24} {entry.actor.name} ({entry.actor.role})  [dim]{facts}[/dim]")


@app.command("ssh")
def ssh(
    name: EnvironmentName,
    host: Annotated[str, typer.Argument(help="Host, for instance web-1; default: the bastion.")] = "",
    json: JsonFlag = False,
) -> None:
    """Write certificates that end with your grant, and print the SSH command that enters a host through the bastion."""
    use_json(json)
    from orchestrator.workflows.access import entering

    installation = open_installation()
    with installation.records.read() as tx:
        found = tx.environments.get(name)
    target = host or found.outputs.bastion_host
    roles = {item.name: item.role for item in found.outputs.hosts}
    if target not in roles:
        known = ", ".join(item.name for item in found.outputs.hosts) or "none"
        raise BadInputError(f"{name} has no host {target!r}", field="host", detail=f"hosts: {known}")
    grant = entering(installation.ports, name, person(), roles[target], datetime.now(UTC))
    command = installation.ports.access.command(found, target, grant)
    if is_json():
        emit("ssh", {"environment": name, "host": target, "command": list(command)})
    else:
        typer.echo(" ".join(command))


@app.command("terminate")
def terminate(
    name: EnvironmentName,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with the request (Art. 16).")],
    confirm: Annotated[
        str, typer.Option("--confirm", help="Repeat the environment's name: everything in it is removed.")
    ],
    role: RoleOption = Role.OFFICE,
    wait: Annotated[bool, typer.Option("--wait", help="Stay and show what happens.")] = False,
    json: JsonFlag = False,
) -> None:
    """Ask for the end of an environment; its resources are removed and the project is shown to be empty."""
    use_json(json)
    from orchestrator.workflows.requests import terminate as terminate_environment

    if confirm != name:
        raise BadInputError(f"--confirm says {confirm!r}, the environment is {name!r}", field="confirm")
    installation = open_installation()
    made = terminate_environment(installation.ports, name, actor(role), reason)
    if is_json():
        emit("request", made)
    else:
        say(f"[bold]{made.id}[/bold]  terminate {name}: {made.state}")
    if wait:
        follow_request(installation.records, made.id)
    else:
        suggest(f"tenure request show {made.id}")
