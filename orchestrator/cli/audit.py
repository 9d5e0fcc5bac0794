"""``tenure audit``: the hash chain of everything that was decided and done; copies of it, and their verification."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import (
    JsonFlag,
    emit,
    is_json,
    local,
    report_findings,
    say,
    suggest,
    table,
    tell,
    use_json,
)
from orchestrator.cli.trusted_key import KeyOption, trusted_key, warn_of_own_key
from orchestrator.domain.errors import BadInputError, ExitCode
from orchestrator.domain.texts import visible

if TYPE_CHECKING:
    from orchestrator.domain.closing import Verification
    from orchestrator.domain.records import AuditEntry

app = typer.Typer(no_args_is_help=True, help="The audit log: list, export, verify, key.")

STANDARD_OUTPUT = "-"


@app.command("list")
def list_entries(
    subject: Annotated[str | None, typer.Option(help="Only entries about this request, environment or sender.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Only entries with a higher number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    json: JsonFlag = False,
) -> None:
    """List entries in order: who did what to which thing."""
    use_json(json)

    with open_installation().records.read() as tx:
        entries = tx.audit.list(subject=subject, after=after, limit=limit)
    if is_json():
        for entry in entries:
            emit("audit_entry", entry)
        return
    table(("entry", "at", "action", "by", "subject", "facts"), map(_row, entries), empty="no entries")
    if len(entries) == limit:
        suggest(f"tenure audit list --after {entries[-1].sequence}", "there may be more")


@app.command("export")
def export(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; - is standard output.")],
    json: JsonFlag = False,
) -> None:
    """Write a copy of the whole log, freshly signed, that anybody can verify without this installation."""
    use_json(json)
    from orchestrator.adapters.audit import copy_lines
    from orchestrator.adapters.private_files import write_private
    from orchestrator.workflows.checkpoints import checkpoint_now

    if file == STANDARD_OUTPUT and is_json():
        raise BadInputError("the copy itself goes to standard output", field="--json", hint="leave --json out")
    ports = open_installation().ports
    checkpoint = checkpoint_now(ports)
    with ports.records.read() as tx:
        if file == STANDARD_OUTPUT:
            sys.stdout.buffer.writelines(copy_lines(tx, ports.signer))
            return
        write_private(Path(file), copy_lines(tx, ports.signer))
    if is_json():
        newest = None if checkpoint is None else checkpoint.model_dump(mode="json")
        emit("audit_export", {"file": file, "key": ports.signer.key_id(), "checkpoint": newest})
        return
    say(f"{file}: {checkpoint.sequence if checkpoint else 0} entries, signed by key {ports.signer.key_id()}")
    suggest(f"tenure audit verify {file} --key {ports.signer.public_key()}", "anywhere, without a network")


@app.command("verify")
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="A copy that `audit export` wrote; without it this installation's own log.")
    ] = None,
    key: KeyOption = None,
    json: JsonFlag = False,
) -> None:
    """Find out whether a log is whole, and if not, which entries were changed, removed, reordered or added."""
    use_json(json)
    trusted = trusted_key(key)
    verification = _verify_own(trusted) if file is None else _verify_copy(file, trusted)
    _show(verification)
    if file is not None and trusted is None:
        warn_of_own_key("the copy")
    if not verification.whole:
        raise typer.Exit(ExitCode.FAILED)


@app.command("key")
def key(json: JsonFlag = False) -> None:
    """Print the public key that verifies this installation's checkpoints and certificates."""
    use_json(json)
    from orchestrator.adapters.signer import VaultSigner

    signer = VaultSigner(open_installation().vault.derive)
    if is_json():
        emit("audit_key", {"key": signer.key_id(), "public_key": signer.public_key(), "algorithm": "Ed25519"})
        return
    say(signer.public_key())
    tell(f"[dim]Ed25519, key id {signer.key_id()}[/dim]")


def _verify_copy(file: Path, trusted: str | None) -> Verification:
    from orchestrator.adapters.audit import verify_file

    return verify_file(file, trusted)


def _verify_own(trusted: str | None) -> Verification:
    from orchestrator.adapters.audit import record_lines, verify_records
    from orchestrator.adapters.signer import VaultSigner, key_id

    installation = open_installation()
    signer = VaultSigner(installation.vault.derive)
    trusted = trusted or signer.public_key()
    with installation.records.read() as tx:
        return verify_records(record_lines(tx, signer), {key_id(trusted): trusted})


def _show(verification: Verification) -> None:
    if is_json():
        emit("audit_verification", {"whole": verification.whole, **verification.model_dump(mode="json")})
        return
    report_findings((finding.diagnostic for finding in verification.findings), "audit")
    if not verification.complete:
        tell("[bold]More is broken than is told here.[/bold]")
    if not verification.whole:
        return
    say(f"[bold]the audit log is whole[/bold]: {verification.entries} entries, head {verification.head[:16]}…")
    say(_signed(verification))


def _signed(verification: Verification) -> str:
    signed = verification.signed
    if signed is None:
        return "  no entry is signed yet"
    rest = verification.entries - signed.sequence
    open_end = f"; the last {rest} will be signed with the next checkpoint" if rest else ""
    return f"  signed up to entry {signed.sequence} on {local(signed.at)} by key {signed.key}{open_end}"


def _row(entry: AuditEntry) -> tuple[str, ...]:
    facts = ", ".join(f"{name} {value}" for name, value in entry.facts.items())
    by = f"{entry.actor.name} ({entry.actor.role}, {entry.actor.door})"
    return tuple(map(_plain, (str(entry.sequence), local(entry.at), entry.action, by, entry.subject, facts)))


def _plain(text: str) -> str:
    """Show a text as it is written: neither markup nor controls in it do anything to the terminal."""
    from rich.markup import escape

    return escape(visible(text))
