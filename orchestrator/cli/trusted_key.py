"""The public key that a verification trusts: given on the command line, as text or in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.output import report_findings
from orchestrator.domain.errors import BadInputError, Diagnostic, Severity

KeyOption = Annotated[
    str | None,
    typer.Option("--key", metavar="FILE|BASE64", help="The trusted public key: base64, or a file with it or PEM."),
]


def trusted_key(given: str | None) -> str | None:
    """Give the trusted key in base64; BadInputError when what is given is no key."""
    from orchestrator.adapters.signer import read_public_key

    if given is None:
        return None
    path = Path(given)
    try:
        return read_public_key(path.read_text(encoding="utf-8") if path.is_file() else given)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path} cannot be read", detail=str(error), field="--key") from error


def warn_of_own_key(what: str) -> None:
    """Say that a file which names its own key vouches for itself only."""
    warning = Diagnostic(
        severity=Severity.WARNING,
        summary=f"{what} vouches for itself: the key was taken from the very file",
        detail="whoever made the file can have signed it with a key of his own",
        hint="give the installation's key with --key; tenure audit key prints it",
    )
    report_findings([warning], "own-key")
