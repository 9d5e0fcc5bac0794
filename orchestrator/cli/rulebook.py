"""``tenure rulebook``: the numbers of a city, whether a file of them is sound, and which versions are in use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, emit, is_json, say, suggest, table, use_json
from orchestrator.domain.errors import ConflictError
from orchestrator.domain.rulebook import Rulebook
from orchestrator.domain.wording import article_text, number_text

app = typer.Typer(no_args_is_help=True, help="The rulebook: show, check, list.")


@app.command("show")
def show(
    label: Annotated[str, typer.Argument(help="A version on record, for instance default@1; else the newest.")] = "",
    json: JsonFlag = False,
) -> None:
    """Show every rule with its article and number, in both languages."""
    use_json(json)

    installation = open_installation()
    rulebook = installation.library.rulebook()
    if label:
        with installation.records.read() as tx:
            rulebook = tx.rulebooks.get(label, present=rulebook)
    if is_json():
        for key, rule in rulebook.rules():
            emit(
                "rule",
                {"rulebook": rulebook.label, "key": key, "text": number_text(rule), **rule.model_dump(mode="json")},
            )
        return
    say(f"[bold]{rulebook.label}[/bold]  {rulebook.title}: {rulebook.source}")
    rows = [(article_text(rule), number_text(rule), key, rule.zh, rule.en) for key, rule in rulebook.rules()]
    table(("article", "number", "key", "规则", "rule"), rows, empty="")


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="The rulebook of a city as YAML; templates/rulebooks/ has ours.")],
    json: JsonFlag = False,
) -> None:
    """Check a city's rulebook, and show in what it differs from the one in use; nothing is changed.

    Every fault is told with file, line, column, field and rule. The same name and version with other numbers is a
    conflict: running requests keep the numbers of their version, so a change needs another one.
    """
    use_json(json)
    from orchestrator.adapters.documents import locate, parse, read_text
    from orchestrator.adapters.library import read_rulebook

    checked, own = read_rulebook(file), open_installation().library.rulebook()
    _show_checked(file, checked, own)
    if checked.label == own.label and checked != own:
        raise locate(
            parse(read_text(file), str(file)),
            ConflictError(
                f"{own.label} is in use with other numbers",
                field="version",
                rule="a version never changes",
                hint="raise the version, or give it another name",
            ),
        )


@app.command("list")
def list_versions(json: JsonFlag = False) -> None:
    """List the versions on record, and how many running requests keep each."""
    use_json(json)
    from orchestrator.workflows.rulebooks import versions

    ports = open_installation().ports
    with ports.records.read() as tx:
        found = versions(ports, tx)
    if is_json():
        for version in found:
            fields = {"label": version.label, "current": version.current, "running_requests": version.running}
            emit("rulebook", fields)
        return
    rows = [(one.label, "in use" if one.current else "kept", str(one.running)) for one in found]
    table(("version", "state", "running requests"), rows, empty="")
    suggest("tenure rulebook show VERSION")


def _show_checked(file: Path, checked: Rulebook, own: Rulebook) -> None:
    differences = _differences(checked, own)
    if is_json():
        emit("checked", {"rulebook": checked.label, "compared_with": own.label, "differences": differences})
        return
    counts = f"{len(checked.rules())} rules, {len(differences)} numbers differ from {own.label}"
    say(f"{file}: {checked.label} is valid; {counts}")
    rows = [(one["key"], one["article"], one["own"], one["checked"]) for one in differences]
    if rows:
        table(("key", "article", own.label, checked.label), rows, empty="")


def _differences(checked: Rulebook, own: Rulebook) -> list[dict[str, str]]:
    """Give the rules whose number is another one; every city has its own articles and words."""
    ours = {key: number_text(rule) for key, rule in own.rules()}
    return [
        {"key": key, "article": article_text(rule), "own": ours[key], "checked": number_text(rule)}
        for key, rule in checked.rules()
        if number_text(rule) != ours[key]
    ]
