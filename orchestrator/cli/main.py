"""``tenure``: the command line. Commands parse, call and print; rules live in the domain."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from orchestrator import __version__
from orchestrator.cli import (
    access,
    audit,
    backup,
    certificate,
    cloud,
    deadlines,
    drift,
    drill,
    env,
    hold,
    notice,
    operation,
    patch,
    request,
    rulebook,
    sender,
    survey,
    toolchain,
)
from orchestrator.cli.bootstrap import bootstrap
from orchestrator.cli.demo import demo
from orchestrator.cli.doctor import doctor
from orchestrator.cli.fmt import fmt
from orchestrator.cli.git_plan import plan
from orchestrator.cli.identity import PersonOption, act_for
from orchestrator.cli.init import init
from orchestrator.cli.inventory import inventory
from orchestrator.cli.output import report, table
from orchestrator.cli.reconcile import reconcile
from orchestrator.cli.restore import restore, verify
from orchestrator.cli.schema import schema
from orchestrator.cli.server import server, worker
from orchestrator.domain.errors import CancelledError, ExitCode, TenureError

app = typer.Typer(
    name="tenure",
    help="Provisioning orchestrator of a government cloud: approved requests become environments and go away again.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(request.app, name="request")
app.add_typer(env.app, name="env")
app.add_typer(operation.app, name="operation")
app.add_typer(deadlines.app, name="deadlines")
app.add_typer(hold.app, name="hold")
app.add_typer(access.app, name="access")
app.add_typer(notice.app, name="notice")
app.add_typer(backup.app, name="backup")
app.add_typer(drift.app, name="drift")
app.add_typer(drill.app, name="drill")
app.add_typer(survey.app, name="survey")
app.add_typer(patch.app, name="patch")
app.add_typer(rulebook.app, name="rulebook")
app.add_typer(sender.app, name="sender")
app.add_typer(audit.app, name="audit")
app.add_typer(certificate.app, name="certificate")
app.add_typer(cloud.app, name="cloud")
app.add_typer(toolchain.app, name="toolchain")
app.command("init")(init)
app.command("fmt")(fmt)
app.command("plan")(plan)
app.command("reconcile")(reconcile)
app.command("schema")(schema)
app.command("inventory")(inventory)
app.command("bootstrap")(bootstrap)
app.command("restore")(restore)
app.command("verify")(verify)
app.command("doctor")(doctor)
app.command("server")(server)
app.command("worker")(worker)
app.command("demo")(demo)

EXIT_CODES = (
    (ExitCode.DONE, "done"),
    (ExitCode.FAILED, "failed; a code that is not in this table means failure too"),
    (ExitCode.BAD_INPUT, "bad input: nothing was changed"),
    (ExitCode.REFUSED, "refused by a rule: nothing was changed"),
    (ExitCode.CONFLICT, "conflict, busy or locked: try again later, or look who holds it"),
    (ExitCode.PARTLY_DONE, "partly done: `tenure operation retry` goes on"),
    (ExitCode.CHANGES, "there are changes (`plan`, `env plan` and `drift` with `--detailed-exitcode`, `fmt --check`)"),
    (ExitCode.CANCELLED, "cancelled"),
)


@app.command("help")
def help_topic(topic: Annotated[str, typer.Argument(help="exit-codes")] = "exit-codes") -> None:
    """Explain a topic: `tenure help exit-codes`."""
    if topic != "exit-codes":
        raise typer.BadParameter(f"no topic {topic!r}; there is: exit-codes")
    table(("code", "meaning"), ((str(code), meaning) for code, meaning in EXIT_CODES), empty="")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tenure {__version__}")
        raise typer.Exit


@app.callback()
def root(
    _version_flag: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    person: PersonOption = "",
) -> None:
    """Provisioning orchestrator of a government cloud."""
    act_for(person)


def run() -> None:
    """Run the command line; turn errors into messages and the published exit codes."""
    try:
        app()
    except TenureError as error:
        report(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        report(CancelledError("interrupted; what runs in the server goes on", hint="tenure operation list"))
        sys.exit(ExitCode.CANCELLED)


if __name__ == "__main__":
    run()
