"""``tenure certificate``: the signed proof that nothing of an ended environment remains (Art. 16)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, emit, is_json, local, report_findings, say, suggest, table, use_json
from orchestrator.cli.trusted_key import KeyOption, trusted_key, warn_of_own_key
from orchestrator.domain.errors import BadInputError, ExitCode, NotFoundError
from orchestrator.domain.texts import visible

if TYPE_CHECKING:
    from orchestrator.domain.certificate import Certificate, SignedCertificate

app = typer.Typer(no_args_is_help=True, help="Certificates of ended environments: list, show, verify.")


@app.command("list")
def list_certificates(
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    json: JsonFlag = False,
) -> None:
    """List certificates, newest first."""
    use_json(json)

    with open_installation().records.read() as tx:
        found = tx.certificates.list(limit=limit)
    if is_json():
        for signed in found:
            emit("certificate", signed)
        return
    rows = [
        (one.id, one.environment, str(one.stage), local(one.ended_at), str(len(one.existed)), _escrow(one))
        for one in (signed.certificate for signed in found)
    ]
    table(("certificate", "environment", "stage", "ended", "removed", "in escrow until"), rows, empty="no certificates")


@app.command("show")
def show(
    environment: Annotated[str, typer.Argument(help="<unit>-<system>-<test|live>; its newest certificate is shown.")],
    html: Annotated[Path | None, typer.Option("--html", help="Write the readable page to this file.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the signed JSON, which is verified, to this.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Show a certificate: what existed, what was removed when, by whose decision, and what remains."""
    use_json(json)

    signed = _find(environment)
    _write(signed, html, out)
    if is_json():
        emit("certificate", signed)
        return
    _show(signed)
    if out is None:
        suggest(f"tenure certificate show {environment} --out FILE --html PAGE", "to hand it over")
    else:
        suggest(f"tenure certificate verify {out} --key {signed.public_key}", "anywhere, without a network")


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="What `certificate show --out` wrote.")],
    key: KeyOption = None,
    json: JsonFlag = False,
) -> None:
    """Find out whether a certificate is as it was signed; needs no installation and no network."""
    use_json(json)
    from orchestrator.adapters.certificates import certificate_faults, read_certificate

    trusted = trusted_key(key)
    signed = read_certificate(_read(file), str(file))
    faults = certificate_faults(signed, trusted)
    if is_json():
        facts = {"valid": not faults, "certificate": signed.certificate.id, "key": signed.key}
        emit("certificate_verification", {**facts, "faults": [fault.model_dump(mode="json") for fault in faults]})
    else:
        report_findings(faults, "certificate")
    if faults:
        raise typer.Exit(ExitCode.FAILED)
    say(f"[bold]{_plain(signed.certificate.id)}[/bold] is as it was signed by key {signed.key}")
    _say_what(signed.certificate)
    if trusted is None:
        warn_of_own_key("the certificate")


def _find(environment: str) -> SignedCertificate:
    with open_installation().records.read() as tx:
        found = tx.certificates.find(environment)
    if found is None:
        raise NotFoundError(
            f"{environment} has no certificate",
            detail="one is issued when an environment has ended and nothing of it remains",
            hint="tenure certificate list; tenure env show tells how far an environment is",
        )
    return found


def _write(signed: SignedCertificate, html: Path | None, out: Path | None) -> None:
    from orchestrator.adapters.certificates import certificate_page, certificate_text
    from orchestrator.adapters.library import installed_templates
    from orchestrator.adapters.private_files import write_private

    if html is not None:
        write_private(html, [certificate_page(signed, installed_templates()).encode()])
    if out is not None:
        write_private(out, [certificate_text(signed).encode()])


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInputError(f"{file} cannot be read", detail=str(error.strerror), field="FILE") from error


def _show(signed: SignedCertificate) -> None:
    found = signed.certificate
    say(f"[bold]{_plain(found.id)}[/bold]  {found.environment} ({found.stage})")
    _say_what(found)
    for decision in found.decisions:
        say(f"  decision   {local(decision.at)}  {decision.verdict} by {_plain(decision.by.name)} ({decision.by.role})")
    for evidence in found.evidence:
        say(f"  evidence   {local(evidence.at)}  {evidence.kind} by {_plain(evidence.by.name)} ({evidence.by.role})")
    for waiver in found.waivers:
        say(f"  waiver     {local(waiver.at)}  {_plain(waiver.gate)} by {_plain(waiver.by.name)}")
        say(f"             {_plain(waiver.reason)}")
    say(f"  signature  key {signed.key}")


def _say_what(found: Certificate) -> None:
    say(f"  unit       {_plain(found.unit_name or found.unit)}, {_plain(found.system_name or found.system)}")
    say(f"  ended      {local(found.ended_at)} by {_plain(found.cause)}; project gone {local(found.project_gone_at)}")
    say(f"  removed    {len(found.existed)} resources; inventory of {local(found.inventory_at)} found {_left(found)}")
    say(f"  in escrow  {_escrow(found)}")


def _left(found: Certificate) -> str:
    return _plain(", ".join(found.remaining)) or "nothing"


def _escrow(found: Certificate) -> str:
    if found.escrow is None:
        return "nothing"
    return f"{_plain(found.escrow.id)} until {found.escrow.until or 'no stated day'}"


def _plain(text: str) -> str:
    """Show a text of a file that nobody checked: neither markup nor controls in it do anything to the terminal."""
    from rich.markup import escape

    return escape(visible(text))
