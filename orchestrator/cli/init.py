"""``tenure init``: the file of a new environment, with comments and the line by which editors know its schema."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, emit, is_json, say, suggest, use_json
from orchestrator.domain.errors import BadInputError, ConflictError
from orchestrator.domain.names import Stage
from orchestrator.domain.tree import FOLDER, SUFFIX

if TYPE_CHECKING:
    from orchestrator.adapters.documents.environments import WrittenDeclaration

SCHEMA = "../templates/schemas/environment.schema.json"


def init(
    unit: Annotated[str, typer.Option(help="Id of the unit: small letters and digits.")] = "",
    system: Annotated[str, typer.Option(help="Id of the application system.")] = "",
    reason: Annotated[str, typer.Option(help="Why the environment is needed; it stands in the record.")] = "",
    mlps: Annotated[int, typer.Option(help="Self-graded MLPS level, 1 to 5; 0 asks.", min=0, max=5)] = 0,
    access_from: Annotated[
        list[str] | None, typer.Option(help="Address range that may reach the bastion; may be given again.")
    ] = None,
    stage: Annotated[Stage, typer.Option(help="test or trial.")] = Stage.TEST,
    blueprint: Annotated[str, typer.Option(help="docs/blueprints.md shows them.")] = "single-host",
    cidr: Annotated[str, typer.Option(help="Private address range of the environment, /16 to /28.")] = "10.20.0.0/24",
    unit_name: Annotated[str, typer.Option(help="The unit's name as people read it.")] = "",
    system_name: Annotated[str, typer.Option(help="The system's name as people read it.")] = "",
    classified: Annotated[bool, typer.Option(help="Whether it handles classified information (Art. 2, 4).")] = False,
    folder: Annotated[Path, typer.Option(help="Where the file is written.")] = Path(FOLDER),
    schema: Annotated[str, typer.Option(help="Where editors find the schema, seen from the file.")] = SCHEMA,
    json: JsonFlag = False,
) -> None:
    """Write the file of a new environment. What was not given is asked for on a terminal, and refused elsewhere."""
    use_json(json)
    facts = {
        "unit": _given("unit", unit, "Unit (id)"),
        "system": _given("system", system, "System (id)"),
        "reason": _given("reason", reason, "Reason"),
        "mlps": _given("mlps", str(mlps or ""), "MLPS level (1 to 5)"),
        "access_from": ", ".join(_quoted(one) for one in access_from or [_given("access-from", "", "Access from")]),
    }
    text = _text({**facts, "stage": str(stage), "blueprint": blueprint, "cidr": cidr}, schema, classified=classified)
    text = _in_order(_with_names(text, unit_name, system_name))
    written = _checked(text)
    file = folder / f"{written.declaration.environment_name}{SUFFIX}"
    _save(file, text)
    if is_json():
        emit("written", {"file": str(file), "environment": written.declaration.environment_name})
        return
    say(f"wrote {file}")
    suggest("tenure plan --git origin/main..HEAD", "after the commit")


def _given(option: str, value: str, question: str) -> str:
    """Give what was given or asked for; off a terminal nothing is asked."""
    if value:
        return value
    if not sys.stdin.isatty():
        raise BadInputError(f"--{option} is missing", field=option, rule="init", hint=f"tenure init --{option} …")
    ask: Callable[[str], str] = typer.prompt
    return str(ask(question))


def _text(facts: dict[str, str], schema: str, *, classified: bool) -> str:
    return f"""\
# yaml-language-server: $schema={schema}
unit: {_quoted(facts["unit"])}
system: {_quoted(facts["system"])}
reason: {_quoted(facts["reason"])}
stage: {facts["stage"]} # test, trial; a trial becomes production by another pull request
classified: {str(classified).lower()} # classified systems stay outside (Art. 2, 4)
mlps: {facts["mlps"]} # self-graded level of the multi-level protection scheme
environment:
  blueprint: {_quoted(facts["blueprint"])} # what is left out stays as the blueprint has it
  network: {{cidr: {facts["cidr"]}}} # private; environments may use equal ranges
  access_from: [{facts["access_from"]}] # who may reach the bastion and the services for users
"""


def _with_names(text: str, unit_name: str, system_name: str) -> str:
    """Add the names that people read, below the ids that they belong to."""
    for field, name in (("unit", unit_name), ("system", system_name)):
        if name:
            line = next(line for line in text.splitlines() if line.startswith(f"{field}:"))
            text = text.replace(line, f"{line}\n{field}_name: {_quoted(name)}", 1)
    return text


def _quoted(value: str) -> str:
    """Give a text as YAML reads it back, in quotes only where it needs them."""
    from orchestrator.adapters.documents.formatting import as_scalar

    return as_scalar(value)


def _in_order(text: str) -> str:
    from orchestrator.adapters.documents.formatting import normal_form
    from orchestrator.domain.declaration import Declaration

    return normal_form(text, "environment.yaml", Declaration)


def _checked(text: str) -> WrittenDeclaration:
    """Read the file before it is written; what somebody typed may be wrong."""
    from orchestrator.adapters.documents.environments import EnvironmentFiles

    written = EnvironmentFiles().read(text, "environment.yaml")
    open_installation().library.blueprint(written.declaration.environment.blueprint)
    return written


def _save(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise ConflictError(f"{file} is there already", field="unit", rule="init", hint="change that file") from None
    except OSError as error:
        raise BadInputError(f"{file} can't be written: {error.strerror}", field="folder", rule="init") from None
