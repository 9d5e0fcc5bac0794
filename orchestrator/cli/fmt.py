"""``tenure fmt``: environments' and requests' files in their normal form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.output import JsonFlag, emit, is_json, report, say, use_json
from orchestrator.domain.declaration import Declaration
from orchestrator.domain.errors import BadInputError, ExitCode, TenureError
from orchestrator.domain.tree import FOLDER, SUFFIX


def fmt(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files, or folders of them; environments/ by default.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 6 when a file would change.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Write files in their normal form: order of fields and indent. Comments stay where they belong.

    Exit codes: 0 done, 2 a file can't be read, 6 a file would change (with --check).
    """
    use_json(json)
    codes = {_one(file, check=check) for file in _files(paths or [Path(FOLDER)])}
    raise typer.Exit(min((code for code in codes if code), default=ExitCode.DONE))


def _files(paths: list[Path]) -> list[Path]:
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise BadInputError(f"there is no {missing[0]}", field="paths", hint="name files, or a folder of them")
    return [file for path in paths for file in (_below(path) if path.is_dir() else [path])]


def _below(folder: Path) -> list[Path]:
    """Give the plain files of a folder; a link may lead anywhere, and is never written through."""
    return sorted(file for file in folder.rglob(f"*{SUFFIX}") if file.is_file() and not file.is_symlink())


def _one(file: Path, *, check: bool) -> int:
    """Bring one file to its normal form and tell of it; gives the exit code that it asks for."""
    from orchestrator.adapters.documents import read_text
    from orchestrator.adapters.documents.formatting import AnyOrder, normal_form

    try:
        text = read_text(file)
        is_request = any(line.startswith("kind:") for line in text.splitlines())
        model = AnyOrder if is_request else Declaration
        made = normal_form(text, str(file), model)
    except TenureError as error:
        report(error)
        return error.exit_code
    if made == text:
        return ExitCode.DONE
    refused = None if check else _write(file, made)
    if refused is not None:
        report(refused)
        return refused.exit_code
    _tell(file, "would change" if check else "changed")
    return ExitCode.CHANGES if check else ExitCode.DONE


def _write(file: Path, text: str) -> TenureError | None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        return BadInputError(f"{file} can't be written: {error.strerror}", field="paths")
    return None


def _tell(file: Path, what: str) -> None:
    if is_json():
        emit("formatted", {"file": str(file), "outcome": what})
    else:
        say(f"{file}: {what}")
